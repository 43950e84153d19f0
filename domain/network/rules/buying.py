"""Who is an Active Buyer: P1 of docs/policies/network.md."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

GIVEN_UP = frozenset({"cancelled", "expired"})


@dataclass(frozen=True, slots=True)
class Bought:
    """What came in and went back for one booking, in paise."""

    paid_cents: int
    refunded_cents: int
    state: str


def net_paid_cents(bookings: Iterable[Bought]) -> int:
    """Paid less refunded over all bookings that were not given up."""
    return sum(
        each.paid_cents - each.refunded_cents for each in bookings if each.state not in GIVEN_UP
    )


def is_active_buyer(net_cents: int, threshold_cents: int) -> bool:
    return net_cents >= threshold_cents
