"""Bonuses for whoever referred a buyer, for each way in which money comes onto a booking.

:source: docs/policies/earnings.md, "Referral"
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from domain.bookings.models import Booking, Line
from domain.common.actors import Actor
from domain.common.effects import NO_MONEY, Change, Effect, Preview
from domain.common.money import share
from domain.common.prepared import rows_prepared
from domain.common.rows import find, read_known
from domain.common.settings.queries import snapshot
from domain.common.transactions import in_transaction
from domain.common.workflow.locking import lock, lock_if_there
from domain.compliance.days import day_of
from domain.flows.accrual import withhold_from_bonus
from domain.ledger.models import Entry
from domain.ledger.operations import post
from domain.ledger.queries import SET_FREE
from domain.ledger.rules import Leg
from domain.network.earning.models import Holdback, ReferralBonus
from domain.network.earning.queries.wallets import balances_of
from domain.network.earning.rules import journal
from domain.network.earning.rules.referral import ReferralRules, Rewarded, bonus_for
from domain.network.models import Member
from domain.network.queries.members import CONFIRMED, standing_of
from domain.payments.models import Method, MoneyCase, Payment

SETTINGS = (
    "referral.rate_bps",
    "referral.catch_up",
    "referral.clawback",
    "reserve.holdback_bps",
    "reserve.days",
)
# A member's own money earns nobody a bonus: it was earned here. What a payout pays was a wallet's
# money a moment before.
OWN_MONEY = frozenset({Method.WALLET.value, Method.PAYOUT.value, Method.EMI_RESERVE.value})
# What came onto a booking by eligible money, less what left it again, by the books alone. Money
# that came with no payment of ours is nobody's wallet: it counts.
ELIGIBLE = """
SELECT coalesce(sum(CASE WHEN e.event = ANY(%(comes)s) THEN t.amount_cents
                         ELSE -t.amount_cents END), 0)
FROM domain_entry e JOIN domain_transfer t ON t.entry_id = e.id
LEFT JOIN domain_refund r ON e.source_type = 'refund' AND r.id = e.source_id
LEFT JOIN domain_dispute d ON e.source_type = 'dispute' AND d.id = e.source_id
LEFT JOIN domain_moneycase c ON e.source_type = 'case' AND c.id = e.source_id
LEFT JOIN domain_payment p ON p.id = CASE e.source_type
    WHEN 'payment' THEN e.source_id WHEN 'refund' THEN r.payment_id
    WHEN 'dispute' THEN d.payment_id WHEN 'case' THEN c.payment_id END
WHERE e.booking_id = %(booking)s AND (e.event = ANY(%(comes)s) OR e.event = ANY(%(goes)s))
  AND NOT coalesce(p.method, '') = ANY(%(excluded)s)
"""
MOVED = """
SELECT coalesce(sum(t.amount_cents), 0)
FROM domain_entry e JOIN domain_transfer t ON t.entry_id = e.id WHERE e.key = %s
"""
# What the bonuses of a booking rest on, less what was taken back of them, by rate.
BASES = """
SELECT rate_bps, sum(base_cents) FROM (
    SELECT rate_bps, base_cents FROM domain_referralbonus WHERE booking_id = %(booking)s
    UNION ALL
    SELECT rate_bps, -base_cents FROM domain_referralclawback WHERE booking_id = %(booking)s
) AS based GROUP BY rate_bps
"""
COMES = ["payment.captured", "payment.applied", "refund.reversed"]
GOES = ["refund.completed", "dispute.lost", *SET_FREE]


@dataclass(frozen=True, slots=True)
class Reward(Effect):
    """Give the sponsor what is due by a payment, once the booking knows of the money."""

    payment: Payment

    def preview(self) -> Preview:
        booking = self.payment.booking
        return Preview(f"gives {booking.referred_by} the referral bonus that {booking} makes due")

    def money(self) -> Preview:
        return NO_MONEY

    def apply(self, change: Change) -> None:
        reward(payment_id=self.payment.pk, actor=change.actor, at=change.at)


def after_payment(payment: Payment, applied_cents: int, at: datetime) -> list[Effect]:
    """What a payment put onto a booking does for the sponsor; to be listed after it settles."""
    del at
    return [Reward(payment)] if applied_cents and sponsored(payment.booking) else []


def sponsored(booking: Booking) -> bool:
    return booking.line == Line.VEHICLE and booking.referred_by_id is not None


def rules_of(kept: Mapping[str, int | str]) -> ReferralRules:
    rate, catch_up = int(kept["referral.rate_bps"]), bool(kept["referral.catch_up"])
    return ReferralRules(rate_bps=rate, catch_up=catch_up, excluded=OWN_MONEY)


def eligible_net(booking_id: int, rules: ReferralRules) -> int:
    asked: dict[str, Any] = {"booking": booking_id, "excluded": sorted(rules.excluded)}
    asked |= {"comes": COMES, "goes": GOES}
    [(cents,)] = rows_prepared(ELIGIBLE, asked)
    return int(cents)


def rewarded(booking_id: int, rate_bps: int) -> Rewarded:
    """What the booking's bonuses still rest on, over all rates and at this one."""
    rows = rows_prepared(BASES, {"booking": booking_id})
    bases: dict[int, int] = {rate: int(cents) for rate, cents in rows}
    return Rewarded(sum(bases.values()), bases.get(rate_bps, 0))


