"""What buyers of vehicles owe, by age; and the advances that we hold of theirs.

A debt is in the books only once the vehicle is handed over (account 1200). Before that the
instalments are a plan, and what was paid is an advance (account 2300).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection

from domain.compliance.days import day_of
from domain.ledger.queries import balance
from domain.reports.days import midnight
from domain.reports.money import Agreement

CURRENCY = "INR"
AGES = ("not due yet", "1–30 days late", "31–60 days late", "61–90 days late", "over 90 days late")
WITHOUT = len(AGES)
AGE = """CASE WHEN {day} >= %(today)s THEN 0 WHEN {day} >= %(today)s - 30 THEN 1
         WHEN {day} >= %(today)s - 60 THEN 2 WHEN {day} >= %(today)s - 90 THEN 3 ELSE 4 END"""
# A buyer whose instalments have any money owes what is open of them, no more. Only of the others
# the account is asked: they may owe a part of the price that no instalment asks for.
OPEN = f"""
WITH open AS (
    SELECT i.booking_id, b.number, b.state = 'delivered' AS handed_over,
           {AGE.format(day="i.due_on")} AS age, i.number AS instalment, i.due_on AS day,
           i.amount_cents - i.paid_cents - i.waived_cents AS cents
    FROM domain_instalment i JOIN domain_booking b ON b.id = i.booking_id
    WHERE i.state IN ('due', 'part_paid', 'overdue')
      AND b.state IN ('active', 'completed', 'delivered')
), bare AS (
    SELECT b.id, b.number, b.delivered_at, a.id AS account
    FROM domain_account a JOIN domain_booking b ON b.id = a.booking_id
    WHERE a.code = '1200' AND a.currency = 'INR' AND b.state = 'delivered' AND NOT EXISTS (
        SELECT 1 FROM domain_instalment i WHERE i.booking_id = b.id AND i.paid_cents > 0)
), planned AS (
    SELECT booking_id, sum(cents) AS cents FROM open GROUP BY 1
), rest AS MATERIALIZED (
    SELECT bare.id, bare.number, bare.delivered_at, moved.cents - coalesce(p.cents, 0) AS cents
    FROM bare LEFT JOIN planned p ON p.booking_id = bare.id CROSS JOIN LATERAL (
        SELECT coalesce(sum(CASE WHEN t.debit_id = bare.account THEN t.amount_cents
                                 ELSE -t.amount_cents END), 0) AS cents
        FROM domain_transfer t WHERE t.debit_id = bare.account OR t.credit_id = bare.account
    ) moved
), owed AS (
    SELECT * FROM open
    UNION ALL
    SELECT id, number, true, {WITHOUT}, NULL::int,
           (delivered_at AT TIME ZONE 'Asia/Kolkata')::date, cents
    FROM rest WHERE cents <> 0
)
"""  # noqa: S608  our own words only
BY_AGE = f"""{OPEN}
SELECT handed_over, age, count(DISTINCT booking_id), count(instalment), sum(cents)
FROM owed GROUP BY 1, 2 ORDER BY 1 DESC, 2
"""  # noqa: S608  our own words only
LINES = f"""{OPEN}
SELECT booking_id, number, handed_over, instalment, day, cents::bigint, count(*) OVER (),
       sum(cents) OVER ()
FROM owed WHERE (%(handed_over)s::bool IS NULL OR handed_over = %(handed_over)s)
  AND (%(age)s::int IS NULL OR age = %(age)s)
