"""Money without a home: reactivate, move or refund it. Other cases are closed with a reason.

:source: docs/policies/payments.md, "Money without a home"
"""

from __future__ import annotations

from datetime import datetime

from domain.bookings.conditions import local_time
from domain.bookings.models import Booking, BookingState, Line
from domain.bookings.queries import CLOSED, customer_account, due_cents
from domain.common.actors import System, may
from domain.common.errors import NotFound, NotPermitted, Refused
from domain.common.money import show
from domain.common.transactions import in_transaction
from domain.common.workflow import transit
from domain.common.workflow.door import lock
from domain.flows.buying import work_out_buyer
from domain.flows.referral import reward_case
from domain.flows.vehicles import settle_vehicle
from domain.ledger.operations import post
from domain.ledger.rules import AccountRef, Leg
from domain.payments.models import CaseState, MoneyCase, Origin, Refund
from domain.payments.models.cases import UNAPPLIED
from domain.payments.operations.refunds import request_refund
from domain.payments.queries import LIVE
from domain.staff.models import Staff
from domain.staff.roles import holders, meaning

RESOLVE = "domain.resolve_moneycase"
REACTIVATE = "domain.reactivate_booking"


def _open_case(case_id: int, actor: Staff, right: str = RESOLVE) -> MoneyCase:
    if not may(actor, right):
        who = " or ".join(holders(right))
        raise NotPermitted(f"You may not {meaning(right)}; {who} may.")
    case = lock(MoneyCase, case_id)
    if case.state != CaseState.OPEN:
        raise Refused(f"{case} is already resolved: {case.resolution}")
    if case.kind not in UNAPPLIED:
        raise Refused(f"{case} holds no money of its own; close it with a reason.")
    if Refund.objects.filter(case=case, state__in=LIVE).exists():
        raise Refused("A refund of this money is already on its way.")
    return case


@in_transaction
def move_money(
    *, case_id: int, booking_number: str, reason: str, actor: Staff, at: datetime
) -> MoneyCase:
    """Apply a case's money to a booking on which as much is due.

    :raises Refused: the booking is closed, in another currency, or less is due on it
    """
    case = _open_case(case_id, actor)
    booking = booking_to_pay(booking_number)
    apply_money(case, booking, case.amount_cents, actor=actor, at=at)
    resolution = f"Moved to {booking}. {reason}".strip()
    return transit(MoneyCase, case_id, "resolve", actor=actor, at=at, reason=resolution).subject


@in_transaction
def reactivate_with_money(*, case_id: int, reason: str, actor: Staff, at: datetime) -> MoneyCase:
    """Bring an expired booking back and apply the late money to it.

    It is for who may reactivate bookings: that the money was taken for it settles the case.

    :raises Refused: the booking is not expired, its day is over, or the money does not fit
    """
    case = _open_case(case_id, actor, REACTIVATE)
    if case.booking_id is None:
        raise Refused("This money belongs to no booking; move or refund it.")
    booking = reactivate_booking(booking_id=case.booking_id, reason=reason, actor=actor, at=at)
    apply_money(case, booking, case.amount_cents, actor=actor, at=at)
    resolution = f"Reactivated {booking}. {reason}".strip()
    return transit(MoneyCase, case_id, "reapply", actor=actor, at=at, reason=resolution).subject


@in_transaction
def refund_money(*, case_id: int, reason: str, actor: Staff, at: datetime) -> Refund:
    """Ask for a case's money to be sent back; another person approves, as for any refund.

    The case stays open until the money has gone: a refund may be denied, or fail.
    """
    case = _open_case(case_id, actor)
    if case.payment_id is None:
        raise Refused("This money came with no payment of ours; it cannot be refunded from here.")
    return request_refund(
        payment_id=case.payment_id,
        amount_cents=case.amount_cents,
        reason=reason or case.sentence,
        actor=actor,
        at=at,
        origin=Origin.CASE,
        case_id=case_id,
    )


@in_transaction
def close_case(*, case_id: int, reason: str, actor: Staff, at: datetime) -> MoneyCase:
    """Close a case that holds no money, saying what was found.

    :raises Refused: it holds money; that has to go somewhere
    """
    case = lock(MoneyCase, case_id)
    if case.kind in UNAPPLIED:
        amount = show(case.amount_cents, case.currency)
        raise Refused(f"{amount} lies here; reactivate the booking, move or refund it.")
    return transit(MoneyCase, case_id, "resolve", actor=actor, at=at, reason=reason).subject


@in_transaction
def reopen_case(*, case_id: int, reason: str, actor: Staff, at: datetime) -> MoneyCase:
    """Take back the closing of a case; why it was closed stays in its history.

    :raises Refused: it is open, or its money was moved or sent back
    """
    return transit(MoneyCase, case_id, "reopen", actor=actor, at=at, reason=reason).subject


@in_transaction
def reactivate_booking(*, booking_id: int, reason: str, actor: Staff, at: datetime) -> Booking:
    """Let an expired booking wait for payment again, at the prices it was sold at."""
    return transit(Booking, booking_id, "reactivate", actor=actor, at=at, reason=reason).subject


def booking_to_pay(number: str) -> Booking:
    """Lock the booking of a number as staff type it."""
    found = Booking.objects.filter(number=number.strip().upper()).first()
    if found is None:
        raise NotFound(f"There is no booking {number}.")
    return lock(Booking, found.pk)


def apply_money(
    case: MoneyCase, booking: Booking, cents: int, *, actor: Staff, at: datetime
) -> None:
    """Put a case's money, which lies in unapplied receipts, onto a booking that is locked.

    :raises Refused: the booking is closed, in another currency, or less is due on it
    """
    if booking.state in CLOSED:
        raise Refused(f"{booking} is {booking.state_label().lower()}; nothing is due on it.")
    due = due_cents(booking)
    if booking.currency != case.currency or due < cents:
        due_text, amount = show(due, booking.currency), show(cents, case.currency)
        raise Refused(f"{due_text} is due on {booking}; {amount} does not fit. Refund it instead.")
    post(
        key=f"case:{case.pk}:applied",
        event="payment.applied",
        legs=(Leg(AccountRef("2310"), customer_account(booking), cents),),
        currency=case.currency,
        effective_on=local_time(booking.line, at).date(),
        booking_id=booking.pk,
        source=("case", case.pk),
        actor=actor,
        at=at,
    )
    if booking.line == Line.VEHICLE:
        settle_vehicle(booking_id=booking.pk, at=at)
        work_out_buyer(booking_id=booking.pk, actor=System("payment"), at=at)
        reward_case(case_id=case.pk, actor=System("payment"), at=at)
    elif booking.state == BookingState.PENDING and due_cents(booking) == 0:
        transit(Booking, booking.pk, "mark_paid", actor=System("payment"), at=at)
