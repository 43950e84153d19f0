"""Trees of any size at once: set-based rows, as many placements would have left them."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from tests.network.factory import NOON

PEOPLE = """
INSERT INTO domain_customer (id, first_name, last_name, email, phone, created_at, preferences,
                             notes, stripe_customer_id)
SELECT %(first)s + i, 'Member' || i + 1, 'Rao', 'grown' || %(first)s + i || '@example.com',
       '+9197' || lpad((%(first)s + i)::text, 8, '0'), %(at)s, '', '', ''
FROM generate_series(0, %(size)s - 1) i
"""
# The codes are the members' own letters, counted on in base 32.
CODE = """(SELECT string_agg(substr('23456789ABCDEFGHJKLMNPQRSTUVWXYZ',
                          ((%(first)s + i) >> (5 * k) & 31)::int + 1, 1), '')
        FROM generate_series(0, 7) k)"""
# Numbers count from the root, which is 0; paths and counts were worked out beforehand.
GROWN = """
CREATE TEMP TABLE grown (i bigint, sponsor bigint, parent bigint, path text, open int,
                         on_left bigint, on_right bigint) ON COMMIT DROP
"""
MEMBERS = f"""
INSERT INTO domain_member (customer_id, code, referred_by_id, joined_at, holding_since, placed_at,
                           state, version)
SELECT %(first)s + i, {CODE}, %(first)s + sponsor, %(at)s, %(at)s, %(at)s, 'active', 1
FROM grown ORDER BY i
"""
NODES = """
INSERT INTO domain_node (member_id, tree, parent_id, side, path, depth, open, placed_at,
                         left_units, right_units, pairs_matched, flushed_left, flushed_right,
                         month_used)
SELECT %(first)s + i, %(first)s, %(first)s + parent, translate(right(path, 1), '01', 'LR'), path,
       length(path), open, %(at)s, 0, 0, 0, 0, 0, 0
FROM grown ORDER BY i
"""
COUNTS = """
INSERT INTO domain_legcount (node_id, left_members, right_members)
SELECT %(first)s + i, on_left, on_right FROM grown WHERE on_left + on_right > 0 ORDER BY i
"""
ANALYZE = "ANALYZE domain_customer, domain_member, domain_node, domain_legcount"
# Who waits for a place: referred by members all over a tree.
WAITING = f"""
INSERT INTO domain_member (customer_id, code, referred_by_id, joined_at, holding_since, state,
                           version)
SELECT %(first)s + i, {CODE},
       %(root)s + (random() * (%(among)s - 1))::int, %(at)s, %(at)s, 'active', 1
FROM generate_series(0, %(size)s - 1) i
"""


@dataclass(frozen=True, slots=True)
class Shape:
    """Who sits where, counted from the root: nobody above his own sponsor or parent."""

    sponsors: Sequence[int]
    parents: Sequence[int]
    on_right: Sequence[bool]


def grow(size: int, at: datetime = NOON) -> int:
    """Make a tree of ``size`` members, filled level by level and counted; returns its root."""
    above = [(number - 1) // 2 for number in range(size)]
    return _plant(Shape(above, above, [number % 2 == 0 for number in range(size)]), at)


def grow_below(line: int, size: int, at: datetime = NOON) -> int:
    """A line of members, to the left and to the right in turn, at whose end a tree is filled level
    by level; returns its root.
    """
    above = [max(number - 1, 0) for number in range(line)]
    above += [line - 1 + (number - 1) // 2 for number in range(1, size)]
    return _plant(Shape(above, above, [number % 2 == 0 for number in range(len(above))]), at)


def grow_anywhere(size: int, at: datetime = NOON) -> int:
    """A tree as it grows when any member refers the next, to either side; returns its root."""
    return _plant(_anywhere(size), at)


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


def _anywhere(size: int) -> Shape:
    """Each goes to the shallowest free slot of the leg, leftmost first, as they are placed.

    :source: docs/policies/network.md, "Placement"
    """
    draw = random.Random(size)
    sponsors, parents, on_right = [0], [0], [True]
    # Whoever sits below, 0 for nobody; and how many levels down the next free slot is.
    below = ([0] * size, [0] * size)
    free = [0] * size
    for number in range(1, size):
        sponsor, right = draw.randrange(number), draw.random() < 0.5
        parent = sponsor
        if taken := below[right][sponsor]:
            parent = taken
            while free[parent]:
                left_one, right_one = below[0][parent], below[1][parent]
                parent = left_one if free[left_one] <= free[right_one] else right_one
            right = below[0][parent] != 0
        below[right][parent] = number
        sponsors.append(sponsor)
        parents.append(parent)
        on_right.append(right)
        # Upwards until a place's next free slot is where it was.
        place = parent
        while below[0][place] and below[1][place]:
            deep = 1 + min(free[below[0][place]], free[below[1][place]])
            if deep == free[place]:
                break
            free[place] = deep
            if place == 0:
                break
            place = parents[place]
    return Shape(sponsors, parents, on_right)


def _rows(shape: Shape) -> Iterator[tuple[Any, ...]]:
    """The rows of ``grown``."""
    size = len(shape.parents)
    paths, counts = [""], ([0] * size, [0] * size)
    for number in range(1, size):
        paths.append(f"{paths[shape.parents[number]]}{int(shape.on_right[number])}")
    for number in range(size - 1, 0, -1):
        members = 1 + counts[0][number] + counts[1][number]
        counts[shape.on_right[number]][shape.parents[number]] += members
    yield 0, None, None, "", *_below(counts, 0)
    for number in range(1, size):
        above = shape.sponsors[number], shape.parents[number]
        yield number, *above, paths[number], *_below(counts, number)


def _below(counts: tuple[list[int], list[int]], number: int) -> tuple[int, int, int]:
    left, right = counts[0][number], counts[1][number]
    return (not left) + 2 * (not right), left, right


def _plant(shape: Shape, at: datetime) -> int:
    size = len(shape.parents)
    with transaction.atomic(), connection.cursor() as cursor:
        first = _first(cursor)
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(GROWN)
        with cursor.copy("COPY grown FROM STDIN") as copy:
            for row in _rows(shape):
                copy.write_row(row)
        asked = {"first": first, "size": size, "at": at}
        # Without counting the rows anew the planner takes the tables for empty.
        for sql in (PEOPLE, MEMBERS, NODES, COUNTS, ANALYZE):
            cursor.execute(sql, asked)
        cursor.execute("DROP TABLE grown")
        _count_on(cursor, first + size)
        cursor.execute("SET LOCAL session_replication_role = default")
    return first


def _first(cursor: CursorWrapper) -> int:
    cursor.execute("SELECT coalesce(max(id), 0) + 1 FROM domain_customer")
    return int(cursor.fetchone()[0])


def _count_on(cursor: CursorWrapper, last: int) -> None:
    cursor.execute("SELECT setval(pg_get_serial_sequence('domain_customer', 'id'), %s)", [last])
