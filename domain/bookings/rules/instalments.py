"""The instalment plan: how the rest of a price is spread, filled and asked for.

:source: docs/policies/vehicles.md, "Instalments"
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from domain.catalog.rules.validation import months_after

MONTHS = (3, 6, 12, 24)
RUPEE_CENTS = 100


class Scope(StrEnum):
    """Which instalments money of a payout or the reserve fills."""

    DUE_ONLY = "DUE_ONLY"
    DUE_PLUS_NEXT = "DUE_PLUS_NEXT"
    ALL_OUTSTANDING = "ALL_OUTSTANDING"


@dataclass(frozen=True, slots=True)
class Planned:
    number: int
    due_on: date
    amount_cents: int


@dataclass(frozen=True, slots=True)
class Part:
    """An instalment as the rules see it; what is waived of it is asked of nobody."""

    due_on: date
    amount_cents: int
    paid_cents: int = 0
    waived_cents: int = 0

    @property
    def open_cents(self) -> int:
        return self.amount_cents - self.paid_cents - self.waived_cents


def plan(*, financed_cents: int, months: int, first_due: date) -> list[Planned]:
    """Spread what is financed over months, without interest.

    Instalments are whole rupees, the last takes the rest; a day that a month lacks becomes
    its last.
    """
    each = financed_cents // months // RUPEE_CENTS * RUPEE_CENTS
    amounts = [each] * (months - 1) + [financed_cents - each * (months - 1)]
    return [
        Planned(number, months_after(first_due, number - 1), amount)
        for number, amount in enumerate(amounts, start=1)
    ]


def filled(parts: Sequence[Part], paid_cents: int) -> list[int]:
    """Say what each instalment has got when so much was paid towards all, the oldest first.

    It depends on the sum alone: however the same money was split, the answer is the same.
    """
    found = []
    for part in parts:
        took = min(max(paid_cents, 0), part.amount_cents - part.waived_cents)
        found.append(took)
        paid_cents -= took
    return found


def owed(parts: Sequence[Part], on: date, scope: Scope = Scope.DUE_ONLY) -> list[int]:
    """Say what each instalment asks for on a day; the day on which it is due counts."""
    due = [part.open_cents if part.due_on <= on else 0 for part in parts]
    later = [number for number, part in enumerate(parts) if part.due_on > on and part.open_cents]
    if scope is Scope.DUE_ONLY:
        later = []
    elif scope is Scope.DUE_PLUS_NEXT:
        later = later[:1]
    for number in later:
        due[number] = parts[number].open_cents
    return due


def changed_amounts(parts: Sequence[Part], change_cents: int) -> list[int]:
    """Spread a change of the price over what is not settled yet, the last instalment first.

    More falls on the last one; less shortens the plan from its end, never below what an
    instalment has got already.
    """
    amounts = [part.amount_cents for part in parts]
    if change_cents >= 0:
        amounts[-1] += change_cents
        return amounts
    left = -change_cents
    for number in reversed(range(len(parts))):
        part = parts[number]
        taken = min(left, part.amount_cents - part.paid_cents - part.waived_cents)
        amounts[number] -= taken
        left -= taken
    return amounts
