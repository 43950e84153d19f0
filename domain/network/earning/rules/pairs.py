"""Which pairs a run makes, and what one is worth.

The run itself does this for all members at once in SQL; these functions say what it must give,
and tests hold the two together.

:source: docs/policies/earnings.md, "Pairs"
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from domain.common.money import share

CARRY, FLUSH = "CARRY", "FLUSH"


@dataclass(frozen=True, slots=True)
class Legs:
    """A member's counters. Available on a side = units − matched − flushed."""

    left: int
    right: int
    matched: int = 0
    flushed_left: int = 0
    flushed_right: int = 0

    @property
    def free_left(self) -> int:
        return self.left - self.matched - self.flushed_left

    @property
    def free_right(self) -> int:
        return self.right - self.matched - self.flushed_right


@dataclass(frozen=True, slots=True)
class Match:
    """``first`` is the number of the first new pair; None when there is none."""

    new_pairs: int
    first: int | None
    flushed: int
    carry_left: int
    carry_right: int


def match(legs: Legs, *, month_used: int, cap: int, overflow: str = CARRY) -> Match:
    """Pairs are the smaller leg, up to what is left of the month's cap.

    Units that reversals took away leave a debt: a leg below zero pairs nothing until new
    units have filled it. Under FLUSH what both legs could still pair once the cap is used up
    is burned; what only one leg has is carried always.
    """
    balanced = max(0, min(legs.free_left, legs.free_right))
    new = min(balanced, max(0, cap - month_used))
    flushed = balanced - new if overflow == FLUSH else 0
    return Match(
        new_pairs=new,
        first=legs.matched + 1 if new else None,
        flushed=flushed,
        carry_left=legs.free_left - new - flushed,
        carry_right=legs.free_right - new - flushed,
    )


def month_of(day: date) -> date:
    """The month by its first day; ``day`` is the Indian one."""
    return day.replace(day=1)


@dataclass(frozen=True, slots=True)
class PairCredit:
    gross_cents: int
    to_reserve_cents: int
    to_wallet_cents: int


def pair_credit(
    number: int,
    gross_cents: int,
    *,
    active_buyer: bool,
    full_count: int = 5,
    deduction_bps: int = 2_000,
) -> PairCredit:
    """What a pair is worth: the first of a lifetime in full, and all to an Active Buyer."""
    in_full = number <= full_count or active_buyer
    reserve = 0 if in_full else share(gross_cents, deduction_bps)
    return PairCredit(gross_cents, reserve, gross_cents - reserve)


def returned(debt_before: int, debt: int, back: int, *, clawback: bool) -> tuple[int, int]:
    """How many pairs a run takes back, and how many it gives again.

    :param debt_before: units the deeper leg lacked before this run, and lacks after it
    :param back: pairs whose money is with the house already
    :param clawback: whether `pair.on_reversal` says so; under DEBT nothing is taken
    """
    taken = max(debt - max(debt_before, back), 0) if clawback else 0
    return taken, max(back - debt, 0)
