"""Signing in and out, locks, and the pages for what went wrong."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse

from backoffice.errors import failed
from domain.common.context import acting
from domain.common.staff_actions import StaffAction
from domain.staff.models import Staff
from domain.staff.roles import Role
from tests.backoffice.support import browser

PASSWORD = "a-long-test-password"


def sign_in(client: Client, name: str, password: str) -> int:
    answer = client.post(reverse("admin:login"), {"username": name, "password": password})
    return answer.status_code


def noted() -> list[tuple[str, str]]:
    return list(StaffAction.objects.order_by("id").values_list("action", "subject"))


class TestSignIn:
    def test_opens_with_name_or_e_mail_and_is_noted(self, role: Callable[..., Staff]) -> None:
        person = role(Role.ADMIN)
        client = Client()
        assert sign_in(client, person.email.upper(), PASSWORD) == 302
        assert client.get(reverse("admin:index")).status_code == 200
        assert StaffAction.objects.get().staff == person
        assert noted() == [("login", "")]

    def test_shows_the_name_of_the_product(self, db: None) -> None:
        page = Client().get(reverse("admin:login")).content.decode()
        assert "Backoffice" in page
        assert "Django" not in page

    def test_notes_failed_tries_but_never_what_was_typed(self, role: Callable[..., Staff]) -> None:
        person = role(Role.ADMIN)
        sign_in(Client(), person.username, "wrong")
        sign_in(Client(), "my-secret-password", "x")
        assert noted() == [("failed login", ""), ("failed login", "unknown name")]
        assert StaffAction.objects.order_by("id").first().staff == person  # type: ignore[union-attr]

    def test_locks_after_five_tries_and_says_for_how_long(self, role: Callable[..., Staff]) -> None:
        person = role(Role.ADMIN)
        client = Client()
        codes = [sign_in(client, person.username, "wrong") for _ in range(5)]
        assert codes[:4] == [200] * 4
        answer = client.post(
            reverse("admin:login"), {"username": person.username, "password": PASSWORD}
        )
        assert answer.status_code == 429
        page = answer.content.decode()
        assert "Sign-in is locked" in page
        assert "30 minutes" in page
        assert ("failed login", "locked out") in noted()

    def test_notes_leaving(self, role: Callable[..., Staff]) -> None:
        client = browser(role(Role.ADMIN))
        client.post(reverse("admin:logout"))
        assert noted() == [("logout", "")]
        assert client.get(reverse("admin:index")).status_code == 302

    def test_ends_with_a_deactivation(self, role: Callable[..., Staff]) -> None:
        person = role(Role.ADMIN)
        client = browser(person)
        Staff.objects.filter(pk=person.pk).update(is_active=False)
        assert client.get(reverse("admin:index")).status_code == 302


class TestForbidden:
    @pytest.mark.parametrize(
        ("address", "codename", "who"),
        [
            ("domain_payment_changelist", "view_payment", "finance manager"),
            ("domain_customer_changelist", "view_customer", "operations manager"),
            ("reports", "view_reports", "admin"),
            ("settings", "view_setting", "finance manager"),
            ("catalog_import", "import_catalog", "operations manager"),
        ],
    )
    def test_says_which_right_is_missing_and_who_has_it(
        self, role: Callable[..., Staff], address: str, codename: str, who: str
    ) -> None:
        answer = browser(role(Role.LOGISTICS_COORDINATOR)).get(reverse(f"admin:{address}"))
        assert answer.status_code == 403
        page = answer.content.decode()
        assert codename in page
        assert who in page


class TestNotFound:
    def test_offers_the_search(self, role: Callable[..., Staff]) -> None:
        answer = browser(role(Role.ADMIN)).get("/admin/no/such/page/")
        assert answer.status_code == 404
        assert reverse("admin:find") in answer.content.decode()

    def test_answers_strangers_without_the_menu(self, db: None) -> None:
        answer = Client().get("/nowhere/")
        assert answer.status_code == 404
        assert "Sign in" in answer.content.decode()

    def test_answers_programs_in_their_own_shape(self, db: None) -> None:
        answer = Client().get("/api/nothing/")
        assert answer.status_code == 404
        assert answer["Content-Type"].startswith("application/json")


class TestFailure:
    def test_gives_an_error_id_and_asks_no_database(self) -> None:
        with acting(request_id="abc123"):
            answer = failed(RequestFactory().get("/admin/"))
        assert answer.status_code == 500
        assert "abc123" in answer.content.decode()
