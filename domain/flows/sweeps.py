"""What is due to be looked at again: the queue is only a doorbell, rows are the truth."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Q

from domain.bookings.models import Booking, BookingState
from domain.common.actors import System
from domain.common.errors import DomainError
from domain.common.workflow import transit
from domain.flows.payment import poll_payment
from domain.payments.models import (
    OPEN_STATES,
    InboxState,
    Method,
    Payment,
    Refund,
    RefundState,
    WebhookEvent,
)
from domain.payments.queries import open_card_payment

EXPIRER = System("job:expire_bookings")
POLLER = System("job:poll_payments")
SETTLES_WITHIN = timedelta(minutes=5)


def bookings_to_expire(*, at: datetime) -> list[int]:
    due = Booking.objects.filter(state=BookingState.PENDING, expires_at__lte=at)
    return list(due.order_by("expires_at").values_list("pk", flat=True))


def expire_booking(*, booking_id: int, at: datetime) -> str:
    """Expire an unpaid booking, after asking Stripe whether it was paid after all.

    :raises DomainError: Stripe does not answer, so that nothing is decided now
    """
    booking = Booking.objects.get(pk=booking_id)
    if payment := open_card_payment(booking):
        poll_payment(payment_id=payment.pk, actor=EXPIRER, at=at)
    # Paid in the meantime, it is no longer pending, and the door refuses.
    transit(Booking, booking_id, "expire", actor=EXPIRER, at=at)
    return f"{booking} expired."


def open_payments(*, at: datetime) -> list[int]:
    """Card payments whose end Stripe has not told us for a while."""
    quiet = Payment.objects.filter(
        Q(polled_at=None) | Q(polled_at__lt=at - SETTLES_WITHIN),
        method=Method.STRIPE,
        state__in=OPEN_STATES,
        created_at__lt=at - SETTLES_WITHIN,
    )
    return list(quiet.order_by("created_at").values_list("pk", flat=True)[:1000])


def poll_open_payments(*, at: datetime) -> Iterator[str]:
    for payment_id in open_payments(at=at):
        try:
            yield poll_payment(payment_id=payment_id, actor=POLLER, at=at)
        except DomainError as refusal:
            yield str(refusal)


def refunds_to_send(*, at: datetime) -> list[int]:
    """Refunds approved, on their way or unknown, whose job seems lost."""
    waiting = Refund.objects.filter(
        Q(state=RefundState.APPROVED)
        | Q(state__in=[RefundState.PROCESSING, RefundState.UNKNOWN], sent_at__lt=at),
        payment__method=Method.STRIPE,
    )
    return list(waiting.order_by("pk").values_list("pk", flat=True)[:1000])


def events_to_process(*, at: datetime) -> list[int]:
    waiting = WebhookEvent.objects.filter(
        state=InboxState.RECEIVED, received_at__lt=at - timedelta(minutes=1)
    )
    return list(waiting.order_by("received_at").values_list("pk", flat=True)[:1000])
