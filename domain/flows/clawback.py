"""What a refund or a lost dispute takes back of a booking's bonuses, and a refund that the bank
returned gives again.

:source: docs/policies/earnings.md, "Referral"
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Sum

from domain.bookings.models import Booking
from domain.common.actors import Actor
from domain.common.effects import Change, Effect, Preview
from domain.common.settings.queries import snapshot
from domain.common.transactions import in_transaction
from domain.flows.accrual import give_tax_back
from domain.flows.referral import (
    SETTINGS,
    book,
    eligible_net,
    give,
    rewarded,
    rules_of,
    sponsored,
)
from domain.network.earning.models import Holdback, ReferralBonus, ReferralClawback
from domain.network.earning.queries.wallets import balances_of
from domain.network.earning.rules import journal
from domain.network.earning.rules.referral import taken_back
from domain.network.models import Member
from domain.payments.models import Dispute, MoneyCase, Refund
from domain.payouts.models import TaxRecord


@dataclass(frozen=True, slots=True)
class Loss:
    """Money that left a booking: which column of a clawback names it, and how much."""

    of: Mapping[str, int]
    booking: Booking
    method: str
    cents: int
    key: str


def by_refund(refund: Refund) -> Loss:
    key = f"clawback:{refund.pk}"
    of = {"refund_id": refund.pk}
    return Loss(of, refund.booking, refund.payment.method, refund.amount_cents, key)


def by_dispute(dispute: Dispute) -> Loss:
    key = f"clawback:dispute:{dispute.pk}"
    of = {"dispute_id": dispute.pk}
    return Loss(of, dispute.booking, dispute.payment.method, dispute.amount_cents, key)


def by_case(case: MoneyCase, booking: Booking, cents: int) -> Loss:
    """Money that staff took off a booking which had earned its sponsor something."""
    return Loss({"case_id": case.pk}, booking, "", cents, f"clawback:case:{case.pk}")


@dataclass(frozen=True, slots=True)
class ClawBack(Effect):
    """Take its share of the booking's bonuses back."""

    loss: Loss

    def preview(self) -> Preview:
        return Preview(f"takes back its share of the bonus of {self.loss.booking.referred_by}")

    def apply(self, change: Change) -> None:
        claw_back(loss=self.loss, actor=change.actor, at=change.at)


@dataclass(frozen=True, slots=True)
class GiveAgain(Effect):
    """Give again what a refund took back, for the bank has returned its money."""

    refund: Refund

    def preview(self) -> Preview:
        return Preview(f"gives {self.refund.booking.referred_by} again what the refund took back")

    def apply(self, change: Change) -> None:
        give_again(refund_id=self.refund.pk, actor=change.actor, at=change.at)


def after_refund(refund: Refund) -> list[Effect]:
    """What a refund of money that was on a booking takes from the sponsor."""
    on_booking = refund.case_id is None and sponsored(refund.booking)
    return [ClawBack(by_refund(refund))] if on_booking else []


def after_dispute(dispute: Dispute) -> list[Effect]:
    return [ClawBack(by_dispute(dispute))] if sponsored(dispute.booking) else []


def after_bounce(refund: Refund) -> list[Effect]:
    return [GiveAgain(refund)] if refund.case_id is None and sponsored(refund.booking) else []


