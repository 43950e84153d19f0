"""Asking Stripe for a card payment, and asking it again what became of one.

No transaction is open while Stripe is asked. What it will not say is a state of its own,
``unknown``, which is resolved by asking again with the same key.

:source: docs/policies/payments.md
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.bookings.conditions import local_time
from domain.bookings.models import Booking, Line
from domain.bookings.queries import CLOSED, due_cents
from domain.bookings.vehicles.instalments import asked_next, least_first_payment
from domain.common.actors import Actor, System
from domain.common.errors import InvalidInput, Refused
from domain.common.money import show
from domain.common.transactions import in_transaction
from domain.common.workflow import transit
from domain.common.workflow.door import lock
from domain.flows.settlement import settle_intent
from domain.payments import gateway
from domain.payments.gateway import Intent
from domain.payments.models import OPEN_STATES, Payment, PaymentState
from domain.payments.operations.payments import attach_intent, open_payment
from domain.payments.queries import open_card_payment

# An intent is never older than its payment, give or take what clocks differ by.
CLOCKS_DIFFER = timedelta(days=1)
REUSABLE = frozenset({"requires_payment_method", "requires_confirmation", "requires_action"})


class NothingDue(Refused):
    code = "nothing_due"


class PaymentUnavailable(Refused):
    """Stripe did not answer; nothing changed, and asking again is safe."""

    code = "payment_provider_unreachable"


@dataclass(frozen=True, slots=True)
class CardPayment:
    payment: Payment
    intent: Intent


def start_card_payment(
    *, booking_id: int, actor: Actor, at: datetime, amount_cents: int | None = None
) -> CardPayment:
    """Return the booking's one open card payment for what is due, making it if need be.

    Asking twice returns the same one. If what is due has changed, the old one is closed first.

    :param amount_cents: part of what is due for a vehicle; left out, what is asked for next
    :raises NothingDue: nothing is due, or the booking is closed
    :raises InvalidInput: the amount is above what is due, or too little to start with
    :raises PaymentUnavailable: Stripe did not answer; ask again later
    """
    payment, wanted = _open_or_begin(booking_id, amount_cents, actor, at)
    if payment.intent_id:
        intent = _ask(gateway.fetch_intent, payment.intent_id)
        if intent.status in REUSABLE and payment.amount_cents == wanted:
            return CardPayment(payment, intent)
        _close(payment, intent, actor, at)
        payment, wanted = _open_or_begin(booking_id, amount_cents, actor, at)
    return CardPayment(*_make_intent(payment, actor, at))


def ask_for_card(payment: Payment, *, actor: Actor, at: datetime) -> CardPayment:
    """Ask Stripe for the intent of a payment opened a moment ago, which nobody else knows yet.

    :raises PaymentUnavailable: Stripe did not answer; ``start_card_payment`` asks again
    """
    return CardPayment(*_make_intent(payment, actor, at))


@in_transaction
def _open_or_begin(
    booking_id: int, amount_cents: int | None, actor: Actor, at: datetime
) -> tuple[Payment, int]:
    """The booking's open card payment and the amount that is wanted by now."""
    booking = lock(Booking, booking_id)
    if booking.state in CLOSED:
        raise NothingDue(f"{booking} is {booking.state_label().lower()}; it cannot be paid.")
    due = due_cents(booking)
    if due <= 0:
        raise NothingDue(f"Nothing is due for {booking}.")
    wanted = due if booking.line == Line.DELIVERY else _part(booking, amount_cents, due, at)
    if found := open_card_payment(booking):
        return found, wanted
    return open_payment(booking=booking, amount_cents=wanted, actor=actor, at=at), wanted


def _part(booking: Booking, amount_cents: int | None, due: int, at: datetime) -> int:
    """:raises InvalidInput: the amount is above what is due, or too little to start with"""
    if amount_cents is None:
        return asked_next(booking, local_time(booking.line, at).date())
    least = min(least_first_payment(booking), due) if due == booking.total_cents else 1
    if least <= amount_cents <= due:
        return amount_cents
    most = show(due, booking.currency)
    told = f"At most {most} is due." if amount_cents > due else ""
    told = told or f"The first payment is at least {show(least, booking.currency)}."
    raise InvalidInput.of({"amount_cents": [told]})


