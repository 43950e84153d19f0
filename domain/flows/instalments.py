"""Instalments paid by a member's own money, waived by two people, and reminded of.

``due_by`` says what is due, ``shares_for`` where an amount would go, and ``fill_oldest`` puts
it there; the commission run's reserve, wallets and payouts all come this way.

:source: docs/policies/vehicles.md, "Instalments"
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import F

from domain.bookings.conditions import local_time
from domain.bookings.models import Booking, BookingLine, Instalment, InstalmentWaiver
from domain.bookings.queries import customer_account
from domain.bookings.rules.instalments import Scope
from domain.bookings.vehicles.instalments import Due, due_by, shares_of
from domain.common.actors import Actor, may
from domain.common.effects import Change, Effect, Preview
from domain.common.errors import InvalidInput, NotFound, NotPermitted, Refused
from domain.common.money import show
from domain.common.transactions import in_transaction
from domain.common.workflow import Ask, begin, effects_of, record, transit
from domain.common.workflow.door import lock
from domain.flows.settlement import after_applying
from domain.flows.vehicles import settle_vehicle
from domain.ledger.effects import Post
from domain.ledger.rules import AccountRef, Leg
from domain.payments.models import Method, Payment
from domain.staff.models import Staff

__all__ = ["Due", "due_by", "fill_oldest", "shares_for", "take_back"]

EVENTS = {Method.EMI_RESERVE: "emi_reserve.applied", Method.WALLET: "wallet.applied"}
AFTER_DELIVERY = "emi_reserve.applied_after_delivery"


@dataclass(frozen=True, slots=True)
class Share:
    """What one booking gets of an amount, and the account on which it is credited."""

    booking_id: int
    account: AccountRef
    cents: int


def shares_for(
    *, customer_id: int, cents: int, on: date, scope: str = Scope.DUE_ONLY
) -> list[Share]:
    """Where an amount would go: to the oldest instalments first, a sum for each booking."""
    by_booking: dict[int, int] = {}
    for due in shares_of(due_by(customer_id, on, scope), cents):
        by_booking[due.booking_id] = by_booking.get(due.booking_id, 0) + due.cents
    bookings = Booking.objects.in_bulk(by_booking)
    return [Share(pk, customer_account(bookings[pk]), by_booking[pk]) for pk in sorted(by_booking)]


@in_transaction
def fill_oldest(
    *,
    customer_id: int,
    cents: int,
    on: date,
    method: str,
    key: str,
    actor: Actor,
    at: datetime,
    from_code: str = "",
    scope: str = Scope.DUE_ONLY,
) -> list[Share]:
    """Pay a customer's oldest instalments from money that the member has with us.

    :param key: names where the money comes from; the same key pays once
    :param from_code: the member's account that is debited; "" when the caller's own entry
        has already credited the bookings (``shares_for`` says which)
    """
    bookings = Booking.objects.filter(customer=customer_id, line="vehicle").order_by("pk")
    list(bookings.select_for_update().values_list("pk"))
    if Payment.objects.filter(idempotency_key__startswith=f"{key}:").exists():
        return []
    shares = shares_for(customer_id=customer_id, cents=cents, on=on, scope=scope)
    for share in shares:
        payment = Payment(
            booking_id=share.booking_id,
            method=method,
            amount_cents=share.cents,
            currency="INR",
            idempotency_key=f"{key}:{share.booking_id}",
            created_at=at,
        )
        begin(payment, actor=actor, at=at)
        params = {"from_code": from_code}
        transit(Payment, payment.pk, "apply", actor=actor, at=at, params=params)
    return shares


@effects_of(Payment, "apply")
def applying(payment: Payment, ask: Ask) -> Sequence[Effect]:
    """Move a member's own money onto the booking."""
    booking, effects = payment.booking, list[Effect]()
    if code := ask.params.get("from_code", ""):
        own = AccountRef(code, customer_id=booking.customer_id)
        account = customer_account(booking)
        event = EVENTS[Method(payment.method)]
        if account.code == "1200" and payment.method == Method.EMI_RESERVE:
            event = AFTER_DELIVERY
        effects.append(
            Post(
                key=f"payment:{payment.pk}:applied",
                event=event,
                legs=(Leg(own, account, payment.amount_cents),),
                currency=payment.currency,
                effective_on=local_time(booking.line, ask.at).date(),
                booking_id=booking.pk,
                source=("payment", payment.pk),
            )
        )
    return [*effects, *after_applying(booking, payment.amount_cents, ask.at)]


