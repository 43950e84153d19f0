"""The days a report covers: presets, own dates, and the period before for comparison."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

LONGEST = timedelta(days=3 * 366)


@dataclass(frozen=True, slots=True)
class Days:
    since: date
    until: date

    @property
    def count(self) -> int:
        return (self.until - self.since).days + 1

    def before(self) -> Days:
        """As many days, directly before."""
        last = self.since - timedelta(days=1)
        return Days(last - timedelta(days=self.count - 1), last)

    def within_month(self, month: date) -> Days:
        """Those of these days that lie in a month, named by any of its days."""
        first = month.replace(day=1)
        last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        return Days(max(self.since, first), min(self.until, last))

    def query(self, **more: str) -> str:
        return urlencode({"since": self.since, "until": self.until, **more})

    def said(self) -> str:
        if self.since == self.until:
            return f"{self.since:%d %b %Y}"
        return f"{self.since:%d %b %Y} – {self.until:%d %b %Y}"


def _month_before(day: date) -> Days:
    last = day.replace(day=1) - timedelta(days=1)
    return Days(last.replace(day=1), last)


def _quarter(day: date) -> date:
    return day.replace(month=3 * ((day.month - 1) // 3) + 1, day=1)


PRESETS: tuple[tuple[str, str, Callable[[date], Days]], ...] = (
    ("today", "Today", lambda day: Days(day, day)),
    ("week", "Last 7 days", lambda day: Days(day - timedelta(days=6), day)),
    ("days", "Last 30 days", lambda day: Days(day - timedelta(days=29), day)),
    ("month", "This month", lambda day: Days(day.replace(day=1), day)),
    ("last_month", "Last month", _month_before),
    ("quarter", "This quarter", lambda day: Days(_quarter(day), day)),
    ("year", "This year", lambda day: Days(day.replace(month=1, day=1), day)),
)
DEFAULT = "days"


def chosen(parameters: dict[str, str], today: date) -> tuple[Days, str]:
    """The days asked for and the preset's name, "" for own dates; nonsense is the default."""
    since, until = _day(parameters.get("since")), _day(parameters.get("until"))
    if since and until and since <= until and until - since <= LONGEST:
        return Days(since, until), ""
    asked = parameters.get("range", DEFAULT)
    by_name = {name: days for name, _, days in PRESETS}
    name = asked if asked in by_name else DEFAULT
    return by_name[name](today), name


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
