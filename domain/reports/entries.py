"""The transfers behind a figure of a report."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from domain.reports.moved import LEGS

BEHIND = f"""
WITH {LEGS}
SELECT e.effective_on AS day, e.key, e.event, l.code, e.booking_id, b.number, e.actor_label AS who,
       l.cents, l.id
FROM legs l JOIN domain_entry e ON e.id = l.entry_id
LEFT JOIN domain_booking b ON b.id = e.booking_id
WHERE (%(service)s::text IS NULL OR coalesce(b.service_type, '') = %(service)s)
  AND (%(vehicle)s::text IS NULL OR coalesce(b.vehicle_sku, '') = %(vehicle)s)
  AND (%(events)s::text[] IS NULL OR e.event = ANY(%(events)s))
  AND (%(but)s::text[] IS NULL OR e.event <> ALL(%(but)s))
  AND (%(families)s::text[] IS NULL OR split_part(e.event, '.', 1) = ANY(%(families)s))
  AND (NOT %(rest)s OR split_part(e.event, '.', 1)
       <> ALL(ARRAY['payment', 'refund', 'dispute', 'fee']))
"""  # noqa: S608  our own words only


@dataclass(frozen=True, slots=True)
class Behind:
    """Which transfers: days, accounts, and where given the service or vehicle and the events.

    ``credits_count_up`` for accounts that grow by credit, as income does.
    """

    since: date
    until: date
    currency: str
    codes: tuple[str, ...]
    service: str | None = None
    vehicle: str | None = None
    events: tuple[str, ...] | None = None
    but: tuple[str, ...] | None = None
    families: tuple[str, ...] | None = None
    rest: bool = False
    credits_count_up: bool = False

    def params(self) -> dict[str, Any]:
        return {
            "since": self.since,
            "until": self.until,
            "currency": self.currency,
            "codes": list(self.codes),
            "service": self.service,
            "vehicle": self.vehicle,
            "events": _listed(self.events),
            "but": _listed(self.but),
            "families": _listed(self.families),
            "rest": self.rest,
        }


def _listed(words: tuple[str, ...] | None) -> list[str] | None:
    return None if words is None else list(words)


@dataclass(frozen=True, slots=True)
class Line:
    day: date
    key: str
    event: str
    code: str
    booking_id: int | None
    number: str
    who: str
    cents: int


def lines_behind(asked: Behind, *, limit: int = 500) -> list[Line]:
    sign = -1 if asked.credits_count_up else 1
    with connection.cursor() as cursor:
        cursor.execute(
            BEHIND + "ORDER BY 1, l.id LIMIT %(limit)s",
            {**asked.params(), "limit": limit},
        )
        return [
            Line(day, key, event, code, booking_id, number or "", who, sign * int(cents))
            for day, key, event, code, booking_id, number, who, cents, _ in cursor.fetchall()
        ]


def sum_behind(asked: Behind) -> tuple[int, int]:
    """How many transfers, and their sum in minor units."""
    sign = -1 if asked.credits_count_up else 1
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*), coalesce(sum(cents), 0) FROM ({BEHIND}) found",  # noqa: S608
            asked.params(),
        )
        count, cents = cursor.fetchone()
        return int(count), sign * int(cents)
