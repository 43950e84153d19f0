"""The tree in figures: those who sit below a place, on its left or its right, have the figures of
one stretch. So what is in a leg is found by halving a list, without going down or up the tree.
"""

from __future__ import annotations

from django.db.backends.utils import CursorWrapper

SHAPE = """
SELECT (SELECT count(*) FROM (SELECT FROM domain_node WHERE parent_id IS NULL LIMIT 2) t),
       (SELECT max(depth) FROM domain_node)
"""
# In one tree of so many levels the figure is the path itself, then a one, then zeros: what is below
# on the left is less and what is below on the right is more. A leg is what is above its low figure,
# up to its high one.
LEVELS = 61
BY_PATH = """
SELECT n.*, (n.path || '1')::bit(62)::bigint AS place, n.path::bit(62)::bigint AS left_low,
       (n.path || '1')::bit(62)::bigint - 1 AS left_high,
       (n.path || '1')::bit(62)::bigint AS right_low,
       n.path::bit(62)::bigint + (1::bigint << 62 - n.depth) - 1 AS right_high
FROM domain_node n
"""
# In several trees, or a deeper one, the figures are counted: of each place, of where its left leg
# begins, where that ends and the right one begins, and where that ends. '/' comes before the digits
# and ':' after them.
COUNT = """
CREATE {kind} TABLE run_place AS
SELECT x.member_id, min(x.at) FILTER (WHERE x.mark = 0) AS place,
       min(x.at) FILTER (WHERE x.mark = 1) AS left_low,
       min(x.at) FILTER (WHERE x.mark = 2) AS middle,
       min(x.at) FILTER (WHERE x.mark = 3) AS right_high
FROM (
    SELECT n.member_id, m.mark, row_number() OVER (ORDER BY n.tree, n.path || m.tail) AS at
    FROM domain_node n
    CROSS JOIN (VALUES (0, ''), (1, '/'), (2, '0:'), (3, '1:')) AS m(mark, tail)
) x GROUP BY 1;
ANALYZE run_place
"""
BY_COUNT = """
SELECT n.*, p.place, p.left_low, p.middle AS left_high, p.middle AS right_low, p.right_high
FROM domain_node n JOIN run_place p ON p.member_id = n.member_id
"""
FORGET_PLACES = "DROP TABLE IF EXISTS run_place"


def tree_in_figures(cursor: CursorWrapper, kind: str) -> str:
    """The query that gives every node with the figures of its place and of its legs."""
    cursor.execute(SHAPE)
    trees, deepest = cursor.fetchone()
    if trees < 2 and (deepest or 0) <= LEVELS:
        return BY_PATH
    cursor.execute(COUNT.format(kind=kind))
    return BY_COUNT
