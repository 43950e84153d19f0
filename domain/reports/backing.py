"""How much of the commission rests on sales.

A bonus rests on the payment of a booking, a pair on two units. A unit counts as a sale when a
purchase made it; one that a place in the tree made alone does not, nor does one whose sale was
undone since, nor a bonus for a booking that was given up.

:source: docs/policies/earnings.md, "What rests on sales"
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.db import connection

from domain.reports.days import moments
from domain.reports.money import Agreement, ledger_change

CURRENCY, ACCOUNTS = "INR", ["5000", "5010"]
RUNS = """
runs AS (
    SELECT id, date_trunc('month', posted_at AT TIME ZONE %(zone)s)::date AS month, gross_cents
    FROM domain_commissionrun
    WHERE state = 'posted' AND posted_at >= %(from)s AND posted_at < %(to)s
)
"""
# The few units that are no sale, or no sale any more, found by indexes of their own.
UNBACKED = f"""
{RUNS}, units AS (
    SELECT id, true AS place FROM domain_unitevent WHERE source_type = 'placement' AND sign = 1
    UNION ALL
    SELECT e.id, false FROM domain_unitevent x JOIN domain_unitevent e
        ON e.source_type = x.source_type AND e.source_id = x.source_id AND e.sign = 1
    WHERE x.sign = -1 AND x.source_type <> 'placement'
), touched AS (
    SELECT p.id, u.place FROM domain_pair p JOIN units u ON u.id = p.left_unit_id
    WHERE p.run_id IN (SELECT id FROM runs)
    UNION ALL
    SELECT p.id, u.place FROM domain_pair p JOIN units u ON u.id = p.right_unit_id
    WHERE p.run_id IN (SELECT id FROM runs)
), unbacked AS (SELECT id, bool_or(place) AS place FROM touched GROUP BY 1)
"""  # noqa: S608  our own words only
PAIRS = f"""
WITH {UNBACKED}
SELECT r.month, coalesce(sum(p.amount_cents) FILTER (WHERE u.place), 0),
       coalesce(sum(p.amount_cents) FILTER (WHERE NOT u.place), 0)
FROM unbacked u JOIN domain_pair p ON p.id = u.id JOIN runs r ON r.id = p.run_id GROUP BY 1
"""  # noqa: S608  our own words only
GROSS = f"WITH {RUNS} SELECT month, sum(gross_cents) FROM runs GROUP BY 1"  # noqa: S608
BONUSES = """
SELECT month, sum(cents) FROM (
    SELECT date_trunc('month', earned_on)::date AS month, amount_cents AS cents
    FROM domain_referralbonus WHERE earned_on BETWEEN %(since)s AND %(until)s
    UNION ALL
    SELECT date_trunc('month', at AT TIME ZONE %(zone)s)::date, -amount_cents
    FROM domain_referralclawback WHERE at >= %(from)s AND at < %(to)s) moved
GROUP BY 1
"""
# What still stands of the bonuses for a booking that was given up, in the month of the last one.
GIVEN_UP = """
standing AS (
    SELECT b.id, b.number, b.referred_by_id, max(r.earned_on) AS last,
           sum(r.amount_cents) - (
               SELECT coalesce(sum(c.amount_cents), 0) FROM domain_referralclawback c
               WHERE c.booking_id = b.id) AS cents
    FROM domain_booking b JOIN domain_referralbonus r ON r.booking_id = b.id
    WHERE b.line = 'vehicle' AND b.state IN ('cancelled', 'expired') GROUP BY b.id
), given_up AS (
    SELECT * FROM standing WHERE cents > 0 AND last BETWEEN %(since)s AND %(until)s
)
"""
ON_GIVEN_UP = f"""
WITH {GIVEN_UP}
SELECT date_trunc('month', last)::date, sum(cents) FROM given_up GROUP BY 1
"""  # noqa: S608  our own words only
BONUS_LINES = f"""
WITH {GIVEN_UP}
SELECT g.id, g.number, g.referred_by_id, c.first_name || ' ' || c.last_name, g.last,
       g.cents::bigint, count(*) OVER (), sum(g.cents) OVER ()
