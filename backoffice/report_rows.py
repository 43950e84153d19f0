"""The rows behind the figures of reports that are no sums of transfers.

Each is a page at ``reports/rows/<name>/``: what it asks for stands in its address.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.urls import reverse
from django.utils import timezone

from backoffice.access import url_for_holders
from backoffice.admin.report_ranges import Days
from backoffice.reports import Line, Named, Value
from domain.bookings.models import BookingState

INR, MOST = "INR", 500
STATES = dict(BookingState.choices)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address of a page of rows asks for."""

    words: Mapping[str, str]
    days: Days
    at: datetime

    def number(self, name: str) -> int | None:
        text = self.words.get(name, "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None

    def one_of[T](self, name: str, known: Mapping[str, T], default: str) -> str:
        return self.words[name] if self.words.get(name) in known else default


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows, ``count`` of them in all; ``cents`` None where they are no money."""

    title: str
    about: str
    headings: tuple[str, ...]
    lines: tuple[Line, ...]
    count: int
    cents: int | None = None
    numbers: frozenset[int] = field(default=frozenset())
    empty: str = "Nothing is behind this figure."


def moment(at: datetime | None) -> str:
    return f"{timezone.localtime(at):%a %d %b %Y, %H:%M}" if at else "–"


def booking_link(booking_id: int, number: str) -> Named:
    url = reverse("admin:domain_booking_change", args=[booking_id])
    return Named(number, url_for_holders("domain.view_booking", url))


def member_link(member_id: int, name: str) -> Named:
    url = reverse("admin:domain_member_change", args=[member_id])
    return Named(name, url_for_holders("domain.view_member", url))


def rows_of(
    title: str,
    about: str,
    headings: tuple[str, ...],
    lines: Sequence[tuple[Value, ...]],
    count: int,
    cents: int | None,
    *,
    numbers: set[int],
) -> Rows:
    shown = tuple(map(Line, lines))
    return Rows(title, about, headings, shown, count, cents, frozenset(numbers))
