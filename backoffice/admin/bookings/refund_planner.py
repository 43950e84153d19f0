"""What can be refunded, of which payment, and how much of it is sales tax. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Sum

from domain.bookings.models import Booking, BookingLine
from domain.bookings.rules import CancellationTerms, refund_parts
from domain.common.errors import InvalidInput, Refused
from domain.common.money import show
from domain.flows.cancellation import cancellation_terms_at
from domain.payments.models import Payment, RefundPart
from domain.payments.operations.refunds import GONE
from domain.payments.queries import refundable_payments


@dataclass(frozen=True, slots=True)
class Part:
    label: str
    cents: int
    is_tax: bool


@dataclass(frozen=True, slots=True)
class Plan:
    payments: Sequence[Payment]
    terms: CancellationTerms | None

    @property
    def refundable_cents(self) -> int:
        return sum(payment.refundable_cents() for payment in self.payments)


def plan_of(booking: Booking, at: datetime) -> Plan:
    """The payments with something left, and what the cancellation policy would keep."""
    return Plan(refundable_payments(booking), terms_of(booking, at))


def terms_of(booking: Booking, at: datetime) -> CancellationTerms | None:
    try:
        return cancellation_terms_at(booking, at)
    except Refused:
        return None


def parts_of(booking: Booking, cents: int) -> list[Part]:
    """How an amount would fall on the lines, tax included.

    :raises InvalidInput: more than is left to refund
    """
    most = sum(payment.refundable_cents() for payment in refundable_payments(booking))
    if cents > most:
        raise InvalidInput(f"{show(most, booking.currency)} is left to refund.")
    lines: list[BookingLine] = list(booking.lines.order_by("position"))
    taken = dict(
        RefundPart.objects.filter(line__booking=booking)
        .exclude(refund__state__in=GONE)
        .values_list("line_id")
        .annotate(taken=Sum("amount_cents"))
    )
    left = [line.amount_cents - taken.get(line.pk, 0) for line in lines]
    room = sum(max(each, 0) for each in left)
    shares = refund_parts(min(cents, room), left)
    return [
        Part(line.label, share, line.is_tax)
        for line, share in zip(lines, shares, strict=True)
        if share
    ]
