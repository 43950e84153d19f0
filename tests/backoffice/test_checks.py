from __future__ import annotations

from typing import Any

import pytest
from django import conf
from django.contrib import admin
from django.contrib.auth.models import Group
from django.core.checks import CheckMessage
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.static import serve
from pytest_django import Settings
from unfold.admin import ModelAdmin
from unfold.decorators import action

from backoffice.checks.admin_site import actions, admin_is_read_only_where_it_must, writing
from backoffice.checks.libraries import libraries_are_tamed
from backoffice.checks.production import safe_in_production
from backoffice.company import EXAMPLE
from domain.payments.models import Refund

SAFE: dict[str, Any] = {
    "PRODUCTION": True,
    "DEBUG": False,
    "SECRET_KEY": "k" * 60,
    "ALLOWED_HOSTS": ["backoffice.example.com"],
    "PUBLIC_URL": "https://backoffice.example.com",
    "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
    "STRIPE_LIVE": True,
    "STRIPE_SECRET_KEY": "sk_live_0",
    "STRIPE_PUBLISHABLE_KEY": "pk_live_0",
    "STRIPE_WEBHOOK_SECRET": "whsec_0",
    "STRIPE_API_BASE": "",
}
POSTGRES: dict[str, Any] = {"ENGINE": "django.db.backends.postgresql", "CONN_MAX_AGE": 0}


def codes(errors: list[CheckMessage]) -> set[str]:
    return {str(error.id).removeprefix("backoffice.") for error in errors}


