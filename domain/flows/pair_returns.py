"""The money of pairs that a run takes back, and of those it gives again.

:source: docs/policies/earnings.md, "Undone sales"
"""

from __future__ import annotations

from datetime import datetime

from domain.common.actors import Actor
from domain.common.transactions import in_transaction
from domain.flows.accrual import give_tax_back, withhold_from_bonus
from domain.flows.clawback import take_held
from domain.flows.referral import book
from domain.ledger.rules import Leg
from domain.network.earning.models import PairReturn
from domain.network.earning.queries.wallets import balances_of
from domain.network.earning.rules import journal
from domain.network.models import Member
from domain.payouts.models import TaxRecord

POCKETS = (
    ("2015", journal.held_back),
    ("2010", journal.reserve),
    ("2000", journal.wallet),
)


@in_transaction
def settle_returns(*, run_id: int, actor: Actor, at: datetime) -> None:
    """Move the money of every pair that a run takes back or gives again, as it is posted."""
    rows = PairReturn.objects.filter(run=run_id).select_related("pair")
    for row in rows.order_by("pair__member_id", "pair__number"):
        Member.objects.select_for_update().get(pk=row.pair.member_id)
        if row.sign < 0:
            _take_back(row, actor, at)
        else:
            _give_again(row, actor, at)


def _take_back(row: PairReturn, actor: Actor, at: datetime) -> None:
    """From what is held back, then the pair's part of the reserve, the wallet, later earnings."""
    pair, member = row.pair, row.pair.member_id
    credit = _taxed_as(row)
    if TaxRecord.objects.filter(member=member, payout=None, source=credit).exists():
        cents = pair.amount_cents
        give_tax_back(source=credit, member_id=member, cents=cents, actor=actor, at=at)
    there = balances_of(member)
    most = there | {"2010": min(there["2010"], pair.to_reserve_cents)}
    left, legs = pair.amount_cents, []
    for code, account in POCKETS:
        cents = min(left, max(most[code], 0))
        left -= cents
        if cents:
            legs.append(Leg(account(member), journal.PAIRS, cents))
        if code == "2015":
            take_held(member, cents)
    if left:
        legs.append(Leg(journal.recoverable(member), journal.PAIRS, left))
    book(row.entry_key, "pair.taken_back", tuple(legs), ("pairreturn", row.pk), actor, at)


def _taxed_as(row: PairReturn) -> str:
    """The credit that the register has: the pair's own run, or the last time it was given again."""
    again = PairReturn.objects.filter(pair=row.pair, sign=1, pk__lt=row.pk).order_by("-pk").first()
    return again.entry_key if again else f"run:{row.pair.run_id}"


def _give_again(row: PairReturn, actor: Actor, at: datetime) -> None:
    """As a credit of today: the reserve gets its part, what is owed is settled first."""
    pair, member = row.pair, row.pair.member_id
    free = pair.amount_cents - pair.to_reserve_cents
    recovered = min(max(balances_of(member)["1300"], 0), free)
    tax = withhold_from_bonus(
        member_id=member,
        source=row.entry_key,
        base_cents=pair.amount_cents,
        bears_cents=pair.amount_cents - recovered,
        at=at,
    )
    wallet = max(free - recovered - tax, 0)
    legs = journal.credited(
        member,
        expense=journal.PAIRS,
        wallet_cents=wallet,
        reserve_cents=pair.amount_cents - recovered - tax - wallet,
        tax_cents=tax,
    )
    legs += journal.offset(member, expense=journal.PAIRS, cents=recovered) if recovered else ()
    book(row.entry_key, "pair.given_again", legs, ("pairreturn", row.pk), actor, at)
