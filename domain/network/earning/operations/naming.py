"""Which two units each new pair is made of.

Units count in the order in which runs took them in, then by number: both in one figure. They lie in
the order of the tree, in one list, so that a leg is a slice of it (``places.py``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.backends.utils import CursorWrapper

from domain.common.errors import Stale
from domain.network.earning.models.pairs import NUMBERS
from domain.network.earning.operations.sql import WORTH

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
# One that was taken back is no unit any more. The ends of legs are looked for one after the other:
# what is near in the tree is near in the list.
LEGS = f"""
CREATE {{kind}} TABLE run_legs AS
WITH units AS MATERIALIZED (
    SELECT array_agg(unit ORDER BY place) AS list, array_agg(place ORDER BY place) AS places
    FROM (
        SELECT n.place, (coalesce(e.run_id, %(run)s) << 40) + e.id AS unit
        FROM domain_unitevent e JOIN ({{places}}) n ON n.member_id = e.node_id
        WHERE e.sign = 1 AND e.at < %(until)s AND (e.run_id IS NOT NULL OR e.id <= %(last_event)s)
          AND NOT EXISTS (
            SELECT 1 FROM domain_unitevent x WHERE x.sign = -1 AND x.source_type = e.source_type
            AND x.source_id = e.source_id
            AND (x.run_id IS NOT NULL OR (x.id <= %(last_event)s AND x.at < %(until)s)))
    ) u
), asked AS MATERIALIZED (
    SELECT least(256, max(matched_before + new_pairs
                          + greatest(flushed_left_before, flushed_right_before))) AS most
    FROM run_work WHERE new_pairs > 0
), firsts AS MATERIALIZED (
    SELECT array_agg(f.unit ORDER BY s.n, f.unit) AS list
    FROM generate_series(0, (SELECT cardinality(list) FROM units) / 256 - 1) AS s(n)
    CROSS JOIN LATERAL (
        SELECT unnest((SELECT list FROM units)[s.n * 256 + 1:(s.n + 1) * 256]) AS unit
        ORDER BY 1 LIMIT (SELECT most FROM asked)) f
), ends AS MATERIALIZED (
    SELECT w.*, width_bucket(w.left_low, (SELECT places FROM units)) AS left_after,
           width_bucket(w.left_high, (SELECT places FROM units)) AS left_to,
           width_bucket(w.right_low, (SELECT places FROM units)) AS right_after,
           width_bucket(w.right_high, (SELECT places FROM units)) AS right_to
    FROM (SELECT * FROM run_work WHERE new_pairs > 0 ORDER BY left_low OFFSET 0) w
)
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
DROP_LEGS = "DROP TABLE run_legs"


def name_units(
    cursor: CursorWrapper, asked: Mapping[str, Any], *, kind: str, places: str, pairs: int
) -> None:
    """Write the pairs of ``run_work``, each with its two units.

    :raises Stale: there are fewer units than the counters say
    """
    cursor.execute(LEGS.format(kind=kind, places=places), asked)
    cursor.execute(KEEP_PAIRS, asked)
    if cursor.rowcount != pairs:
        raise Stale(
            f"{pairs} pairs were found and units for {cursor.rowcount} of them. "
            "Check the integrity page; nothing was changed."
        )
    cursor.execute(DROP_LEGS)
