"""Cancelling, expiring and completing a booking: what each does to money and people.

:source: docs/policies/cancellation.md, docs/policies/ledger.md
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Sum

from domain.bookings.conditions import local_time
from domain.bookings.models import Booking, Line
from domain.bookings.queries import terms_of_cancelling
from domain.bookings.rules import CancellationTerms
from domain.common.effects import Effect, Enqueue, Note
from domain.common.workflow import Ask, effects_of
from domain.flows.buying import after_money
from domain.flows.messages import Tell
from domain.flows.vehicles import deposit_case, expired_with_money, giving_up_vehicle
from domain.ledger.effects import Post
from domain.ledger.queries import balance
from domain.ledger.rules import AccountRef, Leg
from domain.notifications.rules import MessageKind
from domain.payments.effects import RequestRefund
from domain.payments.models import RefundPart, RefundState
from domain.payments.queries import (
    held_cents,
    members_own_cents,
    open_card_payment,
    split_refund,
)

CLOSE_INTENTS = "domain.flows.tasks.close_intents"


def cancellation_terms_at(booking: Booking, at: datetime) -> CancellationTerms:
    """The fee and the refund if the booking were cancelled at this moment."""
    held = held_cents(booking) - members_own_cents(booking)
    return terms_of_cancelling(booking, held_cents=held, at=at)


@effects_of(Booking, "cancel")
def cancelling(booking: Booking, ask: Ask) -> Sequence[Effect]:
    terms = cancellation_terms_at(booking, ask.at)
    effects: list[Effect] = [Note(terms.words)]
    if terms.fee_cents:
        effects.append(
            Post(
                key=f"booking:{booking.pk}:cancelled_fee:{booking.version}",
                event="booking.cancelled_fee",
                legs=(Leg(AccountRef("2300", booking.pk), AccountRef("4010"), terms.fee_cents),),
                currency=booking.currency,
                effective_on=local_time(booking.line, ask.at).date(),
                booking_id=booking.pk,
                source=("booking", booking.pk),
                fee_cents=terms.fee_cents,
            )
        )
    reason = f"Cancellation of {booking}: {ask.reason}".strip(": ")
    parts = split_refund(booking, terms.refund_cents)
    effects += [RequestRefund(payment, cents, reason) for payment, cents in parts]
    rest = terms.refund_cents - sum(cents for _, cents in parts)
    effects += deposit_case(booking, rest, f"is left of {booking}, with no payment to send it to.")
    effects += _closing(booking)
    if booking.line == Line.VEHICLE:
        effects += giving_up_vehicle(booking, ask.at)
    effects.append(
        Tell(
            MessageKind.CANCELLED,
            booking,
            f"cancelled:{booking.pk}:{booking.version}",
            {"terms": terms.words},
            hold=bool(ask.params.get("hold_messages")),
        )
    )
    return [*effects, *after_money(booking, ask.at)]


@effects_of(Booking, "expire")
def expiring(booking: Booking, ask: Ask) -> Sequence[Effect]:
    key = f"expired:{booking.pk}:{booking.version}"
    deposit = expired_with_money(booking) if booking.line == Line.VEHICLE else []
    told = Tell(MessageKind.EXPIRED, booking, key)
    return [*_closing(booking), *deposit, told, *after_money(booking, ask.at)]


def _closing(booking: Booking) -> list[Effect]:
    if open_card_payment(booking) is None:
        return []
    return [Enqueue(CLOSE_INTENTS, (booking.pk,), "closes the card payment that is still open")]


@effects_of(Booking, "complete")
def completing(booking: Booking, ask: Ask) -> Sequence[Effect]:
    """Recognise the revenue: what is left of the advance, sales tax apart."""
    advance = balance("2300", booking.currency, booking_id=booking.pk)
    tax = min(tax_left_cents(booking), advance)
    customer = AccountRef("2300", booking.pk)
    legs = [
        Leg(customer, AccountRef(code), cents)
        for code, cents in (("4005", advance - tax), ("2110", tax))
        if cents > 0
    ]
    if not legs:
        return []
    return [
        Post(
            key=f"booking:{booking.pk}:revenue",
            event="booking.revenue",
            legs=tuple(legs),
            currency=booking.currency,
            effective_on=local_time(booking.line, ask.at).date(),
            booking_id=booking.pk,
            source=("booking", booking.pk),
            tax_cents=tax,
        )
    ]


def tax_left_cents(booking: Booking) -> int:
    """Sales tax of the booking, less what refunds have already given back of it."""
    tax = booking.lines.filter(is_tax=True).aggregate(total=Sum("amount_cents"))["total"] or 0
    back = RefundPart.objects.filter(
        line__booking=booking, line__is_tax=True, refund__state=RefundState.COMPLETED
    ).aggregate(total=Sum("amount_cents"))["total"]
    return tax - (back or 0)
