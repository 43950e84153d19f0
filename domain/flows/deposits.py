"""What becomes of money on a booking that is no more: sent back, moved, or kept for the buyer.

:source: docs/policies/vehicles.md, "Giving up"
"""

from __future__ import annotations

from datetime import datetime

from domain.bookings.conditions import local_time
from domain.bookings.models import Booking, BookingState
from domain.bookings.queries import terms_of_cancelling
from domain.bookings.rules import CancellationTerms
from domain.common.actors import may
from domain.common.errors import NotPermitted, Refused
from domain.common.money import show
from domain.common.transactions import in_transaction
from domain.common.workflow import transit
from domain.common.workflow.door import lock
from domain.flows.cases import apply_money, booking_to_pay
from domain.flows.clawback import by_case, claw_back
from domain.flows.referral import sponsored
from domain.ledger.operations import post
from domain.ledger.rules import AccountRef, Leg
from domain.payments.models import CaseKind, CaseState, MoneyCase, Origin
from domain.payments.models.cases import UNAPPLIED
from domain.payments.operations.refunds import request_refund
from domain.payments.queries import held_cents, members_own_cents, split_refund
from domain.staff.models import Staff
from domain.staff.roles import holders, meaning

RESOLVE = "domain.resolve_moneycase"


def deposit_terms_at(booking: Booking, at: datetime) -> CancellationTerms:
    """What is kept of a closed booking's money, and what goes back."""
    held = held_cents(booking)
    if booking.state == BookingState.CANCELLED:
        amount = show(held, booking.currency)
        return CancellationTerms(0, held, f"{amount} goes back; the fee was kept on cancelling.")
    return terms_of_cancelling(booking, held_cents=held, at=at)


@in_transaction
def send_deposit_back(*, case_id: int, reason: str, actor: Staff, at: datetime) -> MoneyCase:
    """Keep the share that is kept, and ask for the rest to be sent back to its source.

    :raises Refused: the case is no deposit, or nothing is held any more
    """
    case, booking = _deposit(case_id, actor)
    terms = deposit_terms_at(booking, at)
    parts = split_refund(booking, terms.refund_cents)
    if sum(cents for _, cents in parts) < terms.refund_cents:
        raise Refused(no_way_back(booking))
    if terms.fee_cents:
        leg = Leg(AccountRef("2300", booking.pk), AccountRef("4010"), terms.fee_cents)
        _post(case, booking, "booking.expired_forfeited", leg, actor=actor, at=at)
    why = f"Deposit of {booking}: {reason}".strip(": ")
    for payment, cents in parts:
        request_refund(
            payment_id=payment.pk,
            amount_cents=cents,
            reason=why,
            actor=actor,
            at=at,
            origin=Origin.CANCELLATION,
        )
    return _resolved(case, f"{terms.words} {reason}", actor=actor, at=at)


@in_transaction
def keep_for_member(*, case_id: int, reason: str, actor: Staff, at: datetime) -> MoneyCase:
    """Move a case's money to the buyer's deposits, which nobody taxes.

    :raises Refused: the buyer is a guest, or the money is not in rupees
    """
    case = _open(case_id, actor)
    booking = case.booking
    if booking is None or booking.customer_id is None or case.currency != "INR":
        raise Refused("Only a customer who bought a vehicle has deposits; send it back instead.")
    wallet, cents = AccountRef("2005", customer_id=booking.customer_id), case.amount_cents
    if case.kind in UNAPPLIED:
        leg = Leg(AccountRef("2310"), wallet, cents)
        _post(case, booking, "receipt.to_wallet", leg, actor=actor, at=at)
    else:
        cents = _take_off(case, booking, "booking.expired_to_wallet", wallet, actor=actor, at=at)
    amount = show(cents, case.currency)
    return _resolved(case, f"{amount} moved to the buyer's deposits. {reason}", actor=actor, at=at)


