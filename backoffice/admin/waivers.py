"""Waivers of instalments: what was asked for, and the decision of a second person."""

from __future__ import annotations

from typing import Any, override

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.decorators import display

from backoffice.admin import columns
from backoffice.admin.base import BackofficeAdmin
from backoffice.admin.doors import numbered
from backoffice.admin.filters import MomentRangeFilter, StateFilter
from backoffice.admin.trail import trail_of
from backoffice.resources.base import ListResource, field, money
from domain.bookings.models import Booking, InstalmentWaiver
from domain.bookings.search import find_bookings


class WaiverResource(ListResource):
    amount = money("amount_cents", "Amount")
    requested = field("requested_at", "Requested")
    why = field("reason", "Reason")


@admin.register(InstalmentWaiver)
class WaiverAdmin(BackofficeAdmin):
    list_display = (
        "which",
        "booking_link",
        "amount",
        "state_column",
        "who_asked",
        "requested",
        "why",
    )
    list_filter = (("state", StateFilter), ("requested_at", MomentRangeFilter))
    list_select_related = ("booking", "instalment", "requested_by")
    page_related = ("booking", "instalment", "requested_by", "decided_by")
    ordering = ("-requested_at", "-pk")
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

    @override
    def record_context(self, request: HttpRequest, record: InstalmentWaiver) -> dict[str, Any]:
        return {"buttons": self.buttons(request, record), "lines": trail_of(request, [record])}

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

    @display(description="Asked by", ordering="requested_by")
    def who_asked(self, waiver: InstalmentWaiver) -> SafeString:
        return columns.person(waiver.requested_by, role=False)

    @display(description="Requested", ordering="requested_at")
    def requested(self, waiver: InstalmentWaiver) -> SafeString:
        return columns.when(waiver.requested_at)

    @display(description="Reason")
    def why(self, waiver: InstalmentWaiver) -> str:
        return waiver.reason