@dataclass(frozen=True, slots=True)
class Money:
    """What put money onto a booking: which column of a bonus names it, how much, and whether
    anybody earns on it."""

    of: Mapping[str, int]
    booking_id: int
    cents: int
    method: str


def by_payment(payment: Payment) -> Money:
    cents = _moved(f"payment:{payment.pk}:captured")
    return Money({"payment_id": payment.pk}, payment.booking_id, cents, payment.method)


def by_case(case: MoneyCase) -> Money:
    key = f"case:{case.pk}:applied"
    booking_id = Entry.objects.values_list("booking_id", flat=True).get(key=key)
    assert booking_id is not None  # money is applied to a booking
    method = case.payment.method if case.payment else ""
    return Money({"case_id": case.pk}, booking_id, _moved(key), method)


def _moved(key: str) -> int:
    [(cents,)] = rows_prepared(MOVED, [key])
    return int(cents)


def reward(*, payment_id: int, actor: Actor, at: datetime) -> ReferralBonus | None:
    """Give the bonus of a payment, once; nothing when none is due. May be repeated."""
    payment = read_known(Payment, payment_id)
    return reward_money(money=by_payment(payment), actor=actor, at=at)


def reward_case(*, case_id: int, actor: Actor, at: datetime) -> ReferralBonus | None:
    """Give the bonus of money that a case put onto a booking, once. May be repeated."""
    case = MoneyCase.objects.select_related("payment").get(pk=case_id)
    return reward_money(money=by_case(case), actor=actor, at=at)


@in_transaction
def reward_money(*, money: Money, actor: Actor, at: datetime) -> ReferralBonus | None:
    booking = lock(Booking, money.booking_id)
    sponsor = lock_if_there(Member, booking.referred_by_id)
    if sponsor is None or sponsor.pk == booking.customer_id:
        return None
    [(column, key)] = money.of.items()
    known = find(ReferralBonus, f"{column} = %s", [key])
    if known is not None or not standing_of(sponsor).may_earn:
        return known
    kept = snapshot(SETTINGS, at)
    rules = rules_of(kept)
    found = bonus_for(
        money.cents,
        eligible=money.method not in rules.excluded,
        eligible_net_cents=eligible_net(booking.pk, rules),
        confirmed=booking.state in CONFIRMED,
        so_far=rewarded(booking.pk, rules.rate_bps),
        rules=rules,
    )
    if found.amount_cents <= 0:
        return None
    told = {
        "sponsor": sponsor,
        "booking": booking,
        "base_cents": found.base_cents,
        "rate_bps": rules.rate_bps,
        **money.of,
    }
    return give(told=told, amount_cents=found.amount_cents, kept=kept, actor=actor, at=at)


@in_transaction
def give(
    *,
    told: Mapping[str, Any],
    amount_cents: int,
    kept: dict[str, int | str],
    actor: Actor,
    at: datetime,
) -> ReferralBonus:
    """Credit a bonus: what is owed is settled first, a share is held back, the rest is theirs.

    The caller holds the rows of the booking and of the sponsor.
    """
    sponsor: Member = told["sponsor"]
    owed = max(balances_of(sponsor.pk)["1300"], 0)
    recovered = min(owed, amount_cents)
    held = share(amount_cents - recovered, int(kept["reserve.holdback_bps"]))
    bonus = ReferralBonus.objects.create(
        **told,
        amount_cents=amount_cents,
        held_cents=held,
        recovered_cents=recovered,
        to_wallet_cents=amount_cents - recovered - held,
        rules=kept,
        earned_on=day_of(at),
        at=at,
    )
    _credit(bonus, actor, at)
    return bonus


def _credit(bonus: ReferralBonus, actor: Actor, at: datetime) -> None:
    key, member, source = bonus.entry_key, bonus.sponsor_id, ("bonus", bonus.pk)
    tax = withhold_from_bonus(
        member_id=member,
        source=key,
        base_cents=bonus.amount_cents,
        bears_cents=bonus.to_wallet_cents + bonus.held_cents,
        at=at,
    )
    held = bonus.held_cents - max(tax - bonus.to_wallet_cents, 0)
    if held:
        day = day_of(at)
        Holdback.objects.create(
            member_id=member,
            key=f"bonus:{bonus.pk}",
            amount_cents=held,
            held_on=day,
            release_on=day + timedelta(days=int(bonus.rules["reserve.days"])),
        )
    credited = journal.credited(
        member,
        expense=journal.REFERRALS,
        wallet_cents=max(bonus.to_wallet_cents - tax, 0),
        held_cents=held,
        tax_cents=tax,
    )
    book(key, "referral.credited", credited, source, actor, at)
    settled = journal.offset(member, expense=journal.REFERRALS, cents=bonus.recovered_cents)
    if bonus.recovered_cents:
        book(f"recoverable:{key}", "recoverable.offset", settled, source, actor, at)


def book(
    key: str,
    event: str,
    legs: tuple[Leg, ...],
    source: tuple[str, int],
    actor: Actor,
    at: datetime,
) -> None:
    if legs:
        day = day_of(at)
        post(
            key=key,
            event=event,
            legs=legs,
            currency="INR",
            effective_on=day,
            actor=actor,
            at=at,
            source=source,
        )
