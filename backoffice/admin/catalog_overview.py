"""The catalog at a glance: its kinds, what is planned, what waits."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from backoffice.access import holds, require
from backoffice.admin.catalog_changes import waiting_for
from backoffice.admin.catalog_columns import TITLES
from backoffice.admin.page import page
from domain.catalog.models import ChangeSet, ChangeSetState
from domain.catalog.queries import rows_at
from domain.catalog.rules.words import Kind
from domain.catalog.tables import TABLES

LATEST = 8


def pages(site: AdminSite) -> list[URLPattern]:
    return [path("catalog/", site.admin_view(overview), name="catalog")]


def overview(request: HttpRequest) -> TemplateResponse:
    actor = require(request, "domain.view_catalog")
    now = timezone.now()
    return page(
        request,
        "backoffice/catalog/overview.html",
        "Catalog",
        kinds=[_kind(kind, now) for kind in Kind],
        planned=ChangeSet.objects.filter(
            state=ChangeSetState.APPLIED, in_force_from__gt=now
        ).order_by("in_force_from"),
        waiting=waiting_for(actor),
        latest=ChangeSet.objects.filter(
            state__in=[ChangeSetState.APPLIED, ChangeSetState.REVERTED]
        ).order_by("-id")[:LATEST],
        may_import=holds(request, "domain.import_catalog"),
        may_export=holds(request, "domain.export_catalog"),
    )


def _kind(kind: Kind, now: Any) -> dict[str, Any]:
    name = TABLES[kind]._meta.model_name
    rows = list(rows_at(kind, now).values_list("is_active", "effective_from"))
    return {
        "title": TITLES[kind],
        "url": reverse(f"admin:domain_{name}_changelist"),
        "new_url": reverse(f"admin:domain_{name}_new"),
        "active": sum(is_active for is_active, _ in rows),
        "off": sum(not is_active for is_active, _ in rows),
        "since": max((since for _, since in rows), default=None),
    }
