"""Vehicles of the catalog, with the pictures that guests see."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, override

from django import forms
from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.views.decorators.http import require_POST
from unfold.widgets import UnfoldAdminFileFieldWidget

from backoffice.access import holds, require
from backoffice.admin.catalog import CHANGE, CatalogAdmin
from backoffice.admin.plain_forms import PlainForm
from domain.catalog import pictures
from domain.catalog.models import Vehicle
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


@admin.register(Vehicle)
class VehicleAdmin(CatalogAdmin):
    kind = Kind.VEHICLES
    record_template = "backoffice/catalog/vehicle.html"

    @override
    def more(self, request: HttpRequest, row: Vehicle) -> dict[str, Any]:
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
