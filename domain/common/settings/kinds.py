"""What a business setting is: its name, kind, default, bounds and meaning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from domain.common.errors import InvalidInput

NO_MOST = 10**12
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
    WORDS = "words in order"


@dataclass(frozen=True, slots=True)
class Definition:
    """``default`` counts from ``since`` on where no approved row does; without one, or before
    that day, nothing is in force and whoever asks is refused. A choice is kept as its place in
    ``choices``: new ones are added at the end. Words in order are kept as the digits of their
    places, the first being 1, so that nine can be chosen from; ``needed`` are always among them.
    """

    name: str
    kind: Kind
    default: int | None
    means: str
    least: int = 0
    most: int = NO_MOST
    currency: str = "USD"
    choices: tuple[str, ...] = ()
    needed: tuple[str, ...] = ()
    since: datetime = BEGINNING

    def default_at(self, at: datetime) -> int | None:
        return self.default if at >= self.since else None

    def words_of(self, value: int) -> tuple[str, ...]:
        """The words that a value of words in order stands for."""
        return tuple(self.choices[int(digit) - 1] for digit in str(value))

    def value_of(self, words: Sequence[str]) -> int:
        """:raises InvalidInput: unknown, twice, or one that is needed is missing"""
        unknown = [word for word in words if word not in self.choices]
        missing = [word for word in self.needed if word not in words]
        wrong = (
            (not words, "Give at least one."),
            (unknown, f"There is no {', '.join(unknown)}; choose of {', '.join(self.choices)}."),
            (len(set(words)) != len(words), "Each can be there once."),
            (missing, f"{', '.join(missing)} cannot be left out."),
        )
        if errors := [sentence for found, sentence in wrong if found]:
            raise InvalidInput.of({"value": errors})
        return int("".join(f"{self.choices.index(word) + 1}" for word in words))