def _close(payment: Payment, intent: Intent, actor: Actor, at: datetime) -> None:
    """Settle what Stripe says, and cancel an intent that no longer fits what is due."""
    if intent.status in REUSABLE:
        intent = _ask(gateway.cancel_intent, intent.id, key=f"{payment.idempotency_key}:cancel")
    settle_intent(payment_id=payment.pk, intent=intent, actor=actor, at=at)


def _make_intent(payment: Payment, actor: Actor, at: datetime) -> tuple[Payment, Intent]:
    booking = payment.booking
    try:
        intent = _find(payment) or gateway.create_intent(
            amount_cents=payment.amount_cents,
            currency=payment.currency,
            booking_id=booking.pk,
            booking_number=booking.number,
            payment_id=payment.pk,
            description=f"Booking {booking.number}",
            key=payment.idempotency_key,
        )
    except gateway.Declined as refusal:
        params = {"failure": str(refusal)}
        transit(Payment, payment.pk, "fail", actor=actor, at=at, params=params)
        raise InvalidInput(f"Stripe refused the payment: {refusal}") from refusal
    except gateway.AnswerLost as lost:
        if payment.state == PaymentState.PENDING:
            params = {"failure": str(lost)}
            transit(Payment, payment.pk, "lose", actor=actor, at=at, params=params)
        raise _unavailable() from lost
    except gateway.StripeError as error:
        raise _unavailable() from error
    payment = attach_intent(payment_id=payment.pk, intent_id=intent.id, actor=actor, at=at)
    if payment.state not in OPEN_STATES:
        # The booking was closed while Stripe was asked; nobody may pay this any more.
        _close(payment, intent, actor, at)
        raise NothingDue(f"{booking} was closed meanwhile; it cannot be paid.")
    return payment, intent


def _find(payment: Payment) -> Intent | None:
    """Look for an intent whose making got lost, before making another."""
    return _first(payment) if payment.state == PaymentState.UNKNOWN else None


def _first(payment: Payment) -> Intent | None:
    since = payment.created_at - CLOCKS_DIFFER
    return next(iter(gateway.find_intents(payment.pk, since=since)), None)


def _ask[**P](call: Callable[P, Intent], *args: P.args, **kwargs: P.kwargs) -> Intent:
    try:
        return call(*args, **kwargs)
    except gateway.StripeError as error:
        raise _unavailable() from error


def _unavailable() -> PaymentUnavailable:
    return PaymentUnavailable(
        "The payment provider did not answer. Nothing was charged; please try again."
    )


def poll_payment(*, payment_id: int, actor: Actor, at: datetime) -> str:
    """Ask Stripe what became of a payment and settle it; returns what was done, in words."""
    payment = Payment.objects.get(pk=payment_id)
    if payment.state not in OPEN_STATES or payment.method != "stripe":
        return "Nothing to ask."
    intent = _ask(gateway.fetch_intent, payment.intent_id) if payment.intent_id else _look(payment)
    if intent is None:
        return _give_up(payment, actor, at)
    if payment.intent_id is None:
        attach_intent(payment_id=payment_id, intent_id=intent.id, actor=actor, at=at)
    return settle_intent(payment_id=payment_id, intent=intent, actor=actor, at=at)


def _look(payment: Payment) -> Intent | None:
    try:
        return _first(payment)
    except gateway.StripeError as error:
        raise _unavailable() from error


def _give_up(payment: Payment, actor: Actor, at: datetime) -> str:
    """Close a payment for which Stripe, once asked, has no intent: nobody can pay it."""
    if payment.state == PaymentState.PENDING:
        return "Stripe has not been asked for it yet."
    reason = "Stripe has no such payment: the request never reached it."
    transit(Payment, payment.pk, "cancel", actor=actor, at=at, reason=reason)
    return reason


def close_intents(*, booking_id: int, at: datetime) -> None:
    """Close the open card payment of a booking that no longer wants one.

    If the guest was faster, the money is settled: it becomes a late payment with a case.
    """
    booking = Booking.objects.get(pk=booking_id)
    payment = open_card_payment(booking)
    if payment is None or booking.state not in CLOSED:
        return
    actor = System("job:close_intents")
    if payment.intent_id is None and payment.state == PaymentState.PENDING:
        transit(Payment, payment.pk, "cancel", actor=actor, at=at)
        return
    intent = _ask(gateway.fetch_intent, payment.intent_id) if payment.intent_id else _look(payment)
    if intent is None:
        _give_up(payment, actor, at)
    else:
        _close(payment, intent, actor, at)
