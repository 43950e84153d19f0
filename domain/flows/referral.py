"""Bonuses for whoever referred a buyer, and what refunds take back of them.

:source: docs/policies/earnings.md, "Referral"
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Sum

from domain.bookings.models import Booking, Line
from domain.common.actors import Actor
from domain.common.effects import Change, Effect, Preview
from domain.common.money import share
from domain.common.settings.queries import snapshot
from domain.common.transactions import in_transaction
from domain.compliance.days import day_of
from domain.ledger.models import Transfer
from domain.ledger.operations import post
from domain.ledger.rules import Leg
from domain.network.earning.models import Holdback, ReferralBonus, ReferralClawback
from domain.network.earning.queries.wallets import balances_of
from domain.network.earning.rules import journal
from domain.network.earning.rules.referral import (
    Bonus,
    ReferralRules,
    Rewarded,
    bonus_for,
    taken_back,
)
from domain.network.models import Member
from domain.network.queries.members import CONFIRMED, standing_of
from domain.payments.models import Method, Payment, Refund

SETTINGS = (
    "referral.rate_bps",
    "referral.catch_up",
    "referral.clawback",
    "referral.exclude_wallet",
    "referral.exclude_reserve",
    "reserve.holdback_bps",
    "reserve.days",
)
# What came onto a booking by eligible payments, less their refunds, by the books alone.
ELIGIBLE = """
SELECT coalesce(sum(t.amount_cents) FILTER (WHERE e.event = 'payment.captured'), 0)
       - coalesce(sum(t.amount_cents) FILTER (WHERE e.event = 'refund.completed'), 0)
       + coalesce(sum(t.amount_cents) FILTER (WHERE e.event = 'refund.reversed'), 0)
FROM domain_entry e JOIN domain_transfer t ON t.entry_id = e.id
LEFT JOIN domain_refund r ON e.source_type = 'refund' AND r.id = e.source_id
JOIN domain_payment p
  ON p.id = CASE WHEN e.source_type = 'payment' THEN e.source_id ELSE r.payment_id END
WHERE e.booking_id = %(booking)s AND NOT p.method = ANY(%(excluded)s)
  AND e.event IN ('payment.captured', 'refund.completed', 'refund.reversed')
"""


@dataclass(frozen=True, slots=True)
class Reward(Effect):
    """Give the sponsor what is due by a payment, once the booking knows of the money."""

    payment: Payment

    def preview(self) -> Preview:
        booking = self.payment.booking
        return Preview(f"gives {booking.referred_by} the referral bonus that {booking} makes due")

    def apply(self, change: Change) -> None:
        reward(payment_id=self.payment.pk, actor=change.actor, at=change.at)


@dataclass(frozen=True, slots=True)
class ClawBack(Effect):
    """Take the refund's share of the booking's bonuses back."""

    refund: Refund

    def preview(self) -> Preview:
        return Preview(f"takes back its share of the bonus of {self.refund.booking.referred_by}")

    def apply(self, change: Change) -> None:
        claw_back(refund_id=self.refund.pk, actor=change.actor, at=change.at)


def after_payment(payment: Payment, applied_cents: int, at: datetime) -> list[Effect]:
    """What a payment put onto a booking does for the sponsor; to be listed after it settles."""
    del at
    return [Reward(payment)] if applied_cents and _sponsored(payment.booking) else []


def after_refund(refund: Refund, at: datetime) -> list[Effect]:
    """What a refund of money that was on a booking takes from the sponsor."""
    del at
    return [ClawBack(refund)] if refund.case_id is None and _sponsored(refund.booking) else []


def _sponsored(booking: Booking) -> bool:
    return booking.line == Line.VEHICLE and booking.referred_by_id is not None


def rules_of(kept: dict[str, int | str]) -> ReferralRules:
    excluded = set[str]()
    if kept["referral.exclude_wallet"]:
        # What a payout pays was a wallet's money a moment before.
        excluded |= {Method.WALLET.value, Method.PAYOUT.value}
    if kept["referral.exclude_reserve"]:
        excluded.add(Method.EMI_RESERVE.value)
    rate, catch_up = int(kept["referral.rate_bps"]), bool(kept["referral.catch_up"])
    return ReferralRules(rate_bps=rate, catch_up=catch_up, excluded=frozenset(excluded))


def eligible_net(booking_id: int, rules: ReferralRules) -> int:
    asked: dict[str, Any] = {"booking": booking_id, "excluded": sorted(rules.excluded)}
    with connection.cursor() as cursor:
        cursor.execute(ELIGIBLE, asked)
        return int(cursor.fetchone()[0])


def applied_of(payment: Payment) -> int:
    """What of a payment went onto its booking."""
    moved = Transfer.objects.filter(entry__key=f"payment:{payment.pk}:captured")
    return int(moved.aggregate(cents=Sum("amount_cents"))["cents"] or 0)


def rewarded(booking_id: int, rate_bps: int) -> Rewarded:
    """What the booking's bonuses still rest on, over all rates and at this one."""
    bases: dict[int, int] = {}
    for model, sign in ((ReferralBonus, 1), (ReferralClawback, -1)):
        rows = model.objects.filter(booking=booking_id).values_list("rate_bps", "base_cents")
        for rate, cents in rows:
            bases[rate] = bases.get(rate, 0) + sign * cents
    return Rewarded(sum(bases.values()), bases.get(rate_bps, 0))


