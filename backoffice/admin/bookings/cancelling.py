"""The dialog of a cancellation: the policy in words, the fee, the refunds, what is written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, override

from django import forms
from unfold.widgets import UnfoldBooleanWidget

from backoffice.access import holds
from backoffice.admin.bookings.listing import PRICES
from backoffice.admin.bookings.reprice import moment_of
from backoffice.admin.step_forms import StepForm
from domain.bookings.models import Booking
from domain.bookings.rules import CancellationTerms
from domain.common.settings.queries import setting_at
from domain.flows.cancellation import cancellation_terms_at
from domain.flows.messages import booking_facts
from domain.notifications.rules import MessageKind, Wording, compose
from domain.payments.models import Payment
from domain.payments.queries import split_refund
from domain.staff.roles import holders

LIMIT = "refund.second_approval_cents"


@dataclass(frozen=True, slots=True)
class Cancellation:
    """What cancelling would cost and give back at a moment."""

    at: datetime
    terms: CancellationTerms
    refunds: list[tuple[Payment, int]]
    approvers: str
    currency: str


def cancellation_of(booking: Booking, at: datetime) -> Cancellation:
    """:raises Refused: no policy is in force"""
    terms = cancellation_terms_at(booking, at)
    refunds = split_refund(booking, terms.refund_cents)
    large = any(cents > setting_at(LIMIT, at) for _, cents in refunds)
    right = "approve_large_refund" if large else "approve_refund"
    return Cancellation(at, terms, refunds, " or ".join(holders(right)), booking.currency)


def cancellation_on(booking: Booking, day: date | None, now: datetime) -> Cancellation:
    return cancellation_of(booking, moment_of(day, now))


def message_of(booking: Booking, cancellation: Cancellation) -> Wording:
    """What the guest will read. Their own link stays theirs."""
    facts = {**booking_facts(booking), "terms": cancellation.terms.words}
    facts["status_url"] = "(the guest's own link)"
    return compose(MessageKind.CANCELLED, facts)


class CancelForm(StepForm):
    form_before_template = "admin/bookings/cancel_plan.html"

    hold_messages = forms.BooleanField(
        label="Hold the e-mail; it can be released later",
        required=False,
        widget=UnfoldBooleanWidget,
    )

    @override
    def prepare(self) -> None:
        super().prepare()
        if not self.asking:
            # “Cancel” alone, beside “Back”, could be read as leaving the dialog.
            self.submit = f"Cancel {self.subject}"

    @override
    def params(self) -> dict[str, Any]:
        held = self.data.get("hold_messages") if self.is_bound else None
        return super().params() | {"hold_messages": bool(held)}

    @override
    def get_before_template_context(self, request: Any, object_id: Any = None) -> dict[str, Any]:
        context = super().get_before_template_context(request, object_id)
        if self.row.included and holds(request, PRICES):
            cancellation = cancellation_of(self.subject, self.at)
            context["cancellation"] = cancellation
            context["message"] = message_of(self.subject, cancellation)
            context["preview_url"] = self.admin.url_of("cancel_preview", self.subject.pk)
        return context
