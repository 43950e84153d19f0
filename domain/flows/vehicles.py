"""What money and people do to a vehicle's booking: confirmed, handed over, given up.

:source: docs/policies/vehicles.md
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.bookings.conditions import local_time
from domain.bookings.models import Booking, BookingState, Line
from domain.bookings.queries import due_cents
from domain.bookings.rules.vehicles import standing
from domain.bookings.vehicles import stock
from domain.bookings.vehicles.instalments import refill
from domain.common.actors import System
from domain.common.effects import Change, Effect, Note, Preview
from domain.common.money import show
from domain.common.transactions import in_transaction
from domain.common.workflow import Ask, effects_of, transit
from domain.common.workflow.door import lock
from domain.flows.buying import after_money
from domain.flows.messages import Tell
from domain.ledger.effects import Post
from domain.ledger.queries import balance
from domain.ledger.rules import AccountRef, Leg
from domain.notifications.rules import MessageKind
from domain.payments.effects import OpenCase, ResolveCase
from domain.payments.models import CaseKind, CaseState, MoneyCase
from domain.payments.operations.cases import open_case
from domain.payments.queries import held_cents, members_own_cents

SETTLER = System("payment")


@dataclass(frozen=True, slots=True)
class SettleVehicle(Effect):
    """Fill the instalments and take the steps for which enough is paid by now."""

    booking: Booking
    money_left: bool = False

    def preview(self) -> Preview:
        if self.money_left:
            return Preview(f"counts anew what is paid of the instalments of {self.booking}")
        return Preview(
            f"fills the instalments of {self.booking}, and confirms it once enough is paid"
        )

    def apply(self, change: Change) -> None:
        settle_vehicle(booking_id=self.booking.pk, at=change.at)


@dataclass(frozen=True, slots=True)
class MoveStock(Effect):
    """Take, give back or hand over one vehicle of the stock."""

    booking: Booking
    move: Callable[..., None]
    sentence: str

    def preview(self) -> Preview:
        return Preview(self.sentence)

    def apply(self, change: Change) -> None:
        self.move(booking=self.booking, actor=change.actor, at=change.at)


@in_transaction
def settle_vehicle(*, booking_id: int, at: datetime) -> Booking:
    """Bring a vehicle's booking to where its money says it is. May be repeated.

    Money is never refused for want of a vehicle: the booking waits, and a case says so.
    """
    booking = lock(Booking, booking_id)
    if booking.state == BookingState.PENDING and _by_money(booking) != BookingState.PENDING:
        booking = _activate(booking, at)
    if booking.state == BookingState.ACTIVE and _by_money(booking) == BookingState.COMPLETED:
        booking = transit(Booking, booking_id, "settle_up", actor=SETTLER, at=at).subject
    refill(booking=booking, at=at)
    return booking


def _by_money(booking: Booking) -> str:
    return standing(
        price_cents=booking.total_cents,
        net_paid_cents=booking.total_cents - due_cents(booking),
        confirm_at_cents=booking.confirm_at_cents or 0,
        was_confirmed=booking.confirmed_at is not None,
    )


def _activate(booking: Booking, at: datetime) -> Booking:
    # Under the lock of the stock, so that of two buyers of the last vehicle one waits.
    if stock.lock_stock(booking.vehicle_sku, at=at).free > 0:
        return transit(Booking, booking.pk, "activate", actor=SETTLER, at=at).subject
    open_case(
        kind=CaseKind.NO_STOCK,
        dedupe_key=f"no_stock:{booking.pk}",
        sentence=f"{booking} is paid enough, and no {booking.vehicle_sku} is free in stock.",
        amount_cents=booking.total_cents - due_cents(booking),
        currency=booking.currency,
        booking_id=booking.pk,
        payment_id=None,
        actor=SETTLER,
        at=at,
    )
    return booking


def waiting_for_stock(sku: str) -> list[int]:
    """Bookings that are paid enough and wait for a vehicle, the longest waiting first."""
    cases = MoneyCase.objects.filter(
        kind=CaseKind.NO_STOCK,
        state=CaseState.OPEN,
        booking__vehicle_sku=sku,
        booking__state=BookingState.PENDING,
    )
    return [
        pk for pk in cases.order_by("opened_at", "pk").values_list("booking_id", flat=True) if pk
    ]


def skus_waited_for() -> list[str]:
    waiting = MoneyCase.objects.filter(kind=CaseKind.NO_STOCK, state=CaseState.OPEN)
    return sorted(set(waiting.values_list("booking__vehicle_sku", flat=True)))


def after_taking(booking: Booking, at: datetime) -> list[Effect]:
    """What follows when money left a booking by a refund or a dispute."""
    if booking.line != Line.VEHICLE:
        return []
    return [SettleVehicle(booking, money_left=True), *after_money(booking, at)]


@effects_of(Booking, "activate")
def activating(booking: Booking, ask: Ask) -> Sequence[Effect]:
    reserves = f"reserves one {booking.vehicle_sku} of the stock"
    return [
        MoveStock(booking, stock.reserve, reserves),
        *_cases_settled(booking, CaseKind.NO_STOCK, f"{booking} was confirmed."),
        Tell(MessageKind.CONFIRMED, booking, f"confirmed:{booking.pk}:{booking.version}"),
        *after_money(booking, ask.at),
    ]


@effects_of(Booking, "reactivate")
def reactivating(booking: Booking, ask: Ask) -> Sequence[Effect]:
    return _cases_settled(booking, CaseKind.DEPOSIT, f"{booking} was reactivated.")


@effects_of(Booking, "deliver")
def delivering(booking: Booking, ask: Ask) -> Sequence[Effect]:
    """Recognise the sale: what was paid in advance, and the rest as a debt of the buyer."""
    advance = balance("2300", booking.currency, booking_id=booking.pk)
    owed = booking.total_cents - advance
    sold = AccountRef("4000")
    legs = [
        Leg(AccountRef(code, booking.pk), sold, cents)
        for code, cents in (("2300", advance), ("1200", owed))
        if cents > 0
    ]
    effects: list[Effect] = [
        MoveStock(booking, stock.hand_over, f"takes one {booking.vehicle_sku} out of the stock")
    ]
    if legs:
        effects.append(
            Post(
                key=f"booking:{booking.pk}:delivered",
                event="booking.delivered",
                legs=tuple(legs),
                currency=booking.currency,
                effective_on=local_time(booking.line, ask.at).date(),
                booking_id=booking.pk,
                source=("booking", booking.pk),
            )
        )
    if owed > 0:
        effects.append(Note(f"{show(owed, booking.currency)} is still to be paid by the buyer"))
    rest = f"{show(owed, booking.currency)} is still to pay." if owed else "Everything is paid."
    key = f"delivered:{booking.pk}:{booking.version}"
    return [*effects, Tell(MessageKind.HANDED_OVER, booking, key, {"rest": rest})]


def giving_up_vehicle(booking: Booking, at: datetime) -> list[Effect]:
    """What cancelling means beyond the payer's money: the stock, and a member's own money."""
    effects: list[Effect] = []
    if booking.state == BookingState.ACTIVE:
        again = f"gives one {booking.vehicle_sku} back to the stock"
        effects.append(MoveStock(booking, stock.release, again))
    effects += _back_to_member(booking, at)
    effects += _cases_settled(booking, CaseKind.NO_STOCK, f"{booking} was cancelled.")
    return effects


def _back_to_member(booking: Booking, at: datetime) -> list[Effect]:
    """Give back what came from a member's wallet, reserve or payout.

    Tax on it was settled when it was earned: it goes to the deposits, which nobody taxes again.
    """
    cents = min(
        members_own_cents(booking), balance("2300", booking.currency, booking_id=booking.pk)
    )
    if cents <= 0:
        return []
    wallet = AccountRef("2005", customer_id=booking.customer_id)
    return [
        Post(
            key=f"booking:{booking.pk}:returned_to_member:{booking.version}",
            event="booking.returned_to_member",
            legs=(Leg(AccountRef("2300", booking.pk), wallet, cents),),
            currency=booking.currency,
            effective_on=local_time(booking.line, at).date(),
            booking_id=booking.pk,
            source=("booking", booking.pk),
        )
    ]


def expired_with_money(booking: Booking) -> list[Effect]:
    """An expired booking's money stays its advance until staff decide what becomes of it."""
    return deposit_case(booking, held_cents(booking), f"was paid for {booking}, which has expired.")


def deposit_case(booking: Booking, cents: int, words: str) -> list[Effect]:
    if cents <= 0:
        return []
    return [
        OpenCase(
            kind=CaseKind.DEPOSIT,
            key=f"deposit:{booking.pk}:{booking.version}",
            sentence=f"{show(cents, booking.currency)} {words}",
            amount_cents=cents,
            currency=booking.currency,
            booking_id=booking.pk,
            payment_id=None,
        )
    ]


def _cases_settled(booking: Booking, kind: CaseKind, resolution: str) -> list[Effect]:
    cases = MoneyCase.objects.filter(booking=booking, kind=kind, state=CaseState.OPEN)
    return [ResolveCase(pk, resolution) for pk in cases.values_list("pk", flat=True)]


def activate_waiting(*, sku: str, at: datetime) -> list[Booking]:
    """Confirm those who wait for a vehicle, as far as the stock goes."""
    return [settle_vehicle(booking_id=pk, at=at) for pk in waiting_for_stock(sku)]
