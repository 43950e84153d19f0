"""Cancellation fees and refund parts: pure arithmetic in minor units."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from domain.common.money import percent, share, show, spread

# When a window without an hour of its own begins, for counting hours before pickup.
WINDOW_STARTS = {"morning": 8, "afternoon": 12, "no_time_preference": 8}


@dataclass(frozen=True, slots=True)
class Policy:
    free_until_hours: int
    late_fee_bps: int
    same_day_fee_bps: int


@dataclass(frozen=True, slots=True)
class CancellationTerms:
    """What cancelling costs at a moment, and the rule in words."""

    fee_cents: int
    refund_cents: int
    words: str


def pickup_moment(day: date, window: str, hour: int | None, zone: ZoneInfo) -> datetime:
    start = hour if hour is not None else WINDOW_STARTS.get(window, 8)
    return datetime.combine(day, time(start), tzinfo=zone)


def cancellation_terms(
    *,
    policy: Policy,
    total_cents: int,
    held_cents: int,
    currency: str,
    pickup: datetime,
    at: datetime,
) -> CancellationTerms:
    """Work out the fee kept and the refund due when a delivery is cancelled.

    :param held_cents: what we hold of the guest's money: paid, less refunds paid or promised
    :source: docs/policies/cancellation.md

    The fee is a share of the total and never more than what is held: a guest who has not
    paid owes nothing.
    """
    bps, why = _tier(policy, pickup, at)
    fee = min(share(total_cents, bps), max(held_cents, 0))
    refund = max(held_cents, 0) - fee
    if held_cents <= 0:
        words = f"Nothing is held for it, so nothing is kept or refunded. ({why})"
    else:
        kept = f"{show(fee, currency)} is kept" if fee else "nothing is kept"
        words = f"{why}: {kept}, {show(refund, currency)} goes back."
    return CancellationTerms(fee, refund, words)


def _tier(policy: Policy, pickup: datetime, at: datetime) -> tuple[int, str]:
    local = at.astimezone(pickup.tzinfo)
    if local.date() >= pickup.date():
        return policy.same_day_fee_bps, f"{percent(policy.same_day_fee_bps)} on the day of pickup"
    hours = (pickup - at).total_seconds() // 3600
    if hours >= policy.free_until_hours:
        return 0, f"Free until {policy.free_until_hours} h before pickup"
    within = f"within {policy.free_until_hours} h of pickup ({int(hours)} h ahead)"
    return policy.late_fee_bps, f"{percent(policy.late_fee_bps)} {within}"


def refund_parts(refund_cents: int, left_cents: list[int]) -> list[int]:
    """Spread a refund over what is left of each line, by largest remainder.

    Lines below zero (rebates) take no part; the rest weigh by what is left of them.

    :raises ValueError: more is refunded than the lines have left
    """
    weights = [max(left, 0) for left in left_cents]
    if refund_cents > sum(weights):
        raise ValueError("the lines have less left than is refunded")
    return spread(refund_cents, weights)