@pytest.fixture
def production(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name, value in SAFE.items():
        setattr(settings, name, value)
    # Quietly: nobody is going to connect.
    monkeypatch.setattr(conf.settings, "DATABASES", {"default": POSTGRES})
    return settings


class TestSafeInProduction:
    @pytest.mark.usefixtures("production")
    def test_is_content_with_safe_settings(self) -> None:
        assert codes(safe_in_production()) == set()

    @pytest.mark.parametrize(
        ("name", "value", "code"),
        [
            ("SECRET_KEY", "short", "E004"),
            ("SECRET_KEY", "demo-" + "k" * 60, "E004"),
            ("DEBUG", True, "E005"),
            ("ALLOWED_HOSTS", [], "E006"),
            ("ALLOWED_HOSTS", ["*"], "E006"),
            ("PUBLIC_URL", "http://backoffice.example.com", "E007"),
            ("EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend", "W001"),
            ("STRIPE_WEBHOOK_SECRET", "", "E008"),
            ("STRIPE_PUBLISHABLE_KEY", "pk_test_0", "E009"),
            ("STRIPE_LIVE", False, "E010"),
            ("STRIPE_API_BASE", "http://127.0.0.1:8001", "E011"),
            ("COMPANY", EXAMPLE | {"address": ""}, "W002"),
            ("COMPANY", EXAMPLE | {"tan": "BLRE0A"}, "E013"),
            ("COMPANY", EXAMPLE | {"pan": "AAACE0000A"}, "E014"),
        ],
    )
    def test_refuses(self, production: Settings, name: str, value: object, code: str) -> None:
        setattr(production, name, value)
        assert codes(safe_in_production()) == {code}

    @pytest.mark.usefixtures("production")
    @pytest.mark.parametrize(
        ("database", "code"),
        [
            ({"ENGINE": "backoffice.embedded"}, "E002"),
            (POSTGRES | {"OPTIONS": {"pool": True}, "CONN_MAX_AGE": 60}, "E003"),
        ],
    )
    def test_refuses_a_database(
        self, monkeypatch: pytest.MonkeyPatch, database: dict[str, Any], code: str
    ) -> None:
        monkeypatch.setattr(conf.settings, "DATABASES", {"default": database})
        assert codes(safe_in_production()) == {code}

    def test_refuses_a_cache_of_one_process(self, production: Settings) -> None:
        production.CACHES = {
            "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
        }
        assert codes(safe_in_production()) == {"E012"}

    def test_refuses_live_keys_outside_production(self, settings: Settings) -> None:
        settings.STRIPE_SECRET_KEY = "rk_live_0"
        assert codes(safe_in_production()) == {"E001"}


class TestLibrariesAreTamed:
    def test_is_content_with_ours(self) -> None:
        assert codes(libraries_are_tamed()) == set()

    @pytest.mark.parametrize(
        ("name", "value", "code"),
        [
            ("IMPORT_EXPORT_IMPORT_PERMISSION_CODE", None, "E020"),
            ("IMPORT_EXPORT_EXPORT_PERMISSION_CODE", "", "E020"),
            ("SIMPLE_HISTORY_REVERT_DISABLED", False, "E021"),
            ("AXES_CLIENT_IP_CALLABLE", None, "E026"),
            ("TRUSTED_PROXIES", -1, "E027"),
            ("REST_FRAMEWORK", {}, "E028"),
            ("CONTENT_SECURITY_POLICY", {}, "E029"),
            (
                "CONTENT_SECURITY_POLICY",
                {"script-src": ["'self'", "'unsafe-inline'"], "frame-ancestors": ["'none'"]},
                "E029",
            ),
            ("MIDDLEWARE", [], "E029"),
            ("STATIC_ROOT", conf.settings.MEDIA_ROOT, "E031"),
            ("STATIC_ROOT", conf.settings.BASE_DIR, "E031 E032"),
            ("PRIVATE_ROOT", f"{conf.settings.MEDIA_ROOT}/private", "E032"),
        ],
    )
    def test_refuses(self, settings: Settings, name: str, value: object, code: str) -> None:
        setattr(settings, name, value)
        assert codes(libraries_are_tamed()) == set(code.split())

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"timeout": 300}, "E022"),
            ({"max_attempts": 0}, "E023"),
            ({"queue_limit": 50}, "E024"),
            ({"orm": "other"}, "E025"),
        ],
    )
    def test_refuses_a_queue(
        self, settings: Settings, change: dict[str, object], code: str
    ) -> None:
        settings.Q_CLUSTER = settings.Q_CLUSTER | change
        assert codes(libraries_are_tamed()) == {code}

    def test_refuses_an_address_nobody_decided_on(self, settings: Settings) -> None:
        settings.ROOT_URLCONF = (path("backdoor/", lambda request: HttpResponse()),)
        assert codes(libraries_are_tamed()) == {"E030"}

    def test_refuses_to_serve_uploads(self, settings: Settings) -> None:
        settings.ROOT_URLCONF = (path("", serve, {"document_root": "/tmp"}),)
        assert codes(libraries_are_tamed()) == {"E031"}


class CarelessAdmin(ModelAdmin):
    actions_detail = ("open_link", {"title": "More", "items": ["no_right"]})
    actions_submit_line = ("posted",)
    actions = ("bulk",)

    @action(permissions=["view"])
    def open_link(self, request: HttpRequest, object_id: int) -> None: ...

    @action(dialog={"title": "Sure?"})
    def no_right(self, request: HttpRequest, form: object, object_id: int) -> None: ...

    @action(permissions=["view"])
    def posted(self, request: HttpRequest, obj: object) -> None: ...

    def bulk(self, request: HttpRequest, queryset: object) -> None: ...


class TestAdmin:
    def test_is_content_with_ours(self) -> None:
        assert admin_is_read_only_where_it_must() == []

    def test_refuses_actions_without_permission_or_dialog(self) -> None:
        errors = actions(CarelessAdmin(Group, admin.site))
        assert {(each.id, each.msg.split("'")[1]) for each in errors} == {
            ("backoffice.E041", "open_link"),
            ("backoffice.E040", "no_right"),
            ("backoffice.E040", "bulk"),
        }

    def test_refuses_a_form_for_money(self) -> None:
        errors = list(writing(ModelAdmin(Refund, admin.site)))
        assert [error.id for error in errors] == ["backoffice.E042"] * 3

    def test_leaves_other_tables_alone(self) -> None:
        assert list(writing(ModelAdmin(Group, admin.site))) == []
