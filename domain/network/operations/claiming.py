"""Finding the slot that comes next and taking it, in one statement.

:source: docs/policies/network.md, "Placement"; docs/decisions/0030-the-tree-is-paths.md
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from domain.common.prepared import rows_prepared
from domain.network.operations.units import adding_units
from domain.network.queries.members import CONFIRMED
from domain.network.queries.tree import LIGHTER_DIGIT
from domain.network.rules.paths import AUTO, DIGITS, SIDES

# Level by level, the leftmost place of the leg with a free slot: a level without one is full, so
# that a leg of n members is looked at on at most log2(n) levels, each by one index probe. Whoever
# took the slot since it was seen has taken its bit as well: then nothing is written.
CLAIM = """
WITH RECURSIVE below AS MATERIALIZED (
    SELECT n.tree, n.path, n.depth, n.open, {digit} AS digit
    FROM domain_node n WHERE n.member_id = %(below)s
), level(depth, path) AS (
    SELECT b.depth::int, CASE WHEN b.open & (b.digit::int + 1) > 0 THEN b.path END FROM below b
    WHERE b.depth < %(limit)s
    UNION ALL
    SELECT l.depth + 1, (
        SELECT n.path FROM domain_node n
        WHERE n.tree = b.tree AND n.depth = l.depth + 1 AND n.open > 0
          AND n.path >= b.path || b.digit AND n.path < b.path || b.digit || '2'
        ORDER BY n.path LIMIT 1)
    FROM level l CROSS JOIN below b WHERE l.path IS NULL AND l.depth + 1 < %(limit)s
), slot AS MATERIALIZED (
    SELECT n.member_id, n.tree, n.path, CASE WHEN l.depth = b.depth THEN b.digit::int + 1
           WHEN n.open & 1 > 0 THEN 1 ELSE 2 END AS bit
    FROM below b CROSS JOIN level l JOIN domain_node n ON n.tree = b.tree AND n.path = l.path
    WHERE l.path IS NOT NULL
), parent AS (
    UPDATE domain_node n SET open = n.open - s.bit FROM slot s
    WHERE n.member_id = s.member_id AND n.tree = s.tree AND n.path = s.path
      AND n.open & s.bit > 0
    RETURNING n.member_id, n.tree, n.path, n.depth, s.bit
), placed AS (
    INSERT INTO domain_node (
        member_id, tree, parent_id, side, path, depth, open, placed_by_id, placed_at,
        left_units, right_units, pairs_matched, flushed_left, flushed_right, month_used)
    SELECT %(member)s, p.tree, p.member_id, substr('LR', p.bit, 1), p.path || (p.bit - 1),
           p.depth + 1, 3, %(by)s, %(at)s, 0, 0, 0, 0, 0, 0
    FROM parent p
    RETURNING member_id, tree, parent_id, side, path
), units AS ({units}), uncounted AS (
    INSERT INTO domain_uncountednode (node_id, tree, path) SELECT member_id, tree, path FROM placed
)
SELECT p.tree, p.parent_id, p.side, p.path, b.digit, EXISTS (SELECT 1 FROM slot)
FROM below b LEFT JOIN placed p ON true
"""


@dataclass(frozen=True, slots=True)
class Wish:
    """Who is to be placed, below whom, on which side and by which rules."""

    member_id: int
    below_id: int
    side: str
    max_depth: int
    unit_basis: str
    by_id: int | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Placed:
    """Where somebody came to sit."""

    tree: int
    parent_id: int | None
    side: str
    path: str


@dataclass(frozen=True, slots=True)
class Claim:
    """What came of it. Somebody else may have got the slot: then nobody is placed."""

    placed: Placed | None
    side: str
    is_full: bool


def claim(wish: Wish) -> Claim | None:
    """Take the next slot for a member; None when the one above has no place."""
    asked = {
        "below": wish.below_id,
        "limit": wish.max_depth,
        "member": wish.member_id,
        "by": wish.by_id,
        "at": wish.at,
        "confirmed": list(CONFIRMED),
    }
    digit = LIGHTER_DIGIT if wish.side == AUTO else f"'{DIGITS[wish.side]}'"
    found = rows_prepared(CLAIM.format(digit=digit, units=adding_units(wish.unit_basis)), asked)
    if not found:
        return None
    *where, digit, has_slot = found[0]
    placed = Placed(*where) if where[0] is not None else None
    return Claim(placed, SIDES[int(digit)], is_full=not has_slot)
