"""Adding new placements to the leg counts of all above them.

:source: docs/decisions/0030-the-tree-is-paths.md
"""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction

# Whoever changes counters of many nodes holds it, so that two of them never wait for each other.
COUNTERS_LOCK = 7_201_030
BATCH = 5_000
HOLD = "SELECT pg_advisory_xact_lock(%s)"
# Each placement is taken off the list and added to everybody above it in one statement: a
# reader sees it on one side or the other, never on both.
ROLL_UP = """
WITH taken AS (
    DELETE FROM domain_uncountednode WHERE node_id IN (
        SELECT node_id FROM domain_uncountednode ORDER BY node_id LIMIT %s)
    RETURNING tree, path
), above AS (
    SELECT t.tree, left(t.path, l.length) AS path,
           count(*) FILTER (WHERE substr(t.path, l.length + 1, 1) = '0') AS on_left,
           count(*) FILTER (WHERE substr(t.path, l.length + 1, 1) = '1') AS on_right
    FROM taken t CROSS JOIN LATERAL generate_series(0, length(t.path) - 1) AS l(length)
    GROUP BY 1, 2
), added AS (
    INSERT INTO domain_legcount AS c (node_id, left_members, right_members)
    SELECT n.member_id, a.on_left, a.on_right
    FROM above a JOIN domain_node n ON n.tree = a.tree AND n.path = a.path
    ORDER BY n.member_id
    ON CONFLICT (node_id) DO UPDATE
    SET left_members = c.left_members + excluded.left_members,
        right_members = c.right_members + excluded.right_members
    RETURNING 1
)
SELECT (SELECT count(*) FROM taken), (SELECT count(*) FROM added)
"""


def hold_counters() -> None:
    """Wait until nobody else changes counters of many nodes, until the commit."""
    with connection.cursor() as cursor:
        cursor.execute(HOLD, [COUNTERS_LOCK])


def roll_up_counts(*, at: datetime, batch: int = BATCH) -> int:
    """Add all placements so far to the leg counts; returns how many. Safe to repeat and to kill."""
    del at
    total = 0
    while True:
        with transaction.atomic():
            hold_counters()
            with connection.cursor() as cursor:
                cursor.execute(ROLL_UP, [batch])
                (taken, _added) = cursor.fetchone()
        total += int(taken)
        if taken < batch:
            return total
