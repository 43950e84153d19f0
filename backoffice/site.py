"""The admin site: sign-ins are logged, the search keeps nothing, pages of ours have addresses."""

from __future__ import annotations

from functools import partial
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.module_loading import import_string
from unfold.sites import UnfoldAdminSite

from backoffice.client_address import lockout_name
from domain.common.staff_actions import log_action
from domain.staff.models import Staff


class BackofficeSite(UnfoldAdminSite):
    index_title = "Home"
    enable_nav_sidebar = True

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        # Nobody may use Django's bulk deletion, so no list offers it.
        self.disable_action("delete_selected")

    def extra_urls(self) -> list[URLPattern]:
        """The pages that belong to no table: each screen's module lists its own in ``pages``."""
        from backoffice import admin as screens  # noqa: PLC0415  screens need the site first

        found: list[URLPattern] = []
        for module in iter_modules(screens.__path__):
            pages = getattr(import_module(f"{screens.__name__}.{module.name}"), "pages", None)
            found += pages(self) if pages is not None else []
        return found

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        was_in = request.user.is_authenticated
        limits = {
            "failure_limit": settings.AXES_FAILURE_LIMIT,
            "lock_minutes": settings.AXES_COOLOFF_TIME.seconds // 60,
        }
        response = super().login(request, {**limits, **(extra_context or {})})
        if request.method == "POST" and not was_in:
            self._log_sign_in(request)
        return response

    def _log_sign_in(self, request: HttpRequest) -> None:
        now = timezone.now()
        if isinstance(request.user, Staff):
            log_action(action="login", staff=request.user, at=now)
            return
        # What was typed may be a password in the wrong box, so an unknown name is not kept.
        typed = lockout_name(request)
        known = get_user_model().objects.filter(username__iexact=typed).first() or (
            get_user_model().objects.filter(email__iexact=typed).first() if typed else None
        )
        locked = bool(getattr(request, "axes_locked_out", False))
        log_action(
            action="failed login",
            staff=known,
            at=now,
            subject="locked out" if locked else ("" if known else "unknown name"),
        )

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        user: Staff | AnonymousUser = request.user
        if request.method == "POST" and isinstance(user, Staff):
            log_action(action="logout", staff=user, at=timezone.now())
        return super().logout(request, extra_context)

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        response: TemplateResponse = super().password_change(request, extra_context)
        if request.method == "POST" and response.status_code == 302:
            user = request.user
            assert isinstance(user, Staff)
            log_action(action="changed own password", staff=user, at=timezone.now())
        return response

    def search(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Answer the command palette. Nothing is kept, so a right taken away counts at once."""
        del extra_context
        answer = import_string("backoffice.admin.search.palette")
        response: HttpResponse = answer(request)
        return response

    def get_sidebar_list(self, request: HttpRequest) -> list[dict[str, Any]]:
        """The menu with its counts, made when a page draws it: many answers are no whole page."""
        lazy: Any = SimpleLazyObject(partial(super().get_sidebar_list, request))
        return lazy  # type: ignore[no-any-return]

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Nothing: no page of ours lists tables, and every page would ask every screen for them."""
        del request, app_label
        return []

    def app_index(
        self, request: HttpRequest, app_label: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Lead to the home page: the menu follows the work, not the code."""
        del app_label
        home: HttpResponse = self.index(request, extra_context)
        return home
