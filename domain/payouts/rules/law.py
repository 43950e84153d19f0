"""What the published law says of commission, by the day: a comparison, not advice.

:source: docs/policies/tax.md, "The law, as far as its published pages tell"
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from domain.payouts.rules.calendar import ITA2025, statute_of


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
# The places of the rule on a missing PAN; the new Act's number is told differently by each source.
NO_PAN_SECTION = {ITA2025: "397(2)"}


def law_on(day: date) -> Statute:
    """The row in force on a day; before the first, the first."""
    return next((each for each in reversed(LAW) if each.since <= day), LAW[0])


def no_pan_section(day: date) -> str:
    return NO_PAN_SECTION.get(statute_of(day), "206AA")
