"""The EMI reserve pays own dues each day; two people may release it; what was held back is
released on its day.

:source: docs/policies/earnings.md, "Reserve and hold-back"
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from domain.common.actors import Actor, System
from domain.common.effects import Effect
from domain.common.errors import InvalidInput, Refused
from domain.common.money import show
from domain.common.settings.queries import choice_at
from domain.common.transactions import in_transaction
from domain.common.workflow import Ask, begin, effects_of
from domain.compliance.days import day_of
from domain.flows.instalments import due_by, fill_oldest
from domain.ledger.effects import Post
from domain.ledger.models import Account
from domain.ledger.operations import post
from domain.ledger.rules import Leg
from domain.network.earning.models import Holdback, ReserveRelease
from domain.network.earning.queries.wallets import balances_of
from domain.network.earning.rules.journal import held_back, reserve, wallet
from domain.network.models import Member
from domain.network.rights import require_right
from domain.payments.models import Method
from domain.staff.models import Staff

REQUEST = "domain.request_reserve_release"
SCOPE = "emi.autofill_scope"
JOB = System("job:reserve")


def members_with_reserve() -> list[int]:
    rows = Account.objects.filter(code="2010", currency="INR", balance_cents__gt=0)
    return list(rows.order_by("customer_id").values_list("customer_id", flat=True))


@in_transaction
def apply_reserve(*, member_id: int, at: datetime) -> int:
    """Pay a member's oldest dues from the reserve, once a day; returns the paise applied."""
    Member.objects.select_for_update().get(pk=member_id)
    day, scope = day_of(at), choice_at(SCOPE, at)
    there = balances_of(member_id)["2010"]
    due = sum(each.cents for each in due_by(member_id, day, scope))
    cents = min(there, due)
    if cents <= 0:
        return 0
    shares = fill_oldest(
        customer_id=member_id,
        cents=cents,
        on=day,
        method=Method.EMI_RESERVE,
        key=f"reserve:{member_id}:{day}",
        from_code="2010",
        scope=scope,
        actor=JOB,
        at=at,
    )
    return sum(each.cents for each in shares)


@in_transaction
def request_release(
    *, member_id: int, amount_cents: int, reason: str, actor: Staff, at: datetime
) -> ReserveRelease:
    """Ask that money of a reserve goes to the wallet; another person decides.

    :raises Refused: there is not so much on the reserve, or it is asked for already
    """
    require_right(actor, REQUEST)
    member = Member.objects.select_for_update().get(pk=member_id)
    if not reason.strip():
        raise InvalidInput.of({"reason": ["Say why."]})
    there = balances_of(member_id)["2010"]
    if not 0 < amount_cents <= there:
        raise InvalidInput.of({"amount": [f"There is {show(there, 'INR')} on the reserve."]})
    if ReserveRelease.objects.filter(member=member, state="requested").exists():
        raise Refused(f"A release to {member} is asked for already.")
    release = ReserveRelease(
        member=member,
        amount_cents=amount_cents,
        reason=reason.strip(),
        requested_by=actor,
        requested_at=at,
    )
    return begin(release, actor=actor, at=at, reason=reason).subject


@effects_of(ReserveRelease, "release")
def releasing(release: ReserveRelease, ask: Ask) -> Sequence[Effect]:
    pk = release.member_id
    return [
        Post(
            key=f"release:{release.pk}",
            event="reserve.released",
            legs=(Leg(reserve(pk), wallet(pk), release.amount_cents),),
            currency="INR",
            effective_on=day_of(ask.at),
            source=("reserverelease", release.pk),
        )
    ]


def holdbacks_due(*, at: datetime) -> list[int]:
    rows = Holdback.objects.filter(released_on=None, release_on__lte=day_of(at))
    return list(rows.order_by("release_on", "pk").values_list("pk", flat=True))


@in_transaction
def release_holdback(*, holdback_id: int, actor: Actor, at: datetime) -> int:
    """Give what is left of a held-back part to the wallet, once; returns the paise."""
    member_id = Holdback.objects.values_list("member_id", flat=True).get(pk=holdback_id)
    Member.objects.select_for_update().get(pk=member_id)
    row = Holdback.objects.select_for_update().get(pk=holdback_id)
    if row.released_on is not None or row.release_on > day_of(at):
        return 0
    left = row.amount_cents - row.taken_cents
    if left:
        post(
            key=f"holdback:{row.pk}",
            event="holdback.released",
            legs=[Leg(held_back(member_id), wallet(member_id), left)],
            currency="INR",
            effective_on=day_of(at),
            actor=actor,
            at=at,
            source=("holdback", row.pk),
        )
    Holdback.objects.filter(pk=row.pk).update(released_on=day_of(at))
    return left
