from __future__ import annotations

from typing import Any

from django.db.models import QuerySet, Sum

from domain.bookings.models import Booking
from domain.bookings.queries import cash_of
from domain.ledger.models import Transfer
from domain.ledger.queries import MOVED_OUT
from domain.payments.models import (
    INTERNAL,
    OPEN_STATES,
    Method,
    Payment,
    PaymentState,
    Refund,
    RefundState,
)

LIVE = (
    RefundState.REQUESTED,
    RefundState.APPROVED,
    RefundState.PROCESSING,
    RefundState.UNKNOWN,
)


def promised_cents(booking: Booking) -> int:
    """What refunds on their way will take from the booking's money; cases are apart."""
    live = Refund.objects.filter(booking=booking, state__in=LIVE, case=None)
    return live.aggregate(total=Sum("amount_cents"))["total"] or 0


def held_cents(booking: Booking) -> int:
    """The guest's money we hold for a booking: paid, less refunds made or promised."""
    cash = cash_of([booking])[booking.pk]
    return cash.net_cents - promised_cents(booking)


def members_own_cents(booking: Booking) -> int:
    """What a member paid from the wallet, the reserve or a payout: it goes back there."""
    own = booking.payments.filter(method__in=INTERNAL, state=PaymentState.SUCCEEDED)
    return own.aggregate(total=Sum("captured_cents"))["total"] or 0


def available_cents(payment: Payment) -> int:
    """What can still be refunded of a payment, but for money that is a case's to decide on.

    Such money lies apart from the booking's. It goes back through its case; once moved to
    another booking, it is no longer this one's.
    """
    if payment.method in INTERNAL:
        return 0
    return payment.refundable_cents() - _set_apart_cents(payment) - _given_back_cents(payment)


def _given_back_cents(payment: Payment) -> int:
    """What of a payment went to its payer's wallet instead of to the bank."""
    posted = Transfer.objects.filter(entry__source_type="payment", entry__source_id=payment.pk)
    return _sum(posted.filter(entry__event__in=MOVED_OUT))


def _set_apart_cents(payment: Payment) -> int:
    posted = Transfer.objects.filter(entry__source_type="payment", entry__source_id=payment.pk)
    surplus = _sum(posted.filter(entry__event="payment.surplus"))
    if not surplus:
        return 0
    returned = _sum(payment.refunds.filter(case__isnull=False, state__in=[*LIVE, "completed"]))
    applied = Transfer.objects.filter(
        entry__event="payment.applied",
        entry__booking=payment.booking_id,
        entry__source_type="case",
        entry__source_id__in=payment.cases.values("pk"),
    )
    return surplus - returned - _sum(applied)


def _sum(rows: QuerySet[Any]) -> int:
    return rows.aggregate(total=Sum("amount_cents"))["total"] or 0


def refundable_payments(booking: Booking) -> list[Payment]:
    """Payments with something left to refund, the newest first."""
    captured = booking.payments.filter(state="succeeded").order_by("-succeeded_at", "-pk")
    return [payment for payment in captured if available_cents(payment) > 0]


def split_refund(booking: Booking, amount_cents: int) -> list[tuple[Payment, int]]:
    """Say which payments a refund is taken from, the newest first."""
    parts: list[tuple[Payment, int]] = []
    for payment in refundable_payments(booking):
        part = min(amount_cents, available_cents(payment))
        if part > 0:
            parts.append((payment, part))
            amount_cents -= part
    return parts


def open_card_payment(booking: Booking) -> Payment | None:
    return booking.payments.filter(method=Method.STRIPE, state__in=OPEN_STATES).first()
