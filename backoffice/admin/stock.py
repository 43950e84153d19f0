"""The stock of vehicles: what is there, what is promised, and why."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, override

from django import forms
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.decorators import display

from backoffice.admin import columns
from backoffice.admin.base import BackofficeAdmin
from backoffice.admin.dialogs import DialogForm, dialog, reason_field
from backoffice.resources.base import ListResource, field
from domain.bookings.models import VehicleStock
from domain.bookings.vehicles.stock import count_stock, figures
from domain.catalog.queries import catalog_at

MOST_MOVES = 50


class StockResource(ListResource):
    sku = field("sku", "SKU")
    on_hand = field("on_hand", "On hand")
    reserved = field("reserved", "Promised")
    free = field("free", "Free")


class CountForm(DialogForm):
    title = "Count the stock"
    submit = "Save the count"

    on_hand = forms.IntegerField(label="On hand", min_value=0)
    reason = reason_field("Why", help_text="Counted, a lorry came, one was damaged …")
    seen_on_hand = forms.IntegerField(widget=forms.HiddenInput)

    @override
    def prepare(self) -> None:
        now = figures([self.subject.sku], timezone.now())[self.subject.sku]
        self.lead = f"{now.on_hand} on hand, {now.reserved} promised to buyers."
        self.initial |= {"on_hand": now.on_hand, "seen_on_hand": now.on_hand}


@admin.register(VehicleStock)
class StockAdmin(BackofficeAdmin):
    list_display = ("name", "sku", "hand", "promised", "left")
    ordering = ("sku",)
    search_fields = ("sku",)
    resource_class = StockResource
    record_template = "admin/bookings/stock.html"
    empty_sentence = "No vehicle is on offer yet: the catalog's workbook opens the stock."

    @override
    def prepare_rows(self, request: HttpRequest, rows: Sequence[Model]) -> None:
        found = [row for row in rows if isinstance(row, VehicleStock)]
        now = figures([row.sku for row in found], timezone.now())
        for row in found:
            row.on_hand, row.reserved = now[row.sku].on_hand, now[row.sku].reserved

    @dialog(label="Count…", right="domain.count_stock", form=CountForm)
    def count(self, request: HttpRequest, form: CountForm, **_: str) -> HttpResponse:
        asked = form.cleaned_data
        run = partial(
            count_stock,
            sku=form.subject.sku,
            on_hand=asked["on_hand"],
            reason=asked["reason"],
            seen_on_hand=asked["seen_on_hand"],
        )
        return self.perform(request, form, run, done=_counted)

    @display(description="Vehicle")
    def name(self, stock: VehicleStock) -> str:
        row = catalog_at(timezone.now()).vehicles.get(stock.sku)
        return row.name if row else "not on offer"

    @display(description="On hand", ordering="on_hand")
    def hand(self, stock: VehicleStock) -> int:
        return stock.on_hand

    @display(description="Promised", ordering="reserved")
    def promised(self, stock: VehicleStock) -> int:
        return stock.reserved

    @display(description="Free")
    def left(self, stock: VehicleStock) -> SafeString:
        if stock.free > 0:
            return columns.badge(f"{stock.free} free", columns.Tone.GOOD)
        return columns.badge("none free", columns.Tone.NEEDS_YOU)

    @override
    def record_context(self, request: HttpRequest, record: VehicleStock) -> dict[str, Any]:
        return {
            "name": self.name(record),
            "figures": figures([record.sku], timezone.now())[record.sku],
            "moves": record.moves.select_related("booking", "actor").order_by("-at", "-pk")[
                :MOST_MOVES
            ],
            "bookings_url": columns.list_url("booking", vehicle_sku=record.sku),
            "buttons": self.buttons(request, record),
        }


def _counted(stock: VehicleStock) -> str:
    return f"{stock.on_hand} {stock.sku} are on hand; {stock.free} are free."
