"""What the published law says of commission, by the day: a comparison, not advice.

:source: docs/policies/tax.md, "The law, as far as its published pages tell"
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Statute:
    """Rate and yearly threshold in force from a day on, and what a statement calls them."""

    since: date
    rate_bps: int
    threshold_cents: int
    section: str
    payment_code: str
    form: str
    certificate: str


LAW = (
    Statute(date(2020, 5, 14), 375, 15_000_00, "194H", "94H", "26Q", "16A"),
    Statute(date(2021, 4, 1), 500, 15_000_00, "194H", "94H", "26Q", "16A"),
    Statute(date(2024, 10, 1), 200, 15_000_00, "194H", "94H", "26Q", "16A"),
    Statute(date(2025, 4, 1), 200, 20_000_00, "194H", "94H", "26Q", "16A"),
    Statute(date(2026, 4, 1), 200, 20_000_00, "393(1) Sl. 1(ii)", "1006", "140", "131"),
)
NO_PAN_RATE_BPS = 2_000


def law_on(day: date) -> Statute:
    """The row in force on a day; before the first, the first."""
    return next((each for each in reversed(LAW) if each.since <= day), LAW[0])
