"""What guests still owe, by service and age, and what we hold of their money."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from domain.ledger.queries import balance
from domain.reports.money import Agreement

AGES = ("up to 1 day", "2–7 days", "8–30 days", "over 30 days")

# What counts as paid is what ``domain.ledger.queries.booking_cash`` counts; a test compares.
OWED = """
WITH candidates AS (
    SELECT b.* FROM domain_booking b
    WHERE b.state IN ('pending', 'paid', 'active', 'in_transit') AND b.currency = %(currency)s
    UNION
    SELECT b.* FROM domain_booking b JOIN domain_dispute d ON d.booking_id = b.id
    WHERE d.state = 'lost' AND b.state = 'completed' AND b.currency = %(currency)s
), cash AS (
    SELECT e.booking_id, sum(CASE WHEN e.event = 'dispute.lost' THEN -t.amount_cents
                                  ELSE t.amount_cents END) AS paid
    FROM domain_entry e JOIN domain_transfer t ON t.entry_id = e.id
    WHERE e.booking_id IN (SELECT id FROM candidates)
      AND e.event IN ('payment.captured', 'payment.applied', 'dispute.lost')
    GROUP BY 1
), owed AS (
    SELECT c.id, c.number, c.service_type, c.state, c.created_at, c.pickup_date, c.total_cents,
           coalesce(cash.paid, 0) AS paid_cents,
           c.total_cents - coalesce(cash.paid, 0) AS due_cents,
           CASE WHEN c.created_at > %(at)s - interval '2 days' THEN 0
                WHEN c.created_at > %(at)s - interval '8 days' THEN 1
                WHEN c.created_at > %(at)s - interval '31 days' THEN 2 ELSE 3 END AS age
    FROM candidates c LEFT JOIN cash ON cash.booking_id = c.id
    WHERE c.created_at <= %(at)s AND c.total_cents > coalesce(cash.paid, 0)
)
"""

BY_AGE = f"""
{OWED}
SELECT service_type, age, count(*), sum(total_cents), sum(paid_cents), sum(due_cents)
FROM owed GROUP BY 1, 2 ORDER BY 1, 2
"""  # noqa: S608  our own words only
LARGEST = f"""
{OWED}
SELECT id, number, service_type, state, created_at, total_cents, paid_cents, due_cents
FROM owed
WHERE (%(service)s = '' OR service_type = %(service)s)
  AND (%(age)s::int IS NULL OR age = %(age)s)
ORDER BY due_cents DESC, id LIMIT %(limit)s
"""  # noqa: S608  our own words only


@dataclass(frozen=True, slots=True)
class Receivable:
    """What is owed for one service by bookings of one age, in minor units."""

    service: str
    age: int
    bookings: int
    total_cents: int
    paid_cents: int
    due_cents: int

    @property
    def age_words(self) -> str:
        return AGES[self.age]


@dataclass(frozen=True, slots=True)
class OwedBooking:
    booking_id: int
    number: str
    service: str
    state: str
    created_at: datetime
    total_cents: int
    paid_cents: int
    due_cents: int


def receivables(*, at: datetime, currency: str) -> list[Receivable]:
    with connection.cursor() as cursor:
        cursor.execute(
            BY_AGE,
            {"at": at, "currency": currency},
        )
        return [
            Receivable(service, age, count, int(total), int(paid), int(due))
            for service, age, count, total, paid, due in cursor.fetchall()
        ]


def owed_bookings(
    *, at: datetime, currency: str, service: str = "", age: int | None = None, limit: int = 500
) -> list[OwedBooking]:
    """The bookings behind a figure, the largest debt first."""
    with connection.cursor() as cursor:
        cursor.execute(
            LARGEST,
            {"at": at, "currency": currency, "service": service, "age": age, "limit": limit},
        )
        return [
            OwedBooking(*row[:5], *(int(cents) for cents in row[5:])) for row in cursor.fetchall()
        ]


def advances_agree(*, currency: str) -> Agreement:
    """What we hold in advance for bookings not delivered yet, against account 2300 as a whole.

    A delivered booking holds no advance, so leaving those out is quick and checks just that.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT coalesce(sum(held), 0) FROM (
                SELECT a.booking_id, sum(CASE WHEN a.id = t.credit_id THEN t.amount_cents
                                              ELSE -t.amount_cents END) AS held
                FROM domain_account a
                JOIN domain_booking b ON b.id = a.booking_id AND b.state <> 'completed'
                JOIN domain_transfer t ON a.id IN (t.debit_id, t.credit_id)
                WHERE a.code = '2300' AND a.currency = %s GROUP BY 1) each_booking
            """,
            [currency],
        )
        held = int(cursor.fetchone()[0])
    return Agreement(held, balance("2300", currency), "2300 Customer advance")
