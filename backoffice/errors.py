"""Pages for what went wrong, each with what to do next."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import loader
from django.utils.module_loading import import_string
from django.views import defaults

from backoffice.access import MissingRight
from domain.common.context import current
from domain.staff.models import Staff
from domain.staff.roles import BY_CODENAME, holders, meaning

API = "/api/"


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path.startswith(API):
        return defaults.permission_denied(request, exception)
    permission = missing_right(request, exception)
    context: dict[str, Any] = {
        "title": "Not allowed",
        "right": meaning(permission) if permission else "",
        "codename": permission.rpartition(".")[2],
        "holders": holders(permission) if permission else [],
    }
    return _page(request, "backoffice/403.html", context, HTTPStatus.FORBIDDEN)


def missing_right(request: HttpRequest, exception: Exception) -> str:
    """Name the right that was missing; "" when it cannot be told."""
    if isinstance(exception, MissingRight):
        return exception.permission
    match = request.resolver_match
    name = match.url_name if match is not None and match.url_name else ""
    parts = name.split("_")
    guess = f"view_{parts[1]}" if len(parts) > 2 and parts[0] == "domain" else ""
    user = request.user
    if guess in BY_CODENAME and isinstance(user, Staff) and not user.has_perm(f"domain.{guess}"):
        return f"domain.{guess}"
    return ""


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path.startswith(API):
        return _of_the_api("not_found")(request, exception)
    return _page(request, "backoffice/404.html", {"title": "Not found"}, HTTPStatus.NOT_FOUND)


def failed(request: HttpRequest) -> HttpResponse:
    """Answer a fault of ours. Asks neither the database nor the session: they may be the fault."""
    if request.path.startswith(API):
        return _of_the_api("server_error")(request)
    error_id = current().request_id
    text = loader.render_to_string("backoffice/500.html", {"error_id": error_id})
    return HttpResponse(text, status=HTTPStatus.INTERNAL_SERVER_ERROR)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    del reason  # it is for developers
    context = {"title": "This form is too old"}
    return _page(request, "backoffice/csrf.html", context, HTTPStatus.FORBIDDEN)


def _page(
    request: HttpRequest, template: str, context: dict[str, Any], status: HTTPStatus
) -> HttpResponse:
    inside = isinstance(request.user, Staff) and request.user.is_active
    base = "admin/base_site.html" if inside else "unfold/layouts/unauthenticated.html"
    frame = {**admin.site.each_context(request), "frame": base, "inside": inside}
    return render(request, template, {**frame, **context}, status=status)


def _of_the_api(name: str) -> Callable[..., HttpResponse]:
    """The API's own answer; by name, since neither interface knows the other."""
    found: Callable[..., HttpResponse] = import_string(f"api.handlers.{name}")
    return found
