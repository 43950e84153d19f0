"""The tax year of India: April to March, its quarters, and when tax and statements are due.

:source: docs/policies/tax.md, "Calendar"
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

APRIL = 4
NEW_ACT = date(2026, 4, 1)
ITA1961, ITA2025 = "ITA1961", "ITA2025"
# The statement of a quarter is due on the last day of the month after it; of the last, in May.
STATEMENT_DUE = {1: (7, 31), 2: (10, 31), 3: (1, 31), 4: (5, 31)}


@dataclass(frozen=True, slots=True, order=True)
class Quarter:
    """A quarter of a tax year; ``year`` is that in which the tax year begins."""

    year: int
    number: int

    @property
    def fy(self) -> str:
        return fy_name(self.year)

    @property
    def name(self) -> str:
        return f"Q{self.number}"

    @property
    def starts_on(self) -> date:
        month = APRIL + 3 * (self.number - 1)
        return date(self.year, month, 1) if month <= 12 else date(self.year + 1, month - 12, 1)

    @property
    def ends_on(self) -> date:
        return self.next().starts_on - timedelta(days=1)

    @property
    def statement_by(self) -> date:
        month, day = STATEMENT_DUE[self.number]
        return date(self.year + 1 if self.number >= 3 else self.year, month, day)

    def next(self) -> Quarter:
        return Quarter(self.year, self.number + 1) if self.number < 4 else Quarter(self.year + 1, 1)

    def __str__(self) -> str:
        return f"{self.name} of {self.fy}"


def fy_name(year: int) -> str:
    return f"{year}-{(year + 1) % 100:02d}"


def year_of(day: date) -> int:
    """The calendar year in which the day's tax year begins."""
    return day.year if day.month >= APRIL else day.year - 1


def quarter_of(day: date) -> Quarter:
    return Quarter(year_of(day), (day.month - APRIL) % 12 // 3 + 1)


def deposit_by(day: date) -> date:
    """Until when tax withheld on a day is deposited: the 7th, for March the 30th of April."""
    if day.month == 3:
        return date(day.year, 4, 30)
    return date(day.year + day.month // 12, day.month % 12 + 1, 7)


def statute_of(day: date) -> str:
    return ITA2025 if day >= NEW_ACT else ITA1961
