from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from math import inf
from uuid import uuid4

from domain.bookings.conditions import local_time
from domain.bookings.models import Booking
from domain.common.actors import Actor, may
from domain.common.errors import InvalidInput, NotPermitted
from domain.common.money import show
from domain.common.transactions import in_transaction
from domain.common.workflow import begin, record, transit
from domain.common.workflow.door import lock
from domain.payments.models import Method, Payment
from domain.staff.models import Staff

EVIDENCE_LENGTH = 2_000
# Indian law bars cash of two lakh and more from one person.
MOST_CASH = {"INR": 2_00_000_00}


@in_transaction
def open_payment(*, booking: Booking, amount_cents: int, actor: Actor, at: datetime) -> Payment:
    """Note that a card payment is about to be asked of Stripe.

    The caller holds the booking's lock; the database allows one open card payment a booking.
    """
    payment = card_payment(booking, amount_cents, at)
    return begin(payment, actor=actor, at=at).subject


def card_payment(booking: Booking, amount_cents: int, at: datetime) -> Payment:
    """A card payment to be asked of Stripe, not yet written, with its idempotency key."""
    return Payment(
        booking=booking,
        method=Method.STRIPE,
        amount_cents=amount_cents,
        currency=booking.currency,
        idempotency_key=f"pay_{uuid4().hex}",
        created_at=at,
    )


@in_transaction
def attach_intent(*, payment_id: int, intent_id: str, actor: Actor, at: datetime) -> Payment:
    """Keep which intent Stripe made for a payment. Saying it again changes nothing."""
    payment = lock(Payment, payment_id)
    if payment.intent_id == intent_id:
        return payment
    if payment.state == "unknown":
        params = {"intent_id": intent_id}
        return transit(Payment, payment_id, "find", actor=actor, at=at, params=params).subject
    payment.intent_id = intent_id
    return record(payment, "attach_intent", actor=actor, at=at).subject


@in_transaction
def record_offline_payment(
    *,
    booking_id: int,
    method: str,
    amount_cents: int,
    reference: str,
    received_on: date,
    evidence: str,
    actor: Staff,
    at: datetime,
) -> Payment:
    """Record a bank transfer or cash; it counts once a second person has approved it.

    :raises NotPermitted: the actor may not record offline money
    :raises InvalidInput: amount, reference, day or method is wrong
    """
    if not may(actor, "domain.record_offline_payment"):
        raise NotPermitted("You may not record offline payments.")
    booking = lock(Booking, booking_id)
    money = Offline(method, amount_cents, reference, received_on, evidence)
    if errors := _offline_errors(booking, money, at):
        raise InvalidInput.of(errors)
    payment = Payment(
        booking=booking,
        method=method,
        amount_cents=amount_cents,
        currency=booking.currency,
        idempotency_key=f"off_{uuid4().hex}",
        reference=reference.strip()[:80],
        received_on=received_on,
        evidence=evidence,
        requested_by=actor,
        created_at=at,
    )
    return begin(payment, actor=actor, at=at).subject


@dataclass(frozen=True, slots=True)
class Offline:
    method: str
    amount_cents: int
    reference: str
    received_on: date
    evidence: str


def _offline_errors(booking: Booking, money: Offline, at: datetime) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    if money.method not in {Method.BANK_TRANSFER, Method.CASH}:
        errors["method"] = ["Choose bank transfer or cash."]
    if money.amount_cents <= 0:
        errors["amount"] = ["Give an amount above zero."]
    elif money.amount_cents > booking.total_cents:
        most = show(booking.total_cents, booking.currency)
        errors["amount"] = [f"The booking comes to {most}; record at most that."]
    elif money.method == Method.CASH and money.amount_cents >= MOST_CASH.get(booking.currency, inf):
        most = show(MOST_CASH[booking.currency], booking.currency)
        errors["amount"] = [f"Cash has to stay below {most}; take a bank transfer."]
    if not money.reference.strip():
        errors["reference"] = ["Give the bank's reference or the receipt number."]
    if money.received_on > local_time(booking.line, at).date():
        errors["received_on"] = ["The day cannot lie ahead."]
    if len(money.evidence) > EVIDENCE_LENGTH:
        errors["evidence"] = [f"At most {EVIDENCE_LENGTH} characters."]
    return errors
