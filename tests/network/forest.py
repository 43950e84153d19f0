"""Trees of any size at once: set-based rows, as many placements would have left them."""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from tests.network.factory import NOON

PEOPLE = """
INSERT INTO domain_customer (id, first_name, last_name, email, phone, created_at, preferences,
                             notes, stripe_customer_id)
SELECT %(first)s + i - 1, 'Member' || i, 'Rao', 'grown' || %(first)s + i || '@example.com',
       '+9197' || lpad((%(first)s + i)::text, 8, '0'), %(at)s, '', '', ''
FROM generate_series(1, %(size)s) i
"""
# Codes of the members' own letters, counted on in base 32.
MEMBERS = """
INSERT INTO domain_member (customer_id, code, referred_by_id, joined_at, holding_since, placed_at,
                           state, version)
SELECT %(first)s + i - 1,
       (SELECT string_agg(substr('23456789ABCDEFGHJKLMNPQRSTUVWXYZ',
                                 ((%(first)s + i) >> (5 * k) & 31)::int + 1, 1), '')
        FROM generate_series(0, 7) k),
       CASE WHEN i > 1 THEN %(first)s + i / 2 - 1 END, %(at)s, %(at)s, %(at)s, 'active', 1
FROM generate_series(1, %(size)s) i
"""
# A tree filled level by level: the binary digits of a number without its first are its path.
NODES = """
INSERT INTO domain_node (member_id, tree, parent_id, side, path, depth, open, placed_at,
                         left_units, right_units, pairs_matched, flushed_left, flushed_right,
                         month_used)
SELECT %(first)s + i - 1, %(first)s, CASE WHEN i > 1 THEN %(first)s + i / 2 - 1 END,
       CASE WHEN i = 1 THEN '' WHEN i %% 2 = 0 THEN 'L' ELSE 'R' END, w.path, length(w.path),
       3 - (2 * i <= %(size)s)::int - 2 * (2 * i + 1 <= %(size)s)::int, %(at)s, 0, 0, 0, 0, 0, 0
FROM generate_series(1, %(size)s) i
CROSS JOIN LATERAL (SELECT substr(ltrim(i::bit(32)::text, '0'), 2) AS path) w
"""
# Below number i, d levels down, lie the numbers from i·2^d up to (i + 1)·2^d, without the last.
COUNTS = """
INSERT INTO domain_legcount (node_id, left_members, right_members)
SELECT %(first)s + i - 1,
       sum(greatest(0, least(((2 * i + 1) << d) - 1, %(size)s) - (2 * i << d) + 1)),
       sum(greatest(0, least(((2 * i + 2) << d) - 1, %(size)s) - ((2 * i + 1) << d) + 1))
FROM generate_series(1::bigint, %(size)s / 2) i
JOIN generate_series(0, 24) d ON 2 * i << d <= %(size)s
GROUP BY i
"""
ANALYZE = "ANALYZE domain_customer, domain_member, domain_node, domain_legcount"
# Who waits for a place: referred by members all over a tree.
WAITING = """
INSERT INTO domain_member (customer_id, code, referred_by_id, joined_at, holding_since, state,
                           version)
SELECT %(first)s + i - 1,
       (SELECT string_agg(substr('23456789ABCDEFGHJKLMNPQRSTUVWXYZ',
                                 ((%(first)s + i) >> (5 * k) & 31)::int + 1, 1), '')
        FROM generate_series(0, 7) k),
       %(root)s + (random() * (%(among)s - 1))::int, %(at)s, %(at)s, 'active', 1
FROM generate_series(1, %(size)s) i
"""


def grow(size: int, at: datetime = NOON) -> int:
    """Make a tree of ``size`` members, filled level by level and counted; returns its root."""
    with transaction.atomic(), connection.cursor() as cursor:
        first = _first(cursor)
        cursor.execute("SET LOCAL session_replication_role = replica")
        asked = {"first": first, "size": size, "at": at}
        # Without counting the rows anew the planner takes the tables for empty.
        for sql in (PEOPLE, MEMBERS, NODES, COUNTS, ANALYZE):
            cursor.execute(sql, asked)
        _count_on(cursor, first + size)
        cursor.execute("SET LOCAL session_replication_role = default")
    return first


def waiting(size: int, root: int, among: int, at: datetime = NOON) -> list[int]:
    """Put ``size`` members on the holding list, referred by any of a tree's first ``among``."""
    with transaction.atomic(), connection.cursor() as cursor:
        first = _first(cursor)
        asked = {"first": first, "size": size, "at": at, "root": root, "among": among}
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(PEOPLE, asked)
        cursor.execute(WAITING, asked)
        _count_on(cursor, first + size)
        cursor.execute("SET LOCAL session_replication_role = default")
    return list(range(first, first + size))


def _first(cursor: CursorWrapper) -> int:
    cursor.execute("SELECT coalesce(max(id), 0) + 1 FROM domain_customer")
    return int(cursor.fetchone()[0])


def _count_on(cursor: CursorWrapper, last: int) -> None:
    cursor.execute("SELECT setval(pg_get_serial_sequence('domain_customer', 'id'), %s)", [last])
