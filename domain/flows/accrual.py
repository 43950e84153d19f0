"""Tax of earnings at their credit: of a run's members, of a bonus, and what goes back with it.

:source: docs/policies/tax.md, "At the credit"
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import batched

from django.db import connection

from domain.common.actors import Actor
from domain.common.transactions import in_transaction
from domain.ledger.operations import post
from domain.ledger.rules import Leg
from domain.network.earning.models import CommissionRun
from domain.network.earning.operations import staging
from domain.network.earning.rules.journal import TAX, wallet
from domain.payouts.operations.credits import Credit, take_back_at_credit, withhold_at_credit
from domain.payouts.operations.register import hold_tax_year, hold_tax_years
from domain.payouts.queries.bases import accrues, bases_of

AT_ONCE = 5_000


def credits_of(run: CommissionRun) -> Iterator[tuple[Credit, ...]]:
    """What a run credits each member with, some thousands at a time."""
    rows = run.rows.filter(gross_cents__gt=0).order_by("member_id")
    told = rows.values_list("member_id", "gross_cents", "recovered_cents")
    yield from batched(
        (
            Credit(member, f"run:{run.pk}", gross, gross - recovered)
            for member, gross, recovered in told.iterator(AT_ONCE)
        ),
        AT_ONCE,
    )


def forecast(run: CommissionRun, at: datetime) -> int:
    """What would be withheld, were the run posted now; nothing where tax waits for the payout."""
    if not accrues(at):
        return 0
    total = 0
    for some in credits_of(run):
        bases = bases_of([each.member_id for each in some], at)
        total += sum(
            bases[each.member_id].assess(each.base_cents, bears_cents=each.bears_cents).tds_cents
            for each in some
        )
    return total


@in_transaction
def withhold_from_run(*, run: CommissionRun, at: datetime) -> int:
    """Enter the tax of a run's credits and put it into ``run_tax``, member by member.

    Every member's tax year is held first, in the order in which all are.
    """
    everybody = list(run.rows.filter(gross_cents__gt=0).values_list("member_id", flat=True))
    hold_tax_years(member_ids=everybody, at=at)
    total = 0
    for some in credits_of(run):
        withheld = withhold_at_credit(credits_=some, at=at)
        total += sum(withheld.values())
        with connection.cursor() as cursor:
            cursor.execute(staging.KEEP_TAX, [list(withheld), list(withheld.values())])
    return total


@in_transaction
def withhold_from_bonus(
    *, member_id: int, source: str, base_cents: int, bears_cents: int, at: datetime
) -> int:
    """Enter the tax of one credit; returns the paise withheld, nothing where it waits."""
    if not accrues(at):
        return 0
    hold_tax_year(member_id=member_id, at=at)
    credit = Credit(member_id, source, base_cents, bears_cents)
    return withhold_at_credit(credits_=[credit], at=at)[member_id]


@in_transaction
def give_tax_back(*, source: str, member_id: int, cents: int, actor: Actor, at: datetime) -> int:
    """Give the tax on a credit that is undone back to the wallet, before it is taken from there.

    Tax that was deposited, or whose quarter is locked, stands: it is the member's with the state.
    """
    hold_tax_year(member_id=member_id, at=at)
    found = take_back_at_credit(source=source, member_id=member_id, cents=cents, at=at)
    if found is None or not found.tds_cents:
        return 0
    post(
        key=f"taxback:{found.record_id}",
        event="tds.taken_back",
        legs=[Leg(TAX, wallet(member_id), found.tds_cents)],
        currency="INR",
        effective_on=found.on,
        source=("taxrecord", found.record_id),
        actor=actor,
        at=at,
    )
    return found.tds_cents