ORDER BY day, booking_id, instalment LIMIT %(limit)s
"""  # noqa: S608  our own words only


@dataclass(frozen=True, slots=True)
class Owed:
    """What is open of instalments of one age, in paise."""

    handed_over: bool
    age: int
    bookings: int
    instalments: int
    cents: int

    @property
    def age_words(self) -> str:
        return "not in a plan" if self.age == WITHOUT else AGES[self.age]


@dataclass(frozen=True, slots=True)
class OwedLine:
    booking_id: int
    number: str
    handed_over: bool
    instalment: int | None
    day: date
    cents: int


def owed_by_buyers(*, at: datetime) -> list[Owed]:
    """What buyers owe for vehicles they have, then what the plans of the others still ask for."""
    with connection.cursor() as cursor:
        cursor.execute(BY_AGE, {"today": day_of(at)})
        return [Owed(bool(handed_over), *map(int, row)) for handed_over, *row in cursor.fetchall()]


def owed_lines(
    *, at: datetime, handed_over: bool | None, age: int | None, limit: int = 500
) -> tuple[list[OwedLine], int, int]:
    """The instalments behind a figure, the oldest first; how many there are, and their sum."""
    asked = {"today": day_of(at), "handed_over": handed_over, "age": age, "limit": limit}
    with connection.cursor() as cursor:
        cursor.execute(LINES, asked)
        found = cursor.fetchall()
    lines = [OwedLine(*row[:6]) for row in found]
    return (lines, int(found[0][6]), int(found[0][7])) if found else ([], 0, 0)


def debts_agree(rows: list[Owed]) -> Agreement:
    """What is owed for vehicles handed over, against account 1200 as a whole."""
    owed = sum(row.cents for row in rows if row.handed_over)
    return Agreement(owed, balance("1200", CURRENCY), "1200 EMI receivable")


# --- Advances -------------------------------------------------------------------------------------

ADVANCE_AGES = ("up to 90 days", "91–180 days", "181–365 days", "over 365 days")
ADVANCE_DAYS = (90, 180, 365)
HELD = """
WITH held AS (
    SELECT b.id, b.number, b.state, b.created_at,
           sum(CASE WHEN a.id = t.credit_id THEN t.amount_cents ELSE -t.amount_cents END) AS cents,
           CASE WHEN b.created_at >= %(d90)s THEN 0 WHEN b.created_at >= %(d180)s THEN 1
                WHEN b.created_at >= %(d365)s THEN 2 ELSE 3 END AS age
    FROM domain_account a JOIN domain_booking b ON b.id = a.booking_id AND b.state <> 'delivered'
    JOIN domain_transfer t ON a.id IN (t.debit_id, t.credit_id)
    WHERE a.code = '2300' AND a.currency = 'INR' GROUP BY b.id
    HAVING sum(CASE WHEN a.id = t.credit_id THEN t.amount_cents ELSE -t.amount_cents END) <> 0
)
"""
HELD_BY_AGE = f"""{HELD}
SELECT age, count(*),
       coalesce(sum(cents) FILTER (WHERE state = 'pending'), 0),
       coalesce(sum(cents) FILTER (WHERE state IN ('active', 'completed')), 0),
       coalesce(sum(cents) FILTER (WHERE state IN ('cancelled', 'expired')), 0), sum(cents)
FROM held GROUP BY 1 ORDER BY 1
"""  # noqa: S608  our own words only
HELD_LINES = f"""{HELD}
SELECT id, number, state, created_at, cents::bigint, count(*) OVER (), sum(cents) OVER ()
FROM held WHERE (%(age)s::int IS NULL OR age = %(age)s)
  AND (%(states)s::text[] IS NULL OR state = ANY(%(states)s))
ORDER BY created_at, id LIMIT %(limit)s
"""  # noqa: S608  our own words only
WAITING, CONFIRMED, GIVEN_UP = ["pending"], ["active", "completed"], ["cancelled", "expired"]


@dataclass(frozen=True, slots=True)
class Advance:
    """Money held for bookings of one age that are not handed over, in paise."""

    age: int
    bookings: int
    waiting_cents: int
    confirmed_cents: int
    given_up_cents: int
    cents: int


@dataclass(frozen=True, slots=True)
class AdvanceLine:
    booking_id: int
    number: str
    state: str
    created_at: datetime
    cents: int


def advances(*, at: datetime) -> list[Advance]:
    """What buyers have paid for vehicles they do not have yet, by the booking's age."""
    with connection.cursor() as cursor:
        cursor.execute(HELD_BY_AGE, _since(at))
        return [Advance(*map(int, row)) for row in cursor.fetchall()]


def advance_lines(
    *, at: datetime, age: int | None, states: list[str] | None, limit: int = 500
) -> tuple[list[AdvanceLine], int, int]:
    """The bookings behind a figure, the oldest first; how many there are, and their sum."""
    with connection.cursor() as cursor:
        cursor.execute(HELD_LINES, {**_since(at), "age": age, "states": states, "limit": limit})
        found = cursor.fetchall()
    lines = [AdvanceLine(*row[:5]) for row in found]
    return (lines, int(found[0][5]), int(found[0][6])) if found else ([], 0, 0)


def advances_held_agree(rows: list[Advance]) -> Agreement:
    held = sum(row.cents for row in rows)
    return Agreement(held, balance("2300", CURRENCY), "2300 Customer advance")


def _since(at: datetime) -> dict[str, datetime]:
    today = day_of(at)
    return {f"d{days}": midnight(today - timedelta(days=days)) for days in ADVANCE_DAYS}
