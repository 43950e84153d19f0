"""Which pairs a run takes back for units that were undone, and which it gives again.

``rules/pairs.py`` says in plain functions what these statements must give.

:source: docs/policies/earnings.md, "Undone sales"
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection

from domain.common.transactions import in_transaction
from domain.network.earning.models import CommissionRun

CLAWBACK_LAST = "CLAWBACK_LAST"
# Whom it concerns: whose leg lacks units, or whose pairs are with the house. Mostly nobody.
WANTED = """
WITH back AS (
    SELECT p.member_id, count(*) AS pairs FROM (
        SELECT pair_id FROM domain_pairreturn GROUP BY 1 HAVING sum(sign) < 0
    ) m JOIN domain_pair p ON p.id = m.pair_id GROUP BY 1
), debts AS (
    SELECT r.member_id, r.may_earn, coalesce(b.pairs, 0) AS back,
           greatest(r.matched_before + r.flushed_left_before - r.left_before,
                    r.matched_before + r.flushed_right_before - r.right_before, 0) AS was,
           greatest(-r.carry_left, -r.carry_right, 0) AS now
    FROM domain_runmember r LEFT JOIN back b ON b.member_id = r.member_id
    WHERE r.run_id = %(run)s AND (r.carry_left < 0 OR r.carry_right < 0 OR b.pairs > 0)
), wanted AS (
    SELECT member_id, CASE WHEN %(clawback)s THEN now - greatest(was, back) ELSE 0 END AS taken,
           CASE WHEN may_earn THEN back - now ELSE 0 END AS again
    FROM debts
)
SELECT member_id, greatest(taken, 0), greatest(again, 0) FROM wanted WHERE taken > 0 OR again > 0
"""
# The last standing pairs go back first; of those that are back the first comes again first.
KEEP = """
WITH moved AS (
    SELECT pair_id, sum(sign) AS sign FROM domain_pairreturn GROUP BY 1
), ranked AS (
    SELECT p.id, p.member_id, w.taken, w.again, coalesce(m.sign, 0) AS sign,
           row_number() OVER (PARTITION BY p.member_id, coalesce(m.sign, 0)
                              ORDER BY p.number DESC) AS from_last,
           row_number() OVER (PARTITION BY p.member_id, coalesce(m.sign, 0)
                              ORDER BY p.number) AS from_first
    FROM unnest(%(members)s::bigint[], %(taken)s::bigint[], %(again)s::bigint[])
         AS w(member_id, taken, again)
    JOIN domain_pair p ON p.member_id = w.member_id AND p.run_id <> %(run)s
    LEFT JOIN moved m ON m.pair_id = p.id
)
INSERT INTO domain_pairreturn (run_id, pair_id, sign)
SELECT %(run)s, r.id, CASE WHEN r.sign < 0 THEN 1 ELSE -1 END
FROM ranked r
WHERE (r.sign = 0 AND r.from_last <= r.taken) OR (r.sign < 0 AND r.from_first <= r.again)
ORDER BY r.member_id, r.id
"""
FORGET = "DELETE FROM domain_pairreturn WHERE run_id = %s"
TOTALS = """
SELECT count(*) FILTER (WHERE r.sign < 0),
       coalesce(sum(p.amount_cents) FILTER (WHERE r.sign < 0), 0),
       count(*) FILTER (WHERE r.sign > 0),
       coalesce(sum(p.amount_cents) FILTER (WHERE r.sign > 0), 0)
FROM domain_pairreturn r JOIN domain_pair p ON p.id = r.pair_id WHERE r.run_id = %s
"""
NAMES = ("taken_back", "taken_back_cents", "given_again", "given_again_cents")


@in_transaction
def propose_returns(*, run: CommissionRun, at: datetime) -> dict[str, int]:
    """Write which pairs a run takes back and gives again; returns how many and how much."""
    del at
    clawback = run.rules["pair.on_reversal"] == CLAWBACK_LAST
    with connection.cursor() as cursor:
        cursor.execute(WANTED, {"run": run.pk, "clawback": clawback})
        if wanted := cursor.fetchall():
            members, taken, again = (list(column) for column in zip(*wanted, strict=True))
            asked: dict[str, Any] = {
                "run": run.pk,
                "members": members,
                "taken": taken,
                "again": again,
            }
            cursor.execute(KEEP, asked)
        cursor.execute(TOTALS, [run.pk])
        return dict(zip(NAMES, (int(value) for value in cursor.fetchone()), strict=True))
