"""What the business owes its members, by kind of account, and how it lies with them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from domain.ledger.queries import balance
from domain.reports.money import Agreement

# What a member has: to spend or be paid, only to spend, kept for instalments, on its way.
KINDS = {
    "2000": "Earnings",
    "2005": "Deposits",
    "2010": "Instalment reserve",
    "2020": "Held for payouts",
}
HELD = """
SELECT code, count(*) FILTER (WHERE balance_cents <> 0), coalesce(sum(balance_cents), 0),
       coalesce(max(balance_cents), 0)
FROM domain_account
WHERE code = ANY(%(codes)s) AND currency = %(currency)s AND customer_id IS NOT NULL
GROUP BY 1 ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class Held:
    """The accounts of one kind, in minor units."""

    code: str
    members: int
    cents: int
    largest_cents: int

    @property
    def name(self) -> str:
        return KINDS[self.code]


def wallets(*, currency: str, at: datetime) -> list[Held]:
    """What members have now, from the balance that each account keeps."""
    del at
    with connection.cursor() as cursor:
        cursor.execute(HELD, {"codes": list(KINDS), "currency": currency})
        return [
            Held(code, members, int(cents), int(largest))
            for code, members, cents, largest in cursor.fetchall()
        ]


def wallets_agree(rows: list[Held], *, currency: str) -> Agreement:
    """The kept balances, added up, against every transfer ever posted to these accounts."""
    ledger = sum(balance(code, currency) for code in KINDS)
    return Agreement(sum(row.cents for row in rows), ledger, "2000, 2005, 2010 and 2020")