FROM given_up g JOIN domain_customer c ON c.id = g.referred_by_id
ORDER BY g.last DESC, g.id DESC LIMIT %(limit)s
"""  # noqa: S608  our own words only
PAIR_LINES = f"""
WITH {UNBACKED}
SELECT p.member_id, p.number, p.id, c.first_name || ' ' || c.last_name, p.amount_cents, u.place,
       count(*) OVER (), sum(p.amount_cents) OVER ()
FROM unbacked u JOIN domain_pair p ON p.id = u.id JOIN domain_customer c ON c.id = p.member_id
WHERE u.place = %(place)s ORDER BY p.id LIMIT %(limit)s
"""  # noqa: S608  our own words only


@dataclass(slots=True)
class BackingMonth:
    """A month's commission in paise, and what of it rests on no sale."""

    month: date
    referral_cents: int = 0
    pair_cents: int = 0
    place_cents: int = 0
    undone_cents: int = 0
    given_up_cents: int = 0

    @property
    def total_cents(self) -> int:
        return self.referral_cents + self.pair_cents

    @property
    def backed_cents(self) -> int:
        return self.total_cents - self.place_cents - self.undone_cents - self.given_up_cents


@dataclass(frozen=True, slots=True)
class UnbackedPair:
    member_id: int
    number: int
    pair_id: int
    name: str
    cents: int
    by_place: bool


@dataclass(frozen=True, slots=True)
class StandingBonus:
    """What a sponsor keeps of the bonuses for a booking that was given up, in paise."""

    booking_id: int
    number: str
    member_id: int
    name: str
    on: date
    cents: int


def backing(*, since: date, until: date) -> list[BackingMonth]:
    """Commission by month of the books, from the bonuses and the posted runs themselves."""
    asked, rows = _asked(since, until), dict[date, BackingMonth]()
    filled = {
        BONUSES: ("referral_cents",),
        GROSS: ("pair_cents",),
        PAIRS: ("place_cents", "undone_cents"),
        ON_GIVEN_UP: ("given_up_cents",),
    }
    for sql, names in filled.items():
        with connection.cursor() as cursor:
            cursor.execute(sql, asked)
            for month, *sums in cursor.fetchall():
                row = rows.setdefault(month, BackingMonth(month))
                for name, cents in zip(names, sums, strict=True):
                    setattr(row, name, int(cents))
    return [rows[month] for month in sorted(rows)]


def backing_agrees(rows: Sequence[BackingMonth], *, since: date, until: date) -> Agreement:
    """Bonuses and runs, added up, against what the accounts of commission moved."""
    ledger = ledger_change(ACCOUNTS, since=since, until=until, currency=CURRENCY)
    total = sum(row.total_cents for row in rows)
    return Agreement(total, ledger, "5000 Referral expense and 5010 Pair commission expense")


def unbacked_pairs(
    *, since: date, until: date, by_place: bool, limit: int = 500
) -> tuple[list[UnbackedPair], int, int]:
    """The pairs behind a figure; how many there are, and their sum."""
    with connection.cursor() as cursor:
        asked = {**_asked(since, until), "place": by_place, "limit": limit}
        cursor.execute(PAIR_LINES, asked)
        found = cursor.fetchall()
    lines = [UnbackedPair(*row[:6]) for row in found]
    return (lines, int(found[0][6]), int(found[0][7])) if found else ([], 0, 0)


def standing_bonuses(
    *, since: date, until: date, limit: int = 500
) -> tuple[list[StandingBonus], int, int]:
    """The bonuses behind a figure, booking by booking; how many there are, and their sum."""
    with connection.cursor() as cursor:
        cursor.execute(BONUS_LINES, {**_asked(since, until), "limit": limit})
        found = cursor.fetchall()
    lines = [StandingBonus(*row[:6]) for row in found]
    return (lines, int(found[0][6]), int(found[0][7])) if found else ([], 0, 0)


def _asked(since: date, until: date) -> dict[str, date | datetime | str]:
    first, after = moments(since, until)
    days: dict[str, date | datetime | str] = {"since": since, "until": until}
    return days | {"from": first, "to": after, "zone": settings.VEHICLES_TIME_ZONE}
