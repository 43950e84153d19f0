"""The catalog's lists and rows: what is in force, what is planned, how each came to be."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, override

from django.contrib import admin, messages
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.decorators import display

from backoffice.access import MissingRight, holds, require
from backoffice.admin import columns
from backoffice.admin.base import BackofficeAdmin
from backoffice.admin.catalog_columns import TITLES, listed, words
from backoffice.admin.catalog_forms import RowForm, label_of
from domain.catalog import operations
from domain.catalog.models import (
    MiniMovePackage,
    OrganizingService,
    ServiceZone,
    SpecialtyItem,
    StandardDeliveryConfig,
    SurchargeRule,
    TaxRate,
)
from domain.catalog.queries import rows_at, versions_of
from domain.catalog.rules.words import Kind
from domain.catalog.workbook import SHEETS
from domain.common.errors import DomainError

VIEW, CHANGE = "domain.view_catalog", "domain.import_catalog"


class CatalogAdmin(BackofficeAdmin):
    """A kind of catalog rows. A change is prepared here and applied as a change set."""

    kind: ClassVar[Kind]
    export_rights = ("domain.export_catalog",)
    record_template = "backoffice/catalog/row.html"
    view_right = VIEW
    list_display_links = ("name",)
    search_fields = ("key", "name")
    ordering = ("key",)
    empty_sentence = "Nothing of this kind is in the catalog yet. Import a workbook to fill it."

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        functions = listed(cls.kind)
        for name, function in functions.items():
            setattr(cls, name, function)
        cls.list_display = ("name", "key_column", *functions, "active", "since", "planned")

    # --- Rights -----------------------------------------------------------------------------------

    # --- The list ---------------------------------------------------------------------------------

    @override
    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        now = timezone.now()
        later = (
            self.model._default_manager.filter(key=OuterRef("key"), effective_from__gt=now)
            .order_by("effective_from", "-id")
            .values("effective_from")[:1]
        )
        return rows_at(self.kind, now).annotate(planned_from=Subquery(later))

    @display(description="Key", ordering="key")
    def key_column(self, row: Any) -> str:
        return str(row.key)

    @display(description="Active", ordering="is_active")
    def active(self, row: Any) -> SafeString:
        return columns.badge("active", "good") if row.is_active else columns.badge("switched off")

    @display(description="In force since", ordering="effective_from")
    def since(self, row: Any) -> SafeString:
        return columns.when(row.effective_from)

    @display(description="Planned change", ordering="planned_from")
    def planned(self, row: Any) -> SafeString:
        return columns.when(row.planned_from)

    @override
    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        if not self.has_view_permission(request):
            raise MissingRight(VIEW)
        context = {"title": TITLES[self.kind], **(extra_context or {})}
        return super().changelist_view(request, context)

    # --- One row ----------------------------------------------------------------------------------

    @override
    def subject(self, request: HttpRequest, object_id: str | int) -> Any:
        """Any version, also one that is no longer in force: bookings point at those."""
        text = str(object_id)
        rows = self.model._default_manager.select_related("recorded_by", "change_set")
        return rows.filter(pk=text).first() if text.isdigit() else None

    @override
    def record_context(self, request: HttpRequest, record: Any) -> dict[str, Any]:
        now = timezone.now()
        return {
            **self.more(request, record),
            "title": record.name,
            "row": record,
            "kind_title": TITLES[self.kind],
            "facts": [(label_of(each), words(each, record)) for each in SHEETS[self.kind].columns],
            "versions": self._versions(record.key, now),
            "edit_url": self._url("edit", record.pk) if holds(request, CHANGE) else "",
            "list_url": self._url("changelist"),
        }

    def more(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        """What the page of a row of this kind shows beside what all show."""
        del request, row
        return {}

    def _versions(self, key: str, now: datetime) -> list[dict[str, Any]]:
        """Each version with what it changed against the one before it, the newest first."""
        found = list(versions_of(self.kind, key).select_related("change_set", "recorded_by"))
        current = next((each.pk for each in found if each.effective_from <= now), None)
        told = []
        for index, version in enumerate(found):
            before = found[index + 1] if index + 1 < len(found) else None
            told.append(
                {
                    "row": version,
                    "is_current": version.pk == current,
                    "is_planned": version.effective_from > now,
                    "changes": self._changes(before, version),
                }
            )
        return told

    def _changes(self, before: Any, after: Any) -> list[tuple[str, str, str]]:
        if before is None:
            return []
        pairs = [
            (label_of(each), words(each, before), words(each, after))
            for each in SHEETS[self.kind].columns
        ]
        if not SHEETS[self.kind].has_active:
            told = {True: "yes", False: "no"}
            pairs.append(("is active", told[before.is_active], told[after.is_active]))
        return [pair for pair in pairs if pair[1] != pair[2]]

    # --- A change ---------------------------------------------------------------------------------

    @override
    def own_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        return [
            path("<int:object_id>/edit/", self.page(self.edit_view), name=f"{name}_edit"),
            path("new/", self.page(self.edit_view), name=f"{name}_new"),
        ]

    def edit_view(self, request: HttpRequest, object_id: int | None = None) -> HttpResponse:
        """A form for every value of a row. It prepares a change; applying comes after."""
        actor = require(request, CHANGE)
        row = self.subject(request, object_id) if object_id else None
        if object_id and row is None:
            raise Http404
        key = row.key if row else ""
        form = RowForm(self.kind, row, request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            try:
                prepared = operations.change_row(
                    kind=self.kind,
                    key=key,
                    values=form.values(),
                    effective_from=form.cleaned_data["in_force_from"],
                    reason=form.cleaned_data["why"],
                    actor=actor,
                    at=timezone.now(),
                )
            except DomainError as refusal:
                form.refuse(refusal)
            else:
                messages.info(request, "Prepared, not applied yet. Look at the effect, then apply.")
                url = reverse("admin:domain_changeset_change", args=[prepared.pk])
                return HttpResponseRedirect(url)
        title = f"Change {row.name}" if row else f"New row: {TITLES[self.kind].lower()}"
        context = self.page_context(
            request, title=title, form=form, row=row, back=self._url("changelist")
        )
        return TemplateResponse(request, "backoffice/catalog/edit.html", context)

    def _url(self, page: str, *args: Any) -> str:
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_{page}"
        return reverse(name, args=args)


@admin.register(MiniMovePackage)
class MiniMovePackageAdmin(CatalogAdmin):
    kind = Kind.PACKAGES


@admin.register(OrganizingService)
class OrganizingServiceAdmin(CatalogAdmin):
    kind = Kind.ORGANIZING


@admin.register(SpecialtyItem)
class SpecialtyItemAdmin(CatalogAdmin):
    kind = Kind.SPECIALTY


@admin.register(StandardDeliveryConfig)
class StandardDeliveryConfigAdmin(CatalogAdmin):
    kind = Kind.STANDARD_DELIVERY


@admin.register(ServiceZone)
class ServiceZoneAdmin(CatalogAdmin):
    kind = Kind.ZONES


@admin.register(SurchargeRule)
class SurchargeRuleAdmin(CatalogAdmin):
    kind = Kind.SURCHARGES


@admin.register(TaxRate)
class TaxRateAdmin(CatalogAdmin):
    kind = Kind.TAX_RATES