@in_transaction
def reward(*, payment_id: int, actor: Actor, at: datetime) -> ReferralBonus | None:
    """Give the bonus of a payment, once; nothing when none is due. May be repeated."""
    payment = Payment.objects.get(pk=payment_id)
    booking = Booking.objects.select_for_update().get(pk=payment.booking_id)
    sponsor = Member.objects.select_for_update().filter(pk=booking.referred_by_id).first()
    if sponsor is None or sponsor.pk == booking.customer_id:
        return None
    known = ReferralBonus.objects.filter(payment=payment).first()
    if known is not None or not standing_of(sponsor).may_earn:
        return known
    kept = snapshot(SETTINGS, at)
    rules = rules_of(kept)
    found = bonus_for(
        applied_of(payment),
        eligible=payment.method not in rules.excluded,
        eligible_net_cents=eligible_net(booking.pk, rules),
        confirmed=booking.state in CONFIRMED,
        so_far=rewarded(booking.pk, rules.rate_bps),
        rules=rules,
    )
    return _give(sponsor, payment, found, kept, actor, at) if found.amount_cents > 0 else None


def _give(
    sponsor: Member,
    payment: Payment,
    found: Bonus,
    kept: dict[str, int | str],
    actor: Actor,
    at: datetime,
) -> ReferralBonus:
    owed = max(balances_of(sponsor.pk)["1300"], 0)
    recovered = min(owed, found.amount_cents)
    held = share(found.amount_cents - recovered, int(kept["reserve.holdback_bps"]))
    day = day_of(at)
    bonus = ReferralBonus.objects.create(
        sponsor=sponsor,
        booking_id=payment.booking_id,
        payment=payment,
        base_cents=found.base_cents,
        rate_bps=int(kept["referral.rate_bps"]),
        amount_cents=found.amount_cents,
        held_cents=held,
        recovered_cents=recovered,
        to_wallet_cents=found.amount_cents - recovered - held,
        rules=kept,
        earned_on=day,
        at=at,
    )
    if held:
        Holdback.objects.create(
            member=sponsor,
            key=f"bonus:{bonus.pk}",
            amount_cents=held,
            held_on=day,
            release_on=day + timedelta(days=int(kept["reserve.days"])),
        )
    credited = journal.credited(
        sponsor.pk,
        expense=journal.REFERRALS,
        wallet_cents=bonus.to_wallet_cents,
        held_cents=held,
    )
    _book(f"referral:{payment.pk}", "referral.credited", credited, ("bonus", bonus.pk), actor, at)
    settled = journal.offset(sponsor.pk, expense=journal.REFERRALS, cents=recovered)
    if recovered:
        key = f"recoverable:referral:{payment.pk}"
        _book(key, "recoverable.offset", settled, ("bonus", bonus.pk), actor, at)
    return bonus


@in_transaction
def claw_back(*, refund_id: int, actor: Actor, at: datetime) -> ReferralClawback | None:
    """Take a refund's share of the bonuses back, once. May be repeated."""
    refund = Refund.objects.select_related("payment").get(pk=refund_id)
    booking = Booking.objects.select_for_update().get(pk=refund.booking_id)
    sponsor = Member.objects.select_for_update().filter(pk=booking.referred_by_id).first()
    known = ReferralClawback.objects.filter(refund=refund).first()
    kept = snapshot(SETTINGS, at)
    last = ReferralBonus.objects.filter(booking=booking).order_by("-pk").first()
    if sponsor is None or known is not None or last is None or not kept["referral.clawback"]:
        return known
    rules = rules_of(kept)
    if refund.payment.method in rules.excluded:
        return None
    base = min(refund.amount_cents, rewarded(booking.pk, last.rate_bps).base_cents)
    balances = balances_of(sponsor.pk)
    found = taken_back(
        _standing_bonus(booking.pk),
        refund.amount_cents,
        rate_bps=last.rate_bps,
        wallet_cents=balances["2000"],
        held_cents=balances["2015"],
        rest_cents=eligible_net(booking.pk, rules),
    )
    if found.amount_cents <= 0:
        return None
    row = ReferralClawback.objects.create(
        sponsor=sponsor,
        booking=booking,
        refund=refund,
        base_cents=base,
        rate_bps=last.rate_bps,
        amount_cents=found.amount_cents,
        from_held_cents=found.from_held_cents,
        from_wallet_cents=found.from_wallet_cents,
        to_recoverable_cents=found.to_recoverable_cents,
        at=at,
    )
    _take_held(sponsor.pk, found.from_held_cents)
    legs = journal.clawed_back(sponsor.pk, found)
    key = f"clawback:{refund.pk}"
    _book(key, "referral.clawed_back", legs, ("clawback", row.pk), actor, at)
    return row


def _standing_bonus(booking_id: int) -> int:
    """What a booking's bonuses come to after what was taken back."""
    given = ReferralBonus.objects.filter(booking=booking_id).aggregate(cents=Sum("amount_cents"))
    back = ReferralClawback.objects.filter(booking=booking_id).aggregate(cents=Sum("amount_cents"))
    return int(given["cents"] or 0) - int(back["cents"] or 0)


def _take_held(member_id: int, cents: int) -> None:
    """Mark held money as taken, the oldest first."""
    rows = Holdback.objects.select_for_update().filter(member=member_id, released_on=None)
    for row in rows.order_by("release_on", "pk") if cents else ():
        took = min(cents, row.amount_cents - row.taken_cents)
        row.taken_cents += took
        cents -= took
        row.save(update_fields=["taken_cents"])


def _book(
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