@in_transaction
def claw_back(*, loss: Loss, actor: Actor, at: datetime) -> ReferralClawback | None:
    """Take a loss's share of the bonuses back, once. May be repeated."""
    booking = Booking.objects.select_for_update().get(pk=loss.booking.pk)
    sponsor = Member.objects.select_for_update().filter(pk=booking.referred_by_id).first()
    known = ReferralClawback.objects.filter(**loss.of).first()
    kept = snapshot(SETTINGS, at)
    last = ReferralBonus.objects.filter(booking=booking).order_by("-pk").first()
    if sponsor is None or known is not None or last is None or not kept["referral.clawback"]:
        return known
    rules = rules_of(kept)
    if loss.method in rules.excluded:
        return None
    asked = {
        "rate_bps": last.rate_bps,
        "rest_cents": eligible_net(booking.pk, rules),
    }
    standing = _standing_bonus(booking.pk)
    amount = taken_back(standing, loss.cents, wallet_cents=0, **asked).amount_cents
    if amount <= 0:
        return None
    base = min(loss.cents, rewarded(booking.pk, last.rate_bps).base_cents)
    _give_tax_back(booking.pk, sponsor.pk, amount, actor, at)
    there = balances_of(sponsor.pk)
    found = taken_back(
        standing, loss.cents, wallet_cents=there["2000"], held_cents=there["2015"], **asked
    )
    row = ReferralClawback.objects.create(
        sponsor=sponsor,
        booking=booking,
        base_cents=base,
        rate_bps=last.rate_bps,
        amount_cents=found.amount_cents,
        from_held_cents=found.from_held_cents,
        from_wallet_cents=found.from_wallet_cents,
        to_recoverable_cents=found.to_recoverable_cents,
        at=at,
        **loss.of,
    )
    take_held(sponsor.pk, found.from_held_cents)
    legs = journal.clawed_back(sponsor.pk, found)
    book(loss.key, "referral.clawed_back", legs, ("clawback", row.pk), actor, at)
    return row


def _give_tax_back(booking_id: int, member_id: int, cents: int, actor: Actor, at: datetime) -> None:
    """Let the tax of the bonuses go back first, of the newest first, where it still can."""
    for bonus in ReferralBonus.objects.filter(booking=booking_id).order_by("-pk"):
        key = bonus.entry_key
        rows = TaxRecord.objects.filter(member=member_id, payout=None, source__startswith=key)
        of_it = [row.base_cents for row in rows if row.source.removeprefix(key)[:1] in {"", ":"}]
        took = min(cents, sum(of_it) if of_it else bonus.amount_cents)
        if of_it and took > 0:
            give_tax_back(source=key, member_id=member_id, cents=took, actor=actor, at=at)
        cents -= took


@in_transaction
def give_again(*, refund_id: int, actor: Actor, at: datetime) -> ReferralBonus | None:
    """Give exactly what a refund took back that the bank has returned, once. May be repeated."""
    refund = Refund.objects.get(pk=refund_id)
    booking = Booking.objects.select_for_update().get(pk=refund.booking_id)
    Member.objects.select_for_update().filter(pk=booking.referred_by_id).first()
    known = ReferralBonus.objects.filter(refund=refund).first()
    taken = ReferralClawback.objects.filter(refund=refund).select_related("sponsor").first()
    if known is not None or taken is None:
        return known
    told: dict[str, Any] = {
        "sponsor": taken.sponsor,
        "booking": booking,
        "refund": refund,
        "base_cents": taken.base_cents,
        "rate_bps": taken.rate_bps,
    }
    kept = snapshot(SETTINGS, at)
    return give(told=told, amount_cents=taken.amount_cents, kept=kept, actor=actor, at=at)


def _standing_bonus(booking_id: int) -> int:
    """What a booking's bonuses come to after what was taken back."""
    given = ReferralBonus.objects.filter(booking=booking_id).aggregate(cents=Sum("amount_cents"))
    back = ReferralClawback.objects.filter(booking=booking_id).aggregate(cents=Sum("amount_cents"))
    return int(given["cents"] or 0) - int(back["cents"] or 0)


def take_held(member_id: int, cents: int) -> None:
    """Mark held money as taken, the oldest first."""
    rows = Holdback.objects.select_for_update().filter(member=member_id, released_on=None)
    for row in rows.order_by("release_on", "pk") if cents else ():
        took = min(cents, row.amount_cents - row.taken_cents)
        row.taken_cents += took
        cents -= took
        row.save(update_fields=["taken_cents"])
