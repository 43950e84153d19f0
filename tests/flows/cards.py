"""A card payment as its flow sees it, and what Stripe was asked."""

from __future__ import annotations

from datetime import datetime

from backoffice.sandbox.stripe import Sandbox
from domain.bookings.models import Booking
from domain.flows.payment import CardPayment, poll_payment, start_card_payment
from domain.payments.models import Payment
from tests.factories import GUEST, NOON, POLL

INTENTS = "/v1/payment_intents"


def start(booking: Booking, at: datetime = NOON) -> CardPayment:
    return start_card_payment(booking_id=booking.pk, actor=GUEST, at=at)


def poll(payment: Payment, at: datetime = NOON) -> str:
    return poll_payment(payment_id=payment.pk, actor=POLL, at=at)


def asked(stripe: Sandbox, method: str, path: str) -> int:
    return sum(1 for request in stripe.requests if request[:2] == (method, path))
