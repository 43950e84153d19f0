"""Payments: what came in, by card or by hand, and what is left of it to refund."""

from __future__ import annotations

from functools import partial
from typing import Any, override
from uuid import uuid4

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import DropdownFilter
from unfold.decorators import display

from backoffice.access import holds
from backoffice.admin import columns, refund_case
from backoffice.admin.base import BackofficeAdmin
from backoffice.admin.dialogs import AmountField, DialogForm, dialog, reason_field
from backoffice.admin.doors import numbered
from backoffice.admin.filters import MomentRangeFilter, StateFilter
from backoffice.admin.page import fragment
from backoffice.admin.step_forms import StepForm
from backoffice.admin.trail import masked, trail_of
from backoffice.resources.base import ListResource, field, money
from domain.bookings.models import Booking
from domain.bookings.search import find_bookings
from domain.common.money import show, to_amount
from domain.common.workflow import Done
from domain.ledger.models import Entry
from domain.payments.models import Method, Payment
from domain.payments.operations.refunds import request_refund


class PaymentResource(ListResource):
    amount = money("amount_cents", "Amount")
    captured = money("captured_cents", "Captured")
    left = money("refundable_cents", "Left to refund")
    created = field("created_at", "Created")
    succeeded = field("succeeded_at", "Succeeded")


class RefundForm(DialogForm):
    """Ask for part of a payment to be sent back; another person approves it."""

    title = "Request a refund"
    submit = "Request the refund"

    amount = AmountField(label="Amount", min_value=0)
    reason = reason_field()
    # Made when the dialog is drawn, so that a double click asks once.
    form_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    @override
    def prepare(self) -> None:
        left = self.subject.refundable_cents()
        self.can_submit = left > 0
        self.lead = (
            f"{show(left, self.subject.currency)} of this payment is left to refund. The amount is "
            "reserved at once; the money goes back when another person has approved it."
            if left > 0
            else "Nothing of this payment is left to refund."
        )
        self.initial.setdefault("amount", to_amount(left, self.subject.currency))


class MethodFilter(DropdownFilter):
    """Card money, or money that a person recorded by hand."""

    title = "way of paying"
    parameter_name = "method__in"

    @override
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        offline = f"{Method.BANK_TRANSFER},{Method.CASH}"
        return [*Method.choices, (offline, "Offline: transfer or cash")]

    @override
    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        return queryset.filter(method__in=str(value).split(",")) if value else queryset


@admin.register(Payment)
class PaymentAdmin(BackofficeAdmin):
    list_display = (
        "number",
        "booking_link",
        "amount",
        "state_column",
        "way",
        "captured",
        "left",
        "stripe_intent",
        "created",
    )
    list_filter = (
        ("state", StateFilter),
        MethodFilter,
        ("created_at", MomentRangeFilter),
    )
    list_select_related = ("booking",)
    page_related = ("booking__customer", "booking__guest", "requested_by", "approved_by")
    ordering = ("-created_at", "-pk")
    search_fields = ("booking__number",)
    search_help_text = "Booking number, name, e-mail, phone, last four digits or reference"
    steps = ("approve", "reject")
    bulk_steps = ("approve", "reject")
    resource_class = PaymentResource
    record_template = "admin/payments/payment.html"
    empty_sentence = "No payment yet: one appears when a guest starts to pay."

    @override
    def find(self, rows: QuerySet[Any], text: str) -> QuerySet[Any] | None:
        named = rows.filter(reference__iexact=text.strip())
        if named.exists():
            return named
        return rows.filter(booking__in=find_bookings(Booking.objects.all(), text))

    @override
    def own_urls(self) -> list[URLPattern]:
        return [path("<int:object_id>/live/", self.page(self.live_view), name="payment_live")]

    @override
    def record_context(self, request: HttpRequest, record: Any) -> dict[str, Any]:
        refunds = record.refunds.select_related("requested_by").order_by("-requested_at", "-pk")
        return {
            "buttons": self.buttons(request, record),
            "by_card": record.method == Method.STRIPE,
            "intent": masked(record.intent_id, request),
            "charge": masked(record.charge_id, request),
            "refunds": list(refunds),
            "disputes": list(record.disputes.order_by("-opened_at")),
            "cases": self._cases(request, record),
            "entries": self._entries(request, record),
            "lines": trail_of(request, [record]),
        }

    @override
    def done_sentence(self, form: StepForm, done: Done[Any]) -> str:
        if form.step == "approve":
            return f"{done.subject} is approved; it counts now."
        return super().done_sentence(form, done)

    def _cases(self, request: HttpRequest, payment: Payment) -> list[Any]:
        if not holds(request, "domain.view_moneycase"):
            return []
        return list(payment.cases.order_by("-opened_at"))

    def _entries(self, request: HttpRequest, payment: Payment) -> list[Entry]:
        if not holds(request, "domain.view_ledger"):
            return []
        found = Entry.objects.filter(source_type="payment", source_id=payment.pk)
        return list(
            found.prefetch_related("transfers__debit", "transfers__credit").order_by("-pk")[:50]
        )

    def live_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """What Stripe says of this payment now. Reads only."""
        self.require_view(request)
        payment = self.subject(request, object_id)
        if payment is None:
            raise Http404("There is no such payment.")
        live = refund_case.ask_stripe(payment, 0)
        return fragment(request, "admin/refunds/live.html", live=live, record=payment)

    @dialog(label="Refund…", right="domain.request_refund", form=RefundForm, icon="undo")
    def refund(self, request: HttpRequest, form: RefundForm, object_id: str) -> HttpResponse:
        del object_id
        work = partial(
            request_refund,
            payment_id=form.subject.pk,
            amount_cents=form.cleaned_data["amount"],
            reason=form.cleaned_data["reason"],
            form_key=form.cleaned_data["form_key"],
        )
        return self.perform(
            request,
            form,
            work,
            done=lambda made: f"{made} requested; another person approves it.",
            go_to=columns.page_url,
        )

    @display(description="Payment")
    def number(self, payment: Payment) -> str:
        return f"Payment {payment.pk}"

    @display(description="Booking", ordering="booking__number")
    def booking_link(self, payment: Payment) -> SafeString:
        return numbered(payment.booking)

    @display(description="Amount", ordering="amount_cents", formatting="price")
    def amount(self, payment: Payment) -> SafeString:
        return columns.money(payment.amount_cents, payment.currency)

    @display(description="Way", ordering="method")
    def way(self, payment: Payment) -> SafeString:
        return format_html('<span class="bo-time">{}</span>', payment.source_label())

    @display(description="Captured", ordering="captured_cents", formatting="price")
    def captured(self, payment: Payment) -> SafeString:
        return columns.money(payment.captured_cents, payment.currency)

    @display(description="Left to refund", formatting="price")
    def left(self, payment: Payment) -> SafeString:
        return columns.money(payment.refundable_cents(), payment.currency)

    @display(description="Reference")
    def stripe_intent(self, payment: Payment) -> str:
        return masked_for_lists(payment)

    @display(description="Created", ordering="created_at")
    def created(self, payment: Payment) -> SafeString:
        return columns.when(payment.created_at)


def masked_for_lists(payment: Payment) -> str:
    """A list shows enough to tell two payments apart; the page has the rest."""
    if payment.method != Method.STRIPE:
        return payment.reference
    return f"pi_…{payment.intent_id[-4:]}" if payment.intent_id else ""
