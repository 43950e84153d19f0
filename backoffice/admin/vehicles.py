"""Vehicles of the catalog, with the pictures that guests see."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, override

from django import forms
from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST
from unfold.decorators import display
from unfold.widgets import UnfoldAdminFileFieldWidget

from backoffice.access import holds, require
from backoffice.admin import columns
from backoffice.admin.catalog import CHANGE, CatalogAdmin
from backoffice.admin.filters import DropdownFilter
from backoffice.admin.plain_forms import PlainForm
from domain.bookings.vehicles.stock import figures, free_of
from domain.catalog import pictures
from domain.catalog.models import Vehicle, VehiclePicture
from domain.catalog.queries import catalog_at
from domain.catalog.rules.words import Kind
from domain.common.errors import DomainError
from domain.common.pictures import LARGEST_FILE


class PictureForm(PlainForm):
    file = forms.FileField(
        label="Picture",
        help_text="JPEG or PNG, at most 10 MiB. It is drawn anew; places and names in it are lost.",
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": "image/jpeg,image/png"}),
    )
    alt_text = forms.CharField(
        label="What it shows", max_length=200, help_text="For who cannot see it, in words."
    )


class CategoryFilter(DropdownFilter):
    title = "category"
    parameter_name = "category"

    @override
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        offered = {each.category for each in catalog_at(timezone.now()).vehicles.values()}
        return [(each, each.capitalize()) for each in sorted(offered)]

    @override
    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(category=self.value()) if self.value() else queryset


@admin.register(Vehicle)
class VehicleAdmin(CatalogAdmin):
    kind = Kind.VEHICLES
    record_template = "backoffice/catalog/vehicle.html"
    list_filter = (CategoryFilter,)

    @override
    def get_list_display(self, request: HttpRequest) -> Any:
        """A picture first; the stock as it is, in place of the workbook's figure."""
        hidden = {"show_stock", "since"}
        shown: list[Any] = [name for name in self.list_display if name not in hidden]
        return ["picture", *shown[:2], "free", *shown[2:]]

    @override
    def prepare_rows(self, request: HttpRequest, rows: Sequence[Model]) -> None:
        found = [row for row in rows if isinstance(row, Vehicle)]
        skus = [row.key for row in found]
        first = pictures.primary_of(skus)
        stock = free_of(skus, timezone.now())
        for row in found:
            row.first_picture = first.get(row.key)  # type: ignore[attr-defined]
            row.free_now = stock[row.key]  # type: ignore[attr-defined]

    @display(description="")
    def picture(self, row: Vehicle) -> SafeString | str:
        found: VehiclePicture | None = getattr(row, "first_picture", None)
        if found is None:
            return ""
        return format_html(
            '<img class="bo-thumb" src="{}" alt="{}" width="72" height="48" loading="lazy">',
            pictures.address_of(found),
            found.alt_text,
        )

    @display(description="Free")
    def free(self, row: Vehicle) -> SafeString:
        free: int = getattr(row, "free_now", 0)
        if free > 0:
            return format_html('<span class="bo-time">{}</span>', free)
        return columns.badge("none", columns.Tone.NEEDS_YOU)

    @override
    def more(self, request: HttpRequest, row: Vehicle) -> dict[str, Any]:
        stock = figures([row.key], timezone.now())[row.key]
        shown = [
            {
                "row": each,
                "url": pictures.address_of(each),
                "act_url": self._url("picture", row.pk, each.pk),
            }
            for each in pictures.pictures_of(row.key)
        ]
        return {
            "pictures": shown,
            "stock": stock if holds(request, "domain.view_vehiclestock") else None,
            "sells": row.is_active and holds(request, "domain.create_booking"),
            "may_change": holds(request, CHANGE),
            "form": PictureForm(),
            "add_url": self._url("pictures", row.pk),
        }

    @override
    def own_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        add = self.page(require_POST(self.picture_add_view))
        act = self.page(require_POST(self.act_view))
        return [
            *super().own_urls(),
            path("<int:object_id>/pictures/", add, name=f"{name}_pictures"),
            path("<int:object_id>/pictures/<int:picture_id>/", act, name=f"{name}_picture"),
        ]

    def picture_add_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        actor = require(request, CHANGE)
        row = self._row(request, object_id)
        form = PictureForm(request.POST, request.FILES)
        if form.is_valid():
            try:
                pictures.add_picture(
                    sku=row.key,
                    # One byte more than allowed is enough to be refused for its size.
                    content=form.cleaned_data["file"].read(LARGEST_FILE + 1),
                    alt_text=form.cleaned_data["alt_text"],
                    actor=actor,
                    at=timezone.now(),
                )
            except DomainError as refusal:
                form.refuse(refusal)
            else:
                messages.success(request, "The picture is kept. Guests see it at once.")
                return self._to_pictures(row)
        return self.changeform_view(request, str(object_id), extra_context={"form": form})

    def act_view(self, request: HttpRequest, object_id: int, picture_id: int) -> HttpResponse:
        actor = require(request, CHANGE)
        row = self._row(request, object_id)
        found = pictures.pictures_of(row.key).filter(pk=picture_id).first()
        place = found.position if found else 1
        known: dict[str, tuple[Callable[..., object] | None, dict[str, Any], str]] = {
            "primary": (pictures.choose_primary, {}, "Shown first from now on."),
            "earlier": (pictures.move_picture, {"to": place - 1}, "Moved."),
            "later": (pictures.move_picture, {"to": place + 1}, "Moved."),
            "describe": (
                pictures.describe_picture,
                {"alt_text": request.POST.get("alt_text", "")},
                "The words are saved.",
            ),
            "remove": (pictures.remove_picture, {}, "The picture is removed."),
        }
        operation, values, done = known.get(request.POST.get("do", ""), (None, {}, ""))
        if operation is None:
            raise Http404
        run = partial(operation, picture_id=picture_id, actor=actor, at=timezone.now(), **values)
        try:
            run()
        except DomainError as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, done)
        return self._to_pictures(row)

    def _row(self, request: HttpRequest, object_id: int) -> Vehicle:
        row: Vehicle | None = self.subject(request, object_id)
        if row is None:
            raise Http404
        return row

    def _to_pictures(self, row: Vehicle) -> HttpResponseRedirect:
        return HttpResponseRedirect(f"{self._url('change', row.pk)}#pictures")
