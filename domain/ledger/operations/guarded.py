"""Stored balances of guarded accounts: changed in the posting's own transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from django.db import connection

from domain.common.errors import DomainError
from domain.common.money import show
from domain.ledger.chart import CHART
from domain.ledger.rules import AccountRef, Leg

LOCK = """
SELECT id, code, currency, balance_cents FROM domain_account WHERE id = ANY(%s)
ORDER BY id FOR NO KEY UPDATE
"""
MOVE = """
UPDATE domain_account a SET balance_cents = a.balance_cents + moved.change
FROM unnest(%s::bigint[], %s::bigint[]) AS moved(id, change) WHERE a.id = moved.id
"""


class Overdrawn(DomainError):
    """A guarded account would fall below zero."""

    code = "overdrawn"


def move_guarded(legs: Iterable[Leg], ids: Mapping[AccountRef, int]) -> None:
    """Change stored balances, locked in the order of ids so that nobody waits in a ring.

    :raises Overdrawn: an account would fall below zero, all legs taken together
    """
    change = Counter[int]()
    for leg in legs:
        for ref, sign in ((leg.debit, 1), (leg.credit, -1)):
            chart = CHART[ref.code]
            if chart.guarded:
                grows = sign if chart.kind.grows_by_debit else -sign
                change[ids[ref]] += leg.amount_cents * grows
    if not change:
        return
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [list(change)])
        for pk, code, currency, balance_cents in cursor.fetchall():
            if balance_cents + change[pk] < 0:
                needed, there = show(-change[pk], currency), show(balance_cents, currency)
                name = CHART[code].name.lower()
                raise Overdrawn(f"There is not enough on the {name}: {there} of {needed}.")
        cursor.execute(MOVE, [list(change), list(change.values())])
