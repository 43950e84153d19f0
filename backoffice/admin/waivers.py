"""Waivers of instalments: what was asked for, and the decision of a second person."""

from __future__ import annotations

from typing import Any, override

from django.contrib import admin
from django.db.models import QuerySet
from django.utils.safestring import SafeString
from unfold.decorators import display

from backoffice.admin import columns
from backoffice.admin.asked import AskedAdmin
from backoffice.admin.doors import numbered
from backoffice.resources.base import ListResource, field, money
from domain.bookings.models import Booking, InstalmentWaiver
from domain.bookings.search import find_bookings


class WaiverResource(ListResource):
    amount = money("amount_cents", "Amount")
    requested = field("requested_at", "Requested")
    why = field("reason", "Reason")


@admin.register(InstalmentWaiver)
class WaiverAdmin(AskedAdmin):
    list_display = (
        "which",
        "booking_link",
        "amount",
        "state_column",
        "asker",
        "asked_at",
        "why",
    )
    list_select_related = ("booking", "instalment", "requested_by")
    page_related = ("booking", "instalment", "requested_by", "decided_by")
    search_fields = ("booking__number",)
    search_help_text = "Booking number, name, e-mail or phone"
    steps = ("approve", "deny", "withdraw")
    bulk_steps = ("approve", "deny")
    resource_class = WaiverResource
    record_template = "admin/bookings/waiver.html"
    empty_sentence = "Nobody has asked for an instalment to be waived."

    @override
    def find(self, rows: QuerySet[Any], text: str) -> QuerySet[Any] | None:
        return rows.filter(booking__in=find_bookings(Booking.objects.all(), text))

    @display(description="Waiver")
    def which(self, waiver: InstalmentWaiver) -> str:
        row = waiver.instalment
        return f"Instalment {row.number}, due {row.due_on:%d %b %Y}"

    @display(description="Booking", ordering="booking__number")
    def booking_link(self, waiver: InstalmentWaiver) -> SafeString:
        return numbered(waiver.booking)

    @display(description="Amount", ordering="amount_cents", formatting="price")
    def amount(self, waiver: InstalmentWaiver) -> SafeString:
        return columns.money(waiver.amount_cents, waiver.booking.currency)
