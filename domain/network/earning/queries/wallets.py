"""A member's money with the house, and each entry that moved it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from domain.common.prepared import rows_prepared
from domain.ledger.chart import CHART
from domain.ledger.queries import natural
from domain.network.earning.rules.parts import PARTS, words_for

CURRENCY = "INR"
OF_MEMBERS = tuple(PARTS)
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
    SELECT t.id, t.entry_id, t.effective_on, a.code,
           CASE WHEN t.debit_id = a.id THEN t.credit_code ELSE t.debit_code END AS other,
           CASE WHEN t.debit_id = a.id THEN t.amount_cents ELSE -t.amount_cents END AS change
    FROM domain_account a JOIN domain_transfer t ON t.debit_id = a.id OR t.credit_id = a.id
    WHERE a.customer_id = %(member)s AND a.currency = %(currency)s AND a.code = ANY(%(codes)s)
), summed AS (
    SELECT *, sum(change) OVER (PARTITION BY code ORDER BY effective_on, id) AS running
    FROM moved
), asked AS (
    SELECT * FROM summed WHERE effective_on BETWEEN %(since)s AND %(until)s
    ORDER BY effective_on DESC, id DESC, code LIMIT %(limit)s OFFSET %(offset)s
)
SELECT s.code, s.change, s.running, s.id, e.key, e.event, s.effective_on, s.other, e.source_type,
       e.source_id, e.id, e.booking_id, e.memo
FROM asked s JOIN domain_entry e ON e.id = s.entry_id
ORDER BY s.effective_on DESC, s.id DESC, s.code
"""
MONTHS = """
SELECT DISTINCT date_trunc('month', t.effective_on)::date AS month
FROM domain_account a JOIN domain_transfer t ON t.debit_id = a.id OR t.credit_id = a.id
WHERE a.customer_id = %(member)s AND a.currency = %(currency)s AND a.code = ANY(%(codes)s)
ORDER BY month DESC
"""
EARLIEST, LATEST = date(2000, 1, 1), date(9999, 12, 31)


@dataclass(frozen=True, slots=True)
class Line:
    """One movement of an account of a member, with the balance after it."""

    code: str
    change_cents: int
    balance_cents: int
    transfer_id: int
    key: str
    event: str
    day: date
    other_code: str
    source_type: str
    source_id: int | None
    entry_id: int
    booking_id: int | None
    memo: str

    @property
    def part(self) -> str:
        return PARTS[self.code].name

    @property
    def words(self) -> str:
        return words_for(self.event, self.other_code)


def balances_of(member_id: int, *, until: date | None = None) -> dict[str, int]:
    """What stands on each account of a member, at the end of a day or now."""
    found = dict.fromkeys(OF_MEMBERS, 0)
    for code, debit_less_credit in rows_prepared(BALANCES, {**_whose(member_id), "until": until}):
        found[code] = natural(CHART[code].kind, int(debit_less_credit))
    return found


def lines_of(
    member_id: int,
    *codes: str,
    since: date = EARLIEST,
    until: date = LATEST,
    limit: int | None = 50,
    offset: int = 0,
) -> list[Line]:
    """What moved accounts of a member, all unless some are named, the newest first."""
    asked: dict[str, Any] = {
        **_whose(member_id, *codes),
        "since": since,
        "until": until,
        "limit": limit,
        "offset": offset,
    }
    with connection.cursor() as cursor:
        cursor.execute(LINES, asked)
        return [
            Line(code, _signed(code, change), _signed(code, running), *rest)
            for code, change, running, *rest in cursor.fetchall()
        ]


def months_of(member_id: int) -> list[date]:
    """The months in which anything of a member's moved, the latest first."""
    with connection.cursor() as cursor:
        cursor.execute(MONTHS, _whose(member_id))
        return [month for (month,) in cursor.fetchall()]


def _whose(member_id: int, *codes: str) -> dict[str, Any]:
    return {"member": member_id, "currency": CURRENCY, "codes": list(codes or OF_MEMBERS)}


def _signed(code: str, debit_less_credit: int) -> int:
    return natural(CHART[code].kind, int(debit_less_credit))
