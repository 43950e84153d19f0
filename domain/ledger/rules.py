"""What an entry is made of. A leg has one debit and one credit, so nothing can be unbalanced."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, order=True)
class AccountRef:
    """An account by its code, and by whose it is where the chart says so."""

    code: str
    booking_id: int | None = None
    customer_id: int | None = None


@dataclass(frozen=True, slots=True)
class Leg:
    """Moves ``amount_cents`` (minor units, above zero) from ``credit`` to ``debit``."""

    debit: AccountRef
    credit: AccountRef
    amount_cents: int

    def reversed(self) -> Leg:
        return Leg(self.credit, self.debit, self.amount_cents)


@dataclass(frozen=True, slots=True)
class Posting:
    """One entry of many that are posted together."""

    key: str
    event: str
    legs: tuple[Leg, ...]
    effective_on: date
    booking_id: int | None = None
    source: tuple[str, int] | None = None
    memo: str = ""


def faults(legs: Iterable[Leg]) -> list[str]:
    """Say what is wrong with an entry's legs; empty when nothing is."""
    legs = list(legs)
    found = [] if legs else ["An entry needs at least one leg."]
    for leg in legs:
        if leg.amount_cents <= 0:
            found.append("An amount must be above zero.")
        if leg.debit == leg.credit:
            found.append("Debit and credit must be different accounts.")
    return found
