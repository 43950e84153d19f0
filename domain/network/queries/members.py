from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.db.models import Q, QuerySet

from domain.bookings.models import Booking, Line
from domain.common.errors import InvalidInput, NotFound
from domain.common.prepared import rows_prepared
from domain.customers.search import find_customers
from domain.ledger.queries import booking_cash
from domain.network.models import ActiveBuyerPeriod, Member, MemberState, TransmissionState
from domain.network.rules.buying import Bought, net_paid_cents
from domain.network.rules.codes import ALPHABET, LENGTH, normal_code

# What a booking of vehicles becomes once the first payment confirms it.
CONFIRMED = ("active", "completed", "delivered")
STATES = "SELECT id, state FROM domain_booking WHERE customer_id = %s AND line = 'vehicle'"
UPLINE = """
WITH RECURSIVE up(id) AS (
    SELECT %s::bigint
    UNION
    SELECT m.referred_by_id FROM up JOIN domain_member m ON m.customer_id = up.id
    WHERE m.referred_by_id IS NOT NULL
)
SELECT id FROM up
"""


def member_of(pk: int) -> Member:
    """:raises NotFound: this customer is no member"""
    found = Member.objects.select_related("customer", "referred_by__customer").filter(pk=pk)
    member = found.first()
    if member is None:
        raise NotFound(f"There is no member {pk}.")
    return member


def sponsor_for_code(code: str) -> Member:
    """Find whose referral code this is.

    :raises InvalidInput: nobody's, or a member's who may not refer any more
    """
    member = Member.objects.filter(code=normal_code(code)).first()
    if member is None or member.state != MemberState.ACTIVE:
        raise InvalidInput.of({"referral_code": ["This referral code is not valid."]})
    return member


def find_members(text: str, members: QuerySet[Member] | None = None) -> QuerySet[Member]:
    """Keep the members whose code is ``text``, or whose name, e-mail or phone it is in."""
    found = Member.objects.all() if members is None else members
    if not text.strip():
        return found
    if by_code := member_by_code(text):
        return found.filter(pk=by_code.pk)
    return found.filter(Q(customer__in=find_customers(text).order_by().values("pk")))


def member_by_code(text: str) -> Member | None:
    """Whose referral code a text is; None when it is no code, or nobody's."""
    code = normal_code(text)
    if len(code) != LENGTH or not set(code) <= set(ALPHABET):
        return None
    return Member.objects.select_related("customer", "node").filter(code=code).first()


def sponsors_above(pk: int) -> set[int]:
    """A member, the sponsor, the sponsor's sponsor, and so on."""
    with connection.cursor() as cursor:
        cursor.execute(UPLINE, [pk])
        return {row[0] for row in cursor.fetchall()}


def vehicle_bookings(customer_id: int) -> QuerySet[Booking]:
    return Booking.objects.filter(customer_id=customer_id, line=Line.VEHICLE)


def _states(customer_id: int) -> dict[int, str]:
    """How each of a customer's vehicle bookings stands; asked with every payment."""
    return dict(rows_prepared(STATES, [customer_id]))


def has_confirmed_booking(customer_id: int) -> bool:
    return not set(CONFIRMED).isdisjoint(_states(customer_id).values())


def net_paid_of(customer_id: int) -> int:
    """Paid less refunded over a customer's vehicle bookings not given up, in paise."""
    states = _states(customer_id)
    cash = booking_cash(list(states))
    return net_paid_cents(
        Bought(found.captured_cents, found.refunded_cents + found.disputed_cents, states[pk])
        for pk, found in cash.items()
    )


def active_buyers_on(member_ids: Sequence[int], day: date) -> set[int]:
    """Which of these members were Active Buyers at the end of a day."""
    periods = ActiveBuyerPeriod.objects.filter(member__in=member_ids, started_on__lte=day)
    alive = periods.filter(Q(ended_on=None) | Q(ended_on__gt=day))
    return set(alive.values_list("member_id", flat=True))


def is_active_buyer(member_id: int, day: date) -> bool:
    return member_id in active_buyers_on([member_id], day)


@dataclass(frozen=True, slots=True)
class Standing:
    """What a member's state means for the money: ``sentence`` says why not, or nothing."""

    may_earn: bool
    may_be_paid: bool
    to_nominee: bool
    sentence: str = ""


def standing_of(member: Member) -> Standing:
    """Whether a member earns, and whether the wallet may be paid out, and to whom."""
    if member.state == MemberState.TERMINATED:
        if member.cleared_at is not None:
            return Standing(may_earn=False, may_be_paid=True, to_nominee=False)
        why = f"{member} was terminated, and the wallet has not been cleared yet."
        return Standing(may_earn=False, may_be_paid=False, to_nominee=False, sentence=why)
    if member.state == MemberState.DECEASED:
        if member.transmissions.filter(state=TransmissionState.APPROVED).exists():
            return Standing(may_earn=False, may_be_paid=True, to_nominee=True)
        why = f"{member} has died; the wallet is frozen until it goes to the nominee."
        return Standing(may_earn=False, may_be_paid=False, to_nominee=True, sentence=why)
    return Standing(may_earn=True, may_be_paid=True, to_nominee=False)
