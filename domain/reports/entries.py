"""The transfers behind a figure of a report."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

BEHIND = """
SELECT e.effective_on, e.key, e.event, a.code, e.booking_id, b.number, e.actor_label,
       CASE WHEN a.id = t.debit_id THEN t.amount_cents ELSE -t.amount_cents END
FROM domain_entry e
JOIN domain_transfer t ON t.entry_id = e.id
JOIN domain_account a ON a.id IN (t.debit_id, t.credit_id)
LEFT JOIN domain_booking b ON b.id = e.booking_id
WHERE e.effective_on BETWEEN %(since)s AND %(until)s AND t.currency = %(currency)s
  AND a.code = ANY(%(codes)s)
  AND (%(service)s::text IS NULL OR coalesce(b.service_type, '') = %(service)s)
  AND (%(families)s::text[] IS NULL OR split_part(e.event, '.', 1) = ANY(%(families)s))
  AND (NOT %(rest)s OR split_part(e.event, '.', 1)
       <> ALL(ARRAY['payment', 'refund', 'dispute', 'fee']))
"""


@dataclass(frozen=True, slots=True)
class Behind:
    """Which transfers: days, accounts, and where given the service and the kinds of events.

    ``credits_count_up`` for accounts that grow by credit, as income does.
    """

    since: date
    until: date
    currency: str
    codes: tuple[str, ...]
    service: str | None = None
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
            "families": list(self.families) if self.families is not None else None,
            "rest": self.rest,
        }


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
            BEHIND + "ORDER BY e.effective_on, t.id LIMIT %(limit)s",
            {**asked.params(), "limit": limit},
        )
        return [
            Line(day, key, event, code, booking_id, number or "", who, sign * int(cents))
            for day, key, event, code, booking_id, number, who, cents in cursor.fetchall()
        ]


def sum_behind(asked: Behind) -> tuple[int, int]:
    """How many transfers, and their sum in minor units."""
    sign = -1 if asked.credits_count_up else 1
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*), coalesce(sum(cents), 0) FROM ({BEHIND}) "  # noqa: S608
            "AS found(day, key, event, code, booking_id, number, who, cents)",
            asked.params(),
        )
        count, cents = cursor.fetchone()
        return int(count), sign * int(cents)
