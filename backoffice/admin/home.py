"""The part of the home page that refreshes itself."""

from __future__ import annotations

from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from backoffice.admin.page import fragment
from backoffice.dashboard import panels


def pages(site: AdminSite) -> list[URLPattern]:
    return [path("home/panels/", site.admin_view(home_panels), name="home_panels")]


def home_panels(request: HttpRequest) -> TemplateResponse:
    return fragment(request, "backoffice/home/panels.html", **panels(request))
