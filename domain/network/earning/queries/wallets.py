"""A member's money with the house, and each entry that moved it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from domain.ledger.chart import CHART
from domain.ledger.queries import natural

CURRENCY = "INR"
OF_MEMBERS = ("2000", "2005", "2010", "2015", "2020", "1300")
BALANCES = """
SELECT a.code, coalesce(sum(CASE WHEN t.debit_id = a.id THEN t.amount_cents
                                 ELSE -t.amount_cents END), 0)
FROM domain_account a JOIN domain_transfer t ON t.debit_id = a.id OR t.credit_id = a.id
WHERE a.customer_id = %(member)s AND a.currency = %(currency)s AND a.code = ANY(%(codes)s)
  AND (%(until)s::date IS NULL OR t.effective_on <= %(until)s)
GROUP BY a.code
"""
# Running sums over the whole account, so that a page deep in the past says what was there then.
LINES = """
WITH moved AS (
    SELECT t.id, t.entry_id, t.effective_on,
           CASE WHEN t.debit_id = a.id THEN t.credit_code ELSE t.debit_code END AS other,
           CASE WHEN t.debit_id = a.id THEN t.amount_cents ELSE -t.amount_cents END AS change
    FROM domain_account a JOIN domain_transfer t ON t.debit_id = a.id OR t.credit_id = a.id
    WHERE a.customer_id = %(member)s AND a.currency = %(currency)s AND a.code = %(code)s
), summed AS (
    SELECT *, sum(change) OVER (ORDER BY effective_on, id) AS running FROM moved
)
SELECT s.id, e.key, e.event, s.effective_on, s.other, s.change, s.running, e.source_type,
       e.source_id, e.id, e.memo
FROM summed s JOIN domain_entry e ON e.id = s.entry_id
WHERE s.effective_on BETWEEN %(since)s AND %(until)s
ORDER BY s.effective_on DESC, s.id DESC LIMIT %(limit)s OFFSET %(offset)s
"""
EARLIEST, LATEST = date(2000, 1, 1), date(9999, 12, 31)


@dataclass(frozen=True, slots=True)
class Line:
    """One movement of an account of a member, with the balance after it."""

    transfer_id: int
    key: str
    event: str
    day: date
    other_code: str
    change_cents: int
    balance_cents: int
    source_type: str
    source_id: int | None
    entry_id: int
    memo: str


def balances_of(member_id: int, *, until: date | None = None) -> dict[str, int]:
    """What stands on each account of a member, at the end of a day or now."""
    asked: dict[str, Any] = {
        "member": member_id,
        "currency": CURRENCY,
        "codes": list(OF_MEMBERS),
        "until": until,
    }
    found = dict.fromkeys(OF_MEMBERS, 0)
    with connection.cursor() as cursor:
        cursor.execute(BALANCES, asked)
        for code, debit_less_credit in cursor.fetchall():
            found[code] = natural(CHART[code].kind, int(debit_less_credit))
    return found


def lines_of(
    member_id: int,
    code: str,
    *,
    since: date = EARLIEST,
    until: date = LATEST,
    limit: int = 50,
    offset: int = 0,
) -> list[Line]:
    """What moved an account of a member, the newest first."""
    asked: dict[str, Any] = {
        "member": member_id,
        "currency": CURRENCY,
        "code": code,
        "since": since,
        "until": until,
        "limit": limit,
        "offset": offset,
    }
    kind = CHART[code].kind
    with connection.cursor() as cursor:
        cursor.execute(LINES, asked)
        return [
            Line(
                pk,
                key,
                event,
                day,
                other,
                natural(kind, int(change)),
                natural(kind, int(running)),
                *rest,
            )
            for pk, key, event, day, other, change, running, *rest in cursor.fetchall()
        ]
