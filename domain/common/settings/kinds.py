"""What a business setting is: its name, kind, default, bounds and meaning."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

BEGINNING = datetime(1, 1, 1, tzinfo=UTC)


class Kind(StrEnum):
    CENTS = "amount in minor units"
    BPS = "basis points"
    COUNT = "whole number"
    HOURS = "hours"
    DAYS = "days"
    MONTHS = "months"
    HOUR_OF_DAY = "hour of the day"
    YES_NO = "yes or no"
    CHOICE = "choice"


@dataclass(frozen=True, slots=True)
class Definition:
    """``default`` counts from ``since`` on where no approved row does; without one, or before
    that day, nothing is in force and whoever asks is refused. A choice is kept as its place in
    ``choices``: new ones are added at the end.
    """

    name: str
    kind: Kind
    default: int | None
    means: str
    least: int = 0
    most: int = 10**12
    currency: str = "USD"
    choices: tuple[str, ...] = ()
    since: datetime = BEGINNING

    def default_at(self, at: datetime) -> int | None:
        return self.default if at >= self.since else None
