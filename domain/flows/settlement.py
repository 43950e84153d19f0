"""Money arrives: into the ledger, onto the booking, or into a case. Never lost, never twice.

:source: docs/policies/payments.md, docs/policies/ledger.md
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings

from domain.bookings.conditions import local_time
from domain.bookings.models import Booking, BookingState, Line
from domain.bookings.operations import refresh_search
from domain.bookings.queries import CLOSED, customer_account, due_cents
from domain.common.actors import Actor, System
from domain.common.effects import Change, Effect, Preview
from domain.common.money import show
from domain.common.rows import related
from domain.common.transactions import in_transaction
from domain.common.workflow import Ask, effects_of, transit
from domain.common.workflow.door import lock
from domain.flows.buying import after_money
from domain.flows.messages import Tell
from domain.flows.referral import after_payment
from domain.flows.vehicles import SettleVehicle
from domain.ledger.effects import Post
from domain.ledger.rules import AccountRef, Leg
from domain.notifications.rules import MessageKind
from domain.payments.effects import OpenCase
from domain.payments.gateway import Intent
from domain.payments.models import OPEN_STATES, CaseKind, Payment, PaymentState
from domain.payments.operations.cases import open_case


@dataclass(frozen=True, slots=True)
class MarkPaidWhenCovered(Effect):
    """Move a pending booking to paid once the ledger shows nothing due any more."""

    booking: Booking
    covered: bool

    def preview(self) -> Preview:
        if self.covered:
            return Preview(f"marks {self.booking} paid")
        return Preview(f"leaves {self.booking} waiting for the rest")

    def apply(self, change: Change) -> None:
        booking = lock(Booking, self.booking.pk)
        if booking.state == BookingState.PENDING and due_cents(booking) == 0:
            transit(Booking, booking.pk, "mark_paid", actor=System("payment"), at=change.at)


@dataclass(frozen=True, slots=True)
class FindByCard(Effect):
    booking: Booking

    def preview(self) -> Preview:
        return Preview(f"lets {self.booking} be found by the card's last four digits")

    def apply(self, change: Change) -> None:
        refresh_search(bookings=[lock(Booking, self.booking.pk)], at=change.at)


def after_applying(booking: Booking, applied_cents: int, at: datetime) -> list[Effect]:
    """What money that was put onto a booking does to it, and to its buyer as a member."""
    if booking.line == Line.VEHICLE:
        return [SettleVehicle(booking), *after_money(booking, at)]
    return [MarkPaidWhenCovered(booking, applied_cents == due_cents(booking))]


@effects_of(Payment, "succeed", "approve")
def succeeding(payment: Payment, ask: Ask) -> Sequence[Effect]:
    """Apply what is due to the booking; the rest, or all of it when late, becomes a case."""
    booking = related(payment, "booking", Booking)
    assert booking is not None  # each payment is for one
    captured = ask.params.get("captured_cents", payment.amount_cents)
    applied = 0 if booking.state in CLOSED else min(captured, due_cents(booking))
    day = local_time(booking.line, ask.at).date()
    cash = AccountRef("1010" if payment.method == "stripe" else "1000")
    effects: list[Effect] = []
    if applied:
        leg = Leg(cash, customer_account(booking), applied)
        effects.append(_post(payment, "captured", leg, day, cash_in_cents=applied))
    if surplus := captured - applied:
        leg = Leg(cash, AccountRef("2310"), surplus)
        effects.append(_post(payment, "surplus", leg, day, cash_in_cents=surplus))
        effects.append(_unapplied(payment, surplus))
    if fee := ask.params.get("fee_cents", 0):
        leg = Leg(AccountRef("5020"), AccountRef("1010"), fee)
        effects.append(_post(payment, "fee", leg, day))
    if applied:
        effects += after_applying(booking, applied, ask.at)
        effects += [*after_payment(payment, applied, ask.at), _thanks(payment, applied)]
    if ask.params.get("card_last4"):
        effects.append(FindByCard(booking))
    return effects


def _thanks(payment: Payment, applied_cents: int) -> Tell:
    booking = payment.booking
    facts = {"amount": show(applied_cents, payment.currency)}
    if booking.line == Line.DELIVERY:
        return Tell(MessageKind.PAID, booking, f"paid:{payment.pk}", facts)
    left = due_cents(booking) - applied_cents
    facts["rest"] = (
        f"{show(left, payment.currency)} is still to pay." if left else "Everything is paid."
    )
    return Tell(MessageKind.PART_PAID, booking, f"paid:{payment.pk}", facts)


def _post(payment: Payment, what: str, leg: Leg, day: date, *, cash_in_cents: int = 0) -> Post:
    event = "fee.stripe" if what == "fee" else f"payment.{what}"
    return Post(
        key=f"payment:{payment.pk}:{what}",
        event=event,
        legs=(leg,),
        currency=payment.currency,
        effective_on=day,
        booking_id=payment.booking_id,
        source=("payment", payment.pk),
        cash_in_cents=cash_in_cents,
    )


def _unapplied(payment: Payment, surplus_cents: int) -> OpenCase:
    booking = payment.booking
    amount = show(surplus_cents, payment.currency)
    late = booking.state in CLOSED
    sentence = (
        f"{amount} arrived for {booking}, which is {booking.state_label().lower()}."
        if late
        else f"{amount} more than was due arrived for {booking}."
    )
    return OpenCase(
        kind=CaseKind.LATE if late else CaseKind.SURPLUS,
        key=f"payment:{payment.pk}:{'late' if late else 'surplus'}",
        sentence=sentence,
        amount_cents=surplus_cents,
        currency=payment.currency,
        booking_id=payment.booking_id,
        payment_id=payment.pk,
    )


@in_transaction
def settle_intent(*, payment_id: int, intent: Intent, actor: Actor, at: datetime) -> str:
    """Bring a payment to where Stripe says its intent is; returns what was done, in words.

    ``intent`` was fetched from Stripe by us: the client's word changes nothing. Called any
    number of times, in any order, it ends in the same state.
    """
    payment = lock(Payment, payment_id)
    if payment.state not in OPEN_STATES:
        return _already_closed(payment, intent, actor=actor, at=at)
    if difference := _difference(payment, intent):
        _open_mismatch(payment, intent, difference, actor=actor, at=at)
        return difference
    if intent.status == "succeeded":
        _succeed(payment, intent, actor=actor, at=at)
        return "The payment succeeded."
    params = {"intent_id": intent.id, "failure": intent.failure}
    if intent.status == "canceled":
        transit(Payment, payment_id, "cancel", actor=actor, at=at)
        return "The payment was cancelled."
    if intent.status == "requires_action" and payment.state != PaymentState.REQUIRES_ACTION:
        transit(Payment, payment_id, "need_action", actor=actor, at=at, params=params)
        return "The payment waits for the guest's bank."
    return "Nothing new."


def _succeed(payment: Payment, intent: Intent, *, actor: Actor, at: datetime) -> None:
    charge = intent.charge
    params = {
        "intent_id": intent.id,
        "charge_id": charge.id if charge else None,
        "captured_cents": intent.amount_received_cents,
        "card_brand": (charge.brand if charge else "").capitalize(),
        "card_last4": charge.last4 if charge else "",
        "fee_cents": charge.fee_cents if charge else 0,
    }
    transit(Payment, payment.pk, "succeed", actor=actor, at=at, params=params)


def _already_closed(payment: Payment, intent: Intent, *, actor: Actor, at: datetime) -> str:
    """Nothing is left to do, unless money came for a payment that had been given up."""
    label = payment.state_label().lower()
    ours = payment.state == PaymentState.SUCCEEDED and payment.intent_id == intent.id
    if ours or intent.status != "succeeded":
        return f"The payment is already {label}."
    amount = show(intent.amount_received_cents, intent.currency)
    sentence = f"Intent {intent.id} received {amount}; its payment was already {label}."
    _open_mismatch(payment, intent, sentence, actor=actor, at=at)
    return sentence


def _difference(payment: Payment, intent: Intent) -> str:
    """Say how an intent does not belong to the payment, or nothing."""
    if intent.metadata.get("booking_id") != str(payment.booking_id):
        return f"Intent {intent.id} names another booking."
    if payment.intent_id not in {None, intent.id}:
        return f"Intent {intent.id} is not the one of this payment."
    if intent.currency.upper() != payment.currency:
        return f"Intent {intent.id} is in {intent.currency.upper()}."
    if intent.livemode != settings.STRIPE_LIVEMODE:
        return f"Intent {intent.id} is of the other mode (test or live)."
    if intent.status == "succeeded" and intent.amount_received_cents != payment.amount_cents:
        received = show(intent.amount_received_cents, payment.currency)
        asked = show(payment.amount_cents, payment.currency)
        return f"Intent {intent.id} received {received}; we asked for {asked}."
    return ""


def _open_mismatch(
    payment: Payment, intent: Intent, sentence: str, *, actor: Actor, at: datetime
) -> None:
    open_case(
        kind=CaseKind.MISMATCH,
        dedupe_key=f"mismatch:{payment.pk}:{intent.id}",
        sentence=sentence,
        amount_cents=intent.amount_received_cents,
        currency=payment.currency,
        booking_id=payment.booking_id,
        payment_id=payment.pk,
        facts={"intent_id": intent.id},
        actor=actor,
        at=at,
    )
