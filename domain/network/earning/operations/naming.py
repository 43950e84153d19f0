"""Which two units each new pair is made of.

Units count in the order in which runs took them in, then by number: both in one figure. They lie in
the order of the tree, in one list, so that a leg is a slice of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.backends.utils import CursorWrapper

from domain.common.errors import Stale
from domain.network.earning.models.pairs import NUMBERS
from domain.network.earning.operations.sql import WORTH

# One that was taken back is no unit any more.
COUNTED = """
FROM domain_unitevent e JOIN domain_node n ON n.member_id = e.node_id
WHERE e.sign = 1 AND e.at < %(until)s AND (e.run_id IS NOT NULL OR e.id <= %(last_event)s)
  AND NOT EXISTS (
    SELECT 1 FROM domain_unitevent x WHERE x.sign = -1 AND x.source_type = e.source_type
    AND x.source_id = e.source_id
    AND (x.run_id IS NOT NULL OR (x.id <= %(last_event)s AND x.at < %(until)s)))
"""
UNIT = "(coalesce(e.run_id, %(run)s) << 40) + e.id AS unit"
SHAPE = """
SELECT (SELECT count(*) FROM (SELECT FROM domain_node WHERE parent_id IS NULL LIMIT 2) t),
       (SELECT max(depth) FROM domain_node)
"""
# A place in one tree is a figure: its path, then a one, then zeros. What is below it on the left is
# less and what is below it on the right is more, so that the ends of its legs are found by halving;
# one after the other, since what is near in the tree is near in the list.
LEVELS = 61
BY_FIGURE = {
    "units": f"""
    SELECT array_agg(unit ORDER BY place) AS list, array_agg(place ORDER BY place) AS places
    FROM (SELECT (n.path || '1')::bit(62)::bigint AS place, {UNIT} {COUNTED}) u
    """,  # noqa: S608
    "ends": """
    SELECT w.*,
           width_bucket(w.low, (SELECT places FROM units)) AS left_after,
           width_bucket(w.low + w.half - 1, (SELECT places FROM units)) AS left_to,
           width_bucket(w.low + w.half, (SELECT places FROM units)) AS right_after,
           width_bucket(w.low + 2 * w.half - 1, (SELECT places FROM units)) AS right_to
    FROM (
        SELECT *, path::bit(62)::bigint AS low, 1::bigint << 61 - length(path) AS half
        FROM run_work WHERE new_pairs > 0 ORDER BY low OFFSET 0) w
    """,
}
# Several trees, or a deeper one: whoever has new pairs marks in the list where the left leg begins,
# where the right one does and where it ends. '/' comes before the digits and ':' after them.
ORDER = f"""
CREATE {{kind}} TABLE run_order AS
SELECT x.unit, x.member_id, x.mark,
       count(x.unit) OVER (ORDER BY x.tree, x.path ROWS UNBOUNDED PRECEDING)::int AS at
