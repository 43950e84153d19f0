"""Asking the tree: the next open slot, and how many members a leg has.

:source: docs/policies/network.md, "Placement"; docs/decisions/0030-the-tree-is-paths.md
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from domain.network.models import Node
from domain.network.rules.paths import (
    BITS,
    child_path,
    first_open_side,
    upper_bound,
)

# Level by level, the leftmost place with a free slot. A level without one is full, so that a
# subtree of n members is looked at on at most log2(n) levels, each by one index probe.
PROBE = """
WITH RECURSIVE level(depth, path) AS (
    SELECT %(first)s::int, (
        SELECT n.path FROM domain_node n
        WHERE n.tree = %(tree)s AND n.depth = %(first)s AND n.open > 0
          AND n.path >= %(low)s AND n.path < %(high)s AND n.member_id <> %(mover)s
        ORDER BY n.path LIMIT 1)
    UNION ALL
    SELECT l.depth + 1, (
        SELECT n.path FROM domain_node n
        WHERE n.tree = %(tree)s AND n.depth = l.depth + 1 AND n.open > 0
          AND n.path >= %(low)s AND n.path < %(high)s AND n.member_id <> %(mover)s
        ORDER BY n.path LIMIT 1)
    FROM level l WHERE l.path IS NULL AND l.depth < %(last)s
)
SELECT n.member_id, n.path, n.open FROM level l
JOIN domain_node n ON n.tree = %(tree)s AND n.path = l.path
WHERE l.path IS NOT NULL
"""
PLACE = "SELECT member_id, tree, path, open FROM domain_node WHERE member_id = %s"
# Counted members and those that wait to be counted, in one statement: a roll-up between the two
# parts cannot count anybody twice. ``n`` is the place, ``c`` its counts.
ON_LEFT = """coalesce(c.left_members, 0) + (
    SELECT count(*) FROM domain_uncountednode u WHERE u.tree = n.tree
    AND u.path >= n.path || '0' AND u.path < n.path || '1')"""
ON_RIGHT = """coalesce(c.right_members, 0) + (
    SELECT count(*) FROM domain_uncountednode u WHERE u.tree = n.tree
    AND u.path >= n.path || '1' AND u.path < n.path || '2')"""
LEGS = f"""
SELECT n.member_id, {ON_LEFT}, {ON_RIGHT}
FROM domain_node n LEFT JOIN domain_legcount c ON c.node_id = n.member_id
WHERE n.member_id = ANY(%s)
"""  # noqa: S608
# The side AUTO, T2, as the word of a path has it: the leg with fewer members, a tie goes left.
LIGHTER_DIGIT = f"""(
SELECT CASE WHEN {ON_RIGHT} < {ON_LEFT} THEN '1' ELSE '0' END
FROM (VALUES (n.member_id)) AS it(key) LEFT JOIN domain_legcount c ON c.node_id = it.key)"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Place:
    """A node as far as placing below it needs to know."""

    member_id: int
    tree: int
    path: str
    open: int


@dataclass(frozen=True, slots=True)
class Slot:
    """A free place: below whom, on which side."""

    parent_id: int
    tree: int
    parent_path: str
    side: str

    @property
    def path(self) -> str:
        return child_path(self.parent_path, self.side)


def place_of(member_id: int) -> Place | None:
    # By hand: each placement asks, and the ORM takes longer to spell it than the answer takes.
    with connection.cursor() as cursor:
        cursor.execute(PLACE, [member_id])
        row = cursor.fetchone()
    return Place(*row) if row else None


def legs_of(member_ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    """How many members sit in the legs of each of these members; exact at every moment."""
    if not member_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(LEGS, [list(member_ids)])
        return {pk: (int(left), int(right)) for pk, left, right in cursor.fetchall()}


def leg_counts(member_id: int) -> tuple[int, int]:
    """How many members sit left and right below a member; exact at every moment."""
    return legs_of([member_id]).get(member_id, (0, 0))


def next_slot(below: Place, side: str, *, max_depth: int, mover_id: int = 0) -> Slot | None:
    """Where the next member under ``below`` on ``side`` sits: T1. None when that leg is full
    down to ``max_depth``.

    :param mover_id: a member who leaves a place for this one, and so is not placed below it
    """
    if below.open & BITS[side]:
        slot = Slot(below.member_id, below.tree, below.path, side)
        return slot if len(slot.path) <= max_depth else None
    top = child_path(below.path, side)
    asked: dict[str, int | str] = {
        "tree": below.tree,
        "first": len(top),
        "last": max_depth - 1,
        "low": top,
        "high": upper_bound(top),
        "mover": mover_id,
    }
    with connection.cursor() as cursor:
        cursor.execute(PROBE, asked)
        found = cursor.fetchone()
    if found is None or len(found[1]) >= max_depth:
        return None
    parent_id, path, open_slots = found
    return Slot(parent_id, below.tree, path, first_open_side(open_slots))


def company_root() -> Place | None:
    """The oldest root: the one below which all sit when there is to be a single tree."""
    roots = Node.objects.filter(parent=None).order_by("placed_at", "member_id")
    row = roots.values_list("member_id", "tree", "path", "open").first()
    return Place(*row) if row else None