@in_transaction
def take_back(*, key: str, actor: Actor, at: datetime) -> list[Payment]:
    """Undo ``fill_oldest`` when its money came back; the caller has reversed the entry."""
    filled = Payment.objects.filter(idempotency_key__startswith=f"{key}:", state="succeeded")
    return [
        transit(Payment, pk, "take_back", actor=actor, at=at).subject
        for pk in filled.order_by("booking_id").values_list("pk", flat=True)
    ]


@effects_of(Payment, "take_back")
def taking_back(payment: Payment, ask: Ask) -> Sequence[Effect]:
    return after_applying(payment.booking, 0, ask.at)


@in_transaction
def request_waiver(
    *, instalment_id: int, reason: str, actor: Staff, at: datetime
) -> InstalmentWaiver:
    """Ask that what is unpaid of an instalment be forgiven; another person decides.

    :raises Refused: nothing of it is unpaid, or it is being asked already
    """
    if not may(actor, "domain.request_waiver"):
        raise NotPermitted("You may not ask for a waiver.")
    found = Instalment.objects.filter(pk=instalment_id).first()
    if found is None:
        raise NotFound("There is no such instalment.")
    booking = lock(Booking, found.booking_id)
    instalment = Instalment.objects.get(pk=instalment_id)
    if not reason.strip():
        raise InvalidInput.of({"reason": ["Say why."]})
    if not instalment.open_cents:
        raise Refused(f"Nothing of instalment {instalment.number} is unpaid.")
    if instalment.waivers.filter(state="requested").exists():
        raise Refused(f"A waiver of instalment {instalment.number} is asked for already.")
    waiver = InstalmentWaiver(
        booking=booking,
        instalment=instalment,
        amount_cents=instalment.open_cents,
        reason=reason.strip(),
        requested_by=actor,
        requested_at=at,
    )
    return begin(waiver, actor=actor, at=at, reason=reason).subject


@dataclass(frozen=True, slots=True)
class Waive(Effect):
    """Lower the price by what is forgiven, and mark it on the instalment."""

    waiver: InstalmentWaiver

    def preview(self) -> Preview:
        amount = show(self.waiver.amount_cents, self.waiver.booking.currency)
        return Preview(f"forgives {amount} of instalment {self.waiver.instalment.number}")

    def apply(self, change: Change) -> None:
        waive(waiver=self.waiver, actor=change.actor, at=change.at)


@in_transaction
def waive(*, waiver: InstalmentWaiver, actor: Actor, at: datetime) -> None:
    """Write a waiver onto its instalment and, as an amendment, into the price."""
    booking = lock(Booking, waiver.booking_id)
    last = booking.lines.order_by("-position").first()
    BookingLine.objects.create(
        booking=booking,
        position=last.position + 1 if last else 1,
        kind=BookingLine.Kind.AMENDMENT,
        code="waiver",
        label=f"Instalment {waiver.instalment.number} waived",
        unit_amount_cents=-waiver.amount_cents,
        amount_cents=-waiver.amount_cents,
        explanation=waiver.reason,
        actor_id=waiver.requested_by_id,
        reason=waiver.reason,
        at=at,
    )
    Instalment.objects.filter(pk=waiver.instalment_id).update(
        waived_cents=F("waived_cents") + waiver.amount_cents
    )
    booking.total_cents -= waiver.amount_cents
    facts = {"instalment": waiver.instalment.number, "amount_cents": waiver.amount_cents}
    record(booking, "waive", actor=actor, at=at, reason=waiver.reason, facts=facts)
    settle_vehicle(booking_id=booking.pk, at=at)


@effects_of(InstalmentWaiver, "approve")
def approving(waiver: InstalmentWaiver, ask: Ask) -> Sequence[Effect]:
    booking = waiver.booking
    effects: list[Effect] = []
    if customer_account(booking).code == "1200":
        effects.append(
            Post(
                key=f"waiver:{waiver.pk}",
                event="emi.waived",
                legs=(Leg(AccountRef("4000"), customer_account(booking), waiver.amount_cents),),
                currency=booking.currency,
                effective_on=local_time(booking.line, ask.at).date(),
                booking_id=booking.pk,
                source=("waiver", waiver.pk),
            )
        )
    return [*effects, Waive(waiver)]
