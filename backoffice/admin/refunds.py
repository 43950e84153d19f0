"""Refunds: the list, one refund, and the queue of those that wait for a decision."""

from __future__ import annotations

from typing import Any, override

from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from unfold.decorators import display

from backoffice.admin import columns, refund_case
from backoffice.admin.approving import queue_page
from backoffice.admin.base import BackofficeAdmin
from backoffice.admin.doors import numbered
from backoffice.admin.filters import ChoicesDropdownFilter, MomentRangeFilter, StateFilter
from backoffice.admin.page import fragment
from backoffice.admin.trail import line_of, masked, trail_of
from backoffice.resources.base import ListResource, field, money
from domain.bookings.models import Booking
from domain.bookings.search import find_bookings
from domain.payments.models import Dispute, Refund


class RefundResource(ListResource):
    amount = money("amount_cents", "Amount")
    requested = field("requested_at", "Requested")
    completed = field("completed_at", "Completed")
    why = field("reason", "Reason")


@admin.register(Refund)
class RefundAdmin(BackofficeAdmin):
    list_display = (
        "number",
        "booking_link",
        "amount",
        "state_column",
        "origin_label",
        "who_asked",
        "requested",
        "completed",
        "why",
    )
    list_filter = (
        ("state", StateFilter),
        ("origin", ChoicesDropdownFilter),
        ("requested_at", MomentRangeFilter),
    )
    list_select_related = ("booking", "requested_by")
    page_related = ("booking__customer", "booking__guest", "payment", "requested_by", "approved_by")
    ordering = ("-requested_at", "-pk")
    search_fields = ("booking__number",)
    search_help_text = "Booking number, name, e-mail, phone or last four digits"
    steps = ("approve", "deny", "withdraw", "settle")
    bulk_steps = ("approve", "deny", "withdraw")
    resource_class = RefundResource
    list_before_template = "admin/refunds/list_head.html"
    record_template = "admin/refunds/refund.html"
    empty_sentence = (
        "No refund yet: one appears when a paid booking is cancelled or staff ask for one."
    )

    @override
    def find(self, rows: QuerySet[Any], text: str) -> QuerySet[Any] | None:
        return rows.filter(booking__in=find_bookings(Booking.objects.all(), text))

    @override
    def own_urls(self) -> list[URLPattern]:
        return [
            path("queue/", self.page(self.queue_view), name="refund_queue"),
            path("<int:object_id>/live/", self.page(self.live_view), name="refund_live"),
        ]

    def queue_view(self, request: HttpRequest) -> HttpResponse:
        self.require_view(request)
        return queue_page(
            self,
            request,
            refund_case.queue_for(request, timezone.now()),
            title="Refunds to approve",
            refuse="deny",
            case_template="admin/refunds/case.html",
            empty="No refund waits for approval. One appears here when a paid booking is "
            "cancelled, or when staff ask for one on a payment.",
        )

    @override
    def record_context(self, request: HttpRequest, record: Refund) -> dict[str, Any]:
        case = refund_case.case_of(request, record, timezone.now())
        buttons = self.buttons(request, record)
        return {
            "record": record,
            "case": case,
            "buttons": buttons,
            "closed": next((b.sentence for b in buttons if b.name == "approve"), ""),
            "changes": [line_of(request, entry) for entry in case.changes],
            "lines": trail_of(request, [record]),
            "stripe_refund": masked(record.stripe_refund_id, request),
            "intent": masked(record.payment.intent_id, request),
        }

    def live_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """What Stripe says can be refunded now. Reads only, and holds no lock while it waits."""
        self.require_view(request)
        refund = self.subject(request, object_id)
        if refund is None:
            raise Http404("There is no such refund.")
        needed = refund.amount_cents if refund.state == "requested" else 0
        live = refund_case.ask_stripe(refund.payment, needed)
        return fragment(request, "admin/refunds/live.html", live=live, record=refund)

    @display(description="Refund")
    def number(self, refund: Refund) -> str:
        return f"Refund {refund.pk}"

    @display(description="Booking", ordering="booking__number")
    def booking_link(self, refund: Refund) -> SafeString:
        return numbered(refund.booking)

    @display(description="Amount", ordering="amount_cents", formatting="price")
    def amount(self, refund: Refund) -> SafeString:
        return columns.money(refund.amount_cents, refund.currency)

    @display(description="Origin", ordering="origin")
    def origin_label(self, refund: Refund) -> str:
        return refund.get_origin_display()

    @display(description="Asked by", ordering="requested_by")
    def who_asked(self, refund: Refund) -> SafeString:
        return columns.person(refund.requested_by, role=False)

    @display(description="Requested", ordering="requested_at")
    def requested(self, refund: Refund) -> SafeString:
        return columns.when(refund.requested_at)

    @display(description="Completed", ordering="completed_at")
    def completed(self, refund: Refund) -> SafeString:
        return columns.when(refund.completed_at)

    @display(description="Reason")
    def why(self, refund: Refund) -> str:
        return Truncator(refund.reason).chars(60)


@admin.register(Dispute)
class DisputeAdmin(BackofficeAdmin):
    list_display = (
        "number",
        "booking_link",
        "amount",
        "state_column",
        "reason",
        "opened",
        "closed",
    )
    list_filter = (("state", StateFilter), ("opened_at", MomentRangeFilter))
    list_select_related = ("booking",)
    page_related = ("booking", "payment")
    ordering = ("-opened_at", "-pk")
    search_fields = ("booking__number",)
    record_template = "admin/payments/dispute.html"
    empty_sentence = "No cardholder's bank has asked for money back."

    @override
    def find(self, rows: QuerySet[Any], text: str) -> QuerySet[Any] | None:
        return rows.filter(booking__in=find_bookings(Booking.objects.all(), text))

    @override
    def record_context(self, request: HttpRequest, record: Any) -> dict[str, Any]:
        return {
            "stripe_id": masked(record.stripe_id, request),
            "cases": list(record.payment.cases.filter(kind="dispute")),
            "lines": trail_of(request, [record]),
        }

    @display(description="Dispute")
    def number(self, dispute: Dispute) -> str:
        return f"Dispute {dispute.pk}"

    @display(description="Booking", ordering="booking__number")
    def booking_link(self, dispute: Dispute) -> SafeString:
        return numbered(dispute.booking)

    @display(description="Amount", ordering="amount_cents", formatting="price")
    def amount(self, dispute: Dispute) -> SafeString:
        return columns.money(dispute.amount_cents, dispute.currency)

    @display(description="Opened", ordering="opened_at")
    def opened(self, dispute: Dispute) -> SafeString:
        return columns.when(dispute.opened_at)

    @display(description="Closed", ordering="closed_at")
    def closed(self, dispute: Dispute) -> SafeString:
        return columns.when(dispute.closed_at)