@in_transaction
def move_deposit(
    *, case_id: int, booking_number: str, reason: str, actor: Staff, at: datetime
) -> MoneyCase:
    """Put all that is held onto another booking on which as much is due.

    It leaves the first booking through unapplied receipts, as any money that looks for a booking.

    :raises Refused: nothing is held, or the booking is closed, in another currency, or owes less
    """
    case, booking = _deposit(case_id, actor)
    if members_own_cents(booking):
        raise Refused("Some of it was the buyer's wallet's; keep it for the buyer instead.")
    target = booking_to_pay(booking_number)
    event, free = "booking.expired_to_booking", AccountRef("2310")
    cents = _take_off(case, booking, event, free, actor=actor, at=at)
    apply_money(case, target, cents, actor=actor, at=at)
    words = f"{show(cents, case.currency)} moved to {target}. {reason}"
    return _resolved(case, words, actor=actor, at=at)


def no_way_back(booking: Booking) -> str:
    return (
        f"Not all that is held for {booking} came by a payment of its own. Move it to another "
        "booking, keep it for the buyer, or send it by bank with an entry by hand."
    )


def _take_off(
    case: MoneyCase, booking: Booking, event: str, to: AccountRef, *, actor: Staff, at: datetime
) -> int:
    """Post what is held away from the booking, payment by payment; returns how much it was.

    What came another way (from another booking, from the member's own money) goes as one.
    """
    held = held_cents(booking)
    parts = [(("payment", paid.pk), cents) for paid, cents in split_refund(booking, held)]
    if rest := held - sum(cents for _, cents in parts):
        parts.append((("case", case.pk), rest))
    for source, cents in parts:
        leg = Leg(AccountRef("2300", booking.pk), to, cents)
        what = f"{event.rpartition('_')[2]}:{source[0]}:{source[1]}"
        _post(case, booking, event, leg, actor=actor, at=at, what=what, source=source)
    if sponsored(booking):
        claw_back(loss=by_case(case, booking, held), actor=actor, at=at)
    return held


def _open(case_id: int, actor: Staff) -> MoneyCase:
    if not may(actor, RESOLVE):
        raise NotPermitted(f"You may not {meaning(RESOLVE)}; {' or '.join(holders(RESOLVE))} may.")
    case = lock(MoneyCase, case_id)
    if case.state != CaseState.OPEN:
        raise Refused(f"{case} is already resolved: {case.resolution}")
    if case.kind not in {*UNAPPLIED, CaseKind.DEPOSIT}:
        raise Refused(f"{case} holds no money of its own; close it with a reason.")
    if case.refunds.filter(state__in=["requested", "approved", "processing", "unknown"]).exists():
        raise Refused("A refund of this money is already on its way.")
    return case


def _deposit(case_id: int, actor: Staff) -> tuple[MoneyCase, Booking]:
    case = _open(case_id, actor)
    if case.kind != CaseKind.DEPOSIT or case.booking is None:
        raise Refused(f"{case} is no deposit of a closed booking.")
    if held_cents(case.booking) <= 0:
        raise Refused(f"Nothing is held for {case.booking} any more; close the case.")
    return case, case.booking


def _post(
    case: MoneyCase,
    booking: Booking,
    event: str,
    leg: Leg,
    *,
    actor: Staff,
    at: datetime,
    what: str = "settled",
    source: tuple[str, int] | None = None,
) -> None:
    post(
        key=f"case:{case.pk}:{what}",
        event=event,
        legs=(leg,),
        currency=case.currency,
        effective_on=local_time(booking.line, at).date(),
        booking_id=booking.pk,
        source=source or ("case", case.pk),
        actor=actor,
        at=at,
    )


def _resolved(case: MoneyCase, words: str, *, actor: Staff, at: datetime) -> MoneyCase:
    done = transit(MoneyCase, case.pk, "resolve", actor=actor, at=at, reason=words.strip())
    return done.subject
