"""What becomes of money on a vehicle's booking that is no more: sent back, or kept with us.

:source: docs/policies/vehicles.md, "Giving up"
"""

from __future__ import annotations

from datetime import datetime

from domain.bookings.conditions import local_time
from domain.bookings.models import Booking
from domain.bookings.queries import terms_of_cancelling
from domain.bookings.rules import CancellationTerms
from domain.common.actors import may
from domain.common.errors import NotPermitted, Refused
from domain.common.money import show
from domain.common.transactions import in_transaction
from domain.common.workflow import transit
from domain.common.workflow.door import lock
from domain.ledger.operations import post
from domain.ledger.rules import AccountRef, Leg
from domain.payments.models import CaseKind, CaseState, MoneyCase, Origin
from domain.payments.models.cases import UNAPPLIED
from domain.payments.operations.refunds import request_refund
from domain.payments.queries import held_cents, split_refund
from domain.staff.models import Staff
from domain.staff.roles import holders, meaning

RESOLVE = "domain.resolve_moneycase"


def deposit_terms_at(booking: Booking, at: datetime) -> CancellationTerms:
    """What is kept of an expired booking's money, and what goes back."""
    return terms_of_cancelling(booking, held_cents=held_cents(booking), at=at)


@in_transaction
def send_deposit_back(*, case_id: int, reason: str, actor: Staff, at: datetime) -> MoneyCase:
    """Keep the share that is kept, and ask for the rest to be sent back to its source.

    :raises Refused: the case is no deposit, or nothing is held any more
    """
    case, booking = _deposit(case_id, actor)
    terms = deposit_terms_at(booking, at)
    if terms.fee_cents:
        leg = Leg(AccountRef("2300", booking.pk), AccountRef("4010"), terms.fee_cents)
        _post(case, booking, "booking.expired_forfeited", leg, actor=actor, at=at)
    why = f"Deposit of {booking}: {reason}".strip(": ")
    for payment, cents in split_refund(booking, terms.refund_cents):
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
    wallet = AccountRef("2005", customer_id=booking.customer_id)
    if case.kind in UNAPPLIED:
        leg = Leg(AccountRef("2310"), wallet, case.amount_cents)
        _post(case, booking, "receipt.to_wallet", leg, actor=actor, at=at)
    else:
        for payment, cents in split_refund(booking, max(held_cents(booking), 0)):
            leg = Leg(AccountRef("2300", booking.pk), wallet, cents)
            what, source = f"wallet:{payment.pk}", ("payment", payment.pk)
            event = "booking.expired_to_wallet"
            _post(case, booking, event, leg, actor=actor, at=at, what=what, source=source)
    amount = show(case.amount_cents, case.currency)
    return _resolved(case, f"{amount} moved to the buyer's deposits. {reason}", actor=actor, at=at)


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
        raise Refused(f"{case} is no deposit of an expired booking.")
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
