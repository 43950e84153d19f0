from __future__ import annotations

from datetime import date, datetime

from django.db import connection

from domain.common.actors import Actor
from domain.common.constraints import until_free
from domain.common.errors import InvalidInput, NotFound, Refused
from domain.common.rows import hold, read
from domain.common.transactions import in_transaction
from domain.common.workflow import begin, record, transit
from domain.common.workflow.door import lock
from domain.compliance.days import day_of
from domain.customers.models import Customer
from domain.network.models import Member, MemberState
from domain.network.queries.members import has_confirmed_booking, sponsors_above
from domain.network.rights import require_right
from domain.network.rules.codes import new_code
from domain.staff.models import Staff

ENROL = "domain.enrol_member"
# Sponsors are changed one at a time: two changes at once could close a circle.
SPONSORS_LOCK = 7_201_031


@in_transaction
def enrol(
    *,
    customer_id: int,
    sponsor_id: int | None,
    actor: Actor,
    at: datetime,
    booking_id: int | None = None,
    agreement_signed_on: date | None = None,
    reason: str = "",
) -> Member:
    """Make a customer a member, or return the member they are already.

    A member goes on the holding list at once; where they sit is decided later.

    :raises InvalidInput: the sponsor is themselves, no member, or may not refer any more
    """
    require_right(actor, ENROL)
    customer = hold(Customer, customer_id)
    if customer is None or customer.erased_at is not None:
        raise NotFound(f"There is no customer {customer_id}.")
    if known := read(Member, customer_id):
        return known
    _require_sponsor(customer_id, sponsor_id)
    _require_past(agreement_signed_on, at)
    member = Member(
        customer=customer,
        referred_by_id=sponsor_id,
        joined_at=at,
        joined_by_booking_id=booking_id,
        agreement_signed_on=agreement_signed_on,
        holding_since=at,
    )
    return _begin_with_code(member, actor=actor, at=at, reason=reason)


def _begin_with_code(member: Member, *, actor: Actor, at: datetime, reason: str) -> Member:
    def write() -> Member:
        member.code = new_code()
        facts = {"sponsor": member.referred_by_id, "code": member.code}
        return begin(member, actor=actor, at=at, reason=reason, facts=facts).subject

    return until_free(write, taken="member_code_unique", what="referral code")


def _require_sponsor(customer_id: int, sponsor_id: int | None) -> None:
    if sponsor_id is None:
        return
    if sponsor_id == customer_id:
        raise InvalidInput.of({"sponsor": ["Nobody can refer themselves."]})
    sponsor = read(Member, sponsor_id)
    if sponsor is None:
        raise InvalidInput.of({"sponsor": ["The sponsor is no member."]})
    if sponsor.state != MemberState.ACTIVE:
        state = sponsor.state_label().lower()
        raise InvalidInput.of({"sponsor": [f"{sponsor} is {state} and refers nobody any more."]})


def _require_past(day: date | None, at: datetime) -> None:
    if day is not None and day > day_of(at):
        raise InvalidInput.of({"agreement_signed_on": ["The day of signing lies ahead."]})


@in_transaction
def change_sponsor(
    *, member_id: int, sponsor_id: int | None, reason: str, actor: Staff, at: datetime
) -> Member:
    """Correct who referred a member, until their first booking is confirmed.

    :raises Refused: a booking is confirmed already, or the sponsor was referred by the member
    :raises InvalidInput: no reason, or as ``enrol``
    """
    require_right(actor, ENROL)
    if not reason.strip():
        raise InvalidInput.of({"reason": ["Say why."]})
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [SPONSORS_LOCK])
    member = lock(Member, member_id)
    _require_sponsor(member_id, sponsor_id)
    if has_confirmed_booking(member_id):
        raise Refused(f"{member} has a confirmed booking; the sponsor stays.")
    if sponsor_id is not None and member_id in sponsors_above(sponsor_id):
        raise Refused("That sponsor was referred, directly or not, by this member.")
    facts = {"from": member.referred_by_id, "to": sponsor_id}
    member.referred_by_id = sponsor_id
    return record(member, "change_sponsor", actor=actor, at=at, reason=reason, facts=facts).subject


@in_transaction
def sign_agreement(*, member_id: int, signed_on: date, actor: Staff, at: datetime) -> Member:
    """Note the day on which a member signed the agreement."""
    require_right(actor, ENROL)
    _require_past(signed_on, at)
    member = lock(Member, member_id)
    facts = {"from": str(member.agreement_signed_on or ""), "to": str(signed_on)}
    member.agreement_signed_on = signed_on
    return record(member, "sign_agreement", actor=actor, at=at, facts=facts).subject


@in_transaction
def terminate(*, member_id: int, reason: str, actor: Staff, at: datetime) -> Member:
    """End a membership: the place stays, nothing is earned from now on."""
    return transit(Member, member_id, "terminate", actor=actor, at=at, reason=reason).subject


@in_transaction
def clear_wallet(*, member_id: int, reason: str, actor: Staff, at: datetime) -> Member:
    """Let what is left in a terminated member's wallet be paid out."""
    return transit(Member, member_id, "clear_wallet", actor=actor, at=at, reason=reason).subject


@in_transaction
def report_death(
    *, member_id: int, died_on: date, reason: str, actor: Staff, at: datetime
) -> Member:
    """Freeze a member's wallet for the nominee; ``reason`` names the certificate."""
    return transit(
        Member,
        member_id,
        "report_death",
        actor=actor,
        at=at,
        reason=reason,
        params={"died_on": died_on.isoformat()},
    ).subject
