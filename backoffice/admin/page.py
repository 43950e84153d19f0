"""Pages of the admin that are no form of one table."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.contrib import admin
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.http import url_has_allowed_host_and_scheme

PER_PAGE = 50


def page(
    request: HttpRequest, template: str, title: str, *, status: int = 200, **context: Any
) -> TemplateResponse:
    """Render a page with the admin's frame around it; ``context`` may bring a frame of its own."""
    frame = {} if "site_title" in context else admin.site.each_context(request)
    return TemplateResponse(request, template, {**frame, "title": title, **context}, status=status)


def fragment(request: HttpRequest, template: str, **context: Any) -> TemplateResponse:
    """Render part of a page, as htmx asks for it."""
    return TemplateResponse(request, template, context)


def way_back(request: HttpRequest, default: str) -> str:
    """Where a form says it came from, if that is a page of ours."""
    asked = str(request.POST.get("return_to") or request.GET.get("return_to") or "")
    safe = url_has_allowed_host_and_scheme(
        asked, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return asked if safe and urlsplit(asked).path.startswith("/") else default


def whole_number(text: str | None, default: int = 1, *, most: int = 10**9) -> int:
    """Read a page number and the like from an address; nonsense is the default."""
    return min(int(text), most) if text and text.isascii() and text.isdigit() else default