FROM (
    SELECT n.tree, n.path, {UNIT}, NULL::bigint AS member_id, NULL::int AS mark {COUNTED}
    UNION ALL
    SELECT w.tree, w.path || m.tail, NULL, w.member_id, m.mark
    FROM run_work w CROSS JOIN (VALUES (0, '/'), (1, '0:'), (2, '1:')) AS m(mark, tail)
    WHERE w.new_pairs > 0
) x
"""  # noqa: S608
BY_PATH = {
    "units": "SELECT array_agg(unit ORDER BY at) AS list FROM run_order WHERE unit IS NOT NULL",
    "ends": """
    SELECT w.*, k.left_after, k.middle AS left_to, k.middle AS right_after, k.right_to
    FROM run_work w JOIN (
        SELECT member_id, min(at) FILTER (WHERE mark = 0) AS left_after,
               min(at) FILTER (WHERE mark = 1) AS middle,
               min(at) FILTER (WHERE mark = 2) AS right_to
        FROM run_order WHERE unit IS NULL GROUP BY 1) k ON k.member_id = w.member_id
    """,
}
# A leg of one unit is that one; a short leg is read whole. Of a long one only what is not of whole
# stretches of 256, and of each of these the first units, as many as anybody asks for: the legs near
# the root would read all units once a level.
WHOLE = 1024
LEG = f"""CASE
    WHEN w.{{side}}_to - w.{{side}}_after = 1 AND w.matched_before + w.flushed_{{side}}_before = 0
    THEN (SELECT list FROM units)[w.{{side}}_to:w.{{side}}_to]
    ELSE ARRAY(SELECT unnest(CASE WHEN w.{{side}}_to - w.{{side}}_after < {WHOLE}
        THEN (SELECT list FROM units)[w.{{side}}_after + 1:w.{{side}}_to]
        ELSE (SELECT list FROM firsts)[
                 (w.{{side}}_after + 255) / 256 * (SELECT most FROM asked) + 1:
                 w.{{side}}_to / 256 * (SELECT most FROM asked)]
             || (SELECT list FROM units)[w.{{side}}_after + 1:(w.{{side}}_after + 255) / 256 * 256]
             || (SELECT list FROM units)[w.{{side}}_to / 256 * 256 + 1:w.{{side}}_to]
        END) ORDER BY 1 OFFSET w.matched_before + w.flushed_{{side}}_before LIMIT w.new_pairs)
    END"""  # noqa: S608
LEGS = f"""
CREATE {{kind}} TABLE run_legs AS
WITH units AS MATERIALIZED ({{units}}), asked AS MATERIALIZED (
    SELECT least(256, max(matched_before + new_pairs
                          + greatest(flushed_left_before, flushed_right_before))) AS most
    FROM run_work WHERE new_pairs > 0
), firsts AS MATERIALIZED (
    SELECT array_agg(f.unit ORDER BY s.n, f.unit) AS list
    FROM generate_series(0, (SELECT cardinality(list) FROM units) / 256 - 1) AS s(n)
    CROSS JOIN LATERAL (
        SELECT unnest((SELECT list FROM units)[s.n * 256 + 1:(s.n + 1) * 256]) AS unit
        ORDER BY 1 LIMIT (SELECT most FROM asked)) f
), ends AS MATERIALIZED ({{ends}})
SELECT w.member_id, w.matched_before, w.new_pairs, w.active_buyer, w.recovered_cents,
       {LEG.format(side="left")} AS lefts,
       {LEG.format(side="right")} AS rights
FROM ends w
"""  # noqa: S608
# A pair has the unit of its own rank on each side, not counting those that were burned.
KEEP_PAIRS = f"""
INSERT INTO domain_pair (id, run_id, member_id, number, left_unit_id, right_unit_id, amount_cents,
                         to_reserve_cents, held_cents, recovered_cents, to_wallet_cents,
                         active_buyer)
SELECT w.member_id * {NUMBERS} + w.matched_before + i.n, %(run)s, w.member_id,
       w.matched_before + i.n, w.lefts[i.n] & ((1::bigint << 40) - 1),
       w.rights[i.n] & ((1::bigint << 40) - 1), %(amount)s,
       e.reserve, h.held, s.recovered, %(amount)s - e.reserve - h.held - s.recovered,
       w.active_buyer
FROM (SELECT * FROM run_legs ORDER BY member_id) w {WORTH}
WHERE w.lefts[i.n] IS NOT NULL AND w.rights[i.n] IS NOT NULL
"""  # noqa: S608
DROP_ORDER = "DROP TABLE run_order"
DROP_LEGS = "DROP TABLE run_legs"


def name_units(cursor: CursorWrapper, asked: Mapping[str, Any], kind: str, pairs: int) -> None:
    """Write the pairs of ``run_work``, each with its two units.

    :raises Stale: there are fewer units than the counters say
    """
    cursor.execute(SHAPE)
    trees, deepest = cursor.fetchone()
    if trees == 1 and deepest <= LEVELS:
        cursor.execute(LEGS.format(kind=kind, **BY_FIGURE), asked)
    else:
        cursor.execute(ORDER.format(kind=kind), asked)
        cursor.execute("ANALYZE run_order")
        cursor.execute(LEGS.format(kind=kind, **BY_PATH), asked)
        cursor.execute(DROP_ORDER)
    cursor.execute(KEEP_PAIRS, asked)
    if cursor.rowcount != pairs:
        raise Stale(
            f"{pairs} pairs were found and units for {cursor.rowcount} of them. "
            "Check the integrity page; nothing was changed."
        )
    cursor.execute(DROP_LEGS)
