"""The statements of a run. Each works on everybody at once.

``rules/pairs.py`` says in plain functions what they must give.
"""

from __future__ import annotations

# Large hashes instead of many passes over the disk; for this transaction only.
ROOM = "SET LOCAL work_mem = '256MB'; SET LOCAL jit = off"

# Units go up the tree a level at a time, each place handing on what is below it: every place is
# asked once. Handed to all places above at once they were as many rows as the tree is deep.
DROP_WORK = "DROP TABLE IF EXISTS run_work, run_moved, run_added"
MOVED = """
CREATE TEMP TABLE run_moved ON COMMIT DROP AS
SELECT n.parent_id, n.side, n.depth, sum(e.sign) AS units
FROM domain_unitevent e JOIN domain_node n ON n.member_id = e.node_id
WHERE e.run_id IS NULL AND e.at < %(until)s AND e.id <= %(last_event)s AND n.depth > 0
GROUP BY 1, 2, 3 ORDER BY n.depth
"""
INDEX_MOVED = """
CREATE INDEX ON run_moved (depth); ANALYZE run_moved;
CREATE TEMP TABLE run_added (member_id bigint, depth int, on_left bigint, on_right bigint)
    ON COMMIT DROP;
CREATE INDEX ON run_added (depth)
"""
DEEPEST = "SELECT coalesce(max(depth), 0) FROM run_moved"
LEVEL = """
INSERT INTO run_added
SELECT b.parent_id, %(depth)s - 1, coalesce(sum(b.units) FILTER (WHERE b.side = 'L'), 0),
       coalesce(sum(b.units) FILTER (WHERE b.side = 'R'), 0)
FROM (
    SELECT m.parent_id, m.side, m.units FROM run_moved m WHERE m.depth = %(depth)s
    UNION ALL
    SELECT n.parent_id, n.side, a.on_left + a.on_right
    FROM run_added a JOIN domain_node n ON n.member_id = a.member_id WHERE a.depth = %(depth)s
) b GROUP BY 1
"""
# Every member whose counters move, or who has pairs waiting from earlier. What a reversal took
# from a leg counts below zero, so that new units fill that debt first.
WORK = """
CREATE TEMP TABLE run_work ON COMMIT DROP AS
WITH legs AS (
    SELECT n.member_id, n.left_units AS left_before, n.right_units AS right_before,
           coalesce(a.on_left, 0)::int AS left_added, coalesce(a.on_right, 0)::int AS right_added,
           n.pairs_matched AS matched_before,
           n.flushed_left AS flushed_left_before, n.flushed_right AS flushed_right_before,
           CASE WHEN n.month = %(month)s THEN n.month_used ELSE 0 END AS used_before
    FROM domain_node n LEFT JOIN run_added a ON a.member_id = n.member_id
    WHERE a.member_id IS NOT NULL
       OR (n.left_units > n.pairs_matched + n.flushed_left
           AND n.right_units > n.pairs_matched + n.flushed_right)
), free AS (
    SELECT l.*, m.state = 'active' AS may_earn,
           l.left_before + l.left_added - l.matched_before - l.flushed_left_before AS free_left,
           l.right_before + l.right_added - l.matched_before - l.flushed_right_before
               AS free_right
    FROM legs l JOIN domain_member m ON m.customer_id = l.member_id
), balanced AS (
    SELECT f.*, greatest(least(f.free_left, f.free_right), 0) AS paired FROM free f
), matched AS (
    SELECT b.*, CASE WHEN b.may_earn
                THEN least(b.paired, greatest(%(cap)s - b.used_before, 0)) ELSE 0 END AS new_pairs
    FROM balanced b
), burned AS (
    SELECT m.*, CASE WHEN %(flush)s AND m.may_earn
                THEN m.paired - m.new_pairs ELSE 0 END AS flushed,
           m.new_pairs > 0 AND EXISTS (
               SELECT 1 FROM domain_activebuyerperiod p WHERE p.member_id = m.member_id
               AND p.started_on <= %(as_of)s AND (p.ended_on IS NULL OR p.ended_on > %(as_of)s)
           ) AS active_buyer
    FROM matched m
), owing AS (
    SELECT a.customer_id, sum(CASE WHEN t.debit_id = a.id THEN t.amount_cents
                                   ELSE -t.amount_cents END) AS owed
    FROM domain_account a JOIN domain_transfer t ON t.debit_id = a.id OR t.credit_id = a.id
    WHERE a.code = '1300' AND a.currency = 'INR' GROUP BY 1
), valued AS (
    SELECT b.*, coalesce(o.owed, 0)::bigint AS owed_cents,
           b.new_pairs * %(amount)s::bigint AS gross_cents,
           CASE WHEN b.active_buyer THEN 0
                ELSE b.new_pairs - least(greatest(%(full)s - b.matched_before, 0), b.new_pairs)
           END * ((2 * %(amount)s::bigint * %(deduction)s + 10000) / 20000) AS to_reserve_cents
    FROM burned b LEFT JOIN owing o ON o.customer_id = b.member_id
)
SELECT member_id, left_before, right_before, left_added, right_added, matched_before,
       flushed_left_before, flushed_right_before, used_before, new_pairs, flushed,
       free_left - new_pairs - flushed AS carry_left,
       free_right - new_pairs - flushed AS carry_right,
       may_earn, active_buyer, owed_cents, gross_cents, to_reserve_cents, 0::bigint AS held_cents,
       least(greatest(owed_cents, 0), gross_cents - to_reserve_cents) AS recovered_cents,
       gross_cents - to_reserve_cents
           - least(greatest(owed_cents, 0), gross_cents - to_reserve_cents) AS to_wallet_cents
FROM valued
"""
# The n-th pair settles what is owed before it reaches the wallet; of what does reach it a share
# is held back.
DROP_PAIRS = "DROP TABLE IF EXISTS run_pairs"
PAIRS = """
CREATE TEMP TABLE run_pairs ON COMMIT DROP AS
WITH numbered AS (
    SELECT w.member_id, w.matched_before + i.n AS number, w.active_buyer, w.recovered_cents,
           i.n,
           CASE WHEN w.active_buyer OR w.matched_before + i.n <= %(full)s THEN 0
                ELSE (2 * %(amount)s::bigint * %(deduction)s + 10000) / 20000 END AS reserve
    FROM run_work w CROSS JOIN LATERAL generate_series(1, w.new_pairs) AS i(n)
), settled AS (
    SELECT n.*, CASE WHEN n.recovered_cents = 0 THEN 0 ELSE greatest(0, least(
               %(amount)s::bigint - n.reserve, n.recovered_cents - coalesce(sum(
                   %(amount)s::bigint - n.reserve) OVER earlier, 0)))::bigint END AS recovered
    FROM numbered n
    WINDOW earlier AS (PARTITION BY n.member_id ORDER BY n.n
                       ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
)
SELECT s.member_id, s.number, s.active_buyer, s.reserve AS to_reserve_cents,
       s.recovered AS recovered_cents,
       (2 * (%(amount)s::bigint - s.reserve - s.recovered) * %(holdback)s + 10000) / 20000
           AS held_cents
FROM settled s
"""
HELD = """
UPDATE run_work w SET held_cents = p.held, to_wallet_cents = w.to_wallet_cents - p.held
FROM (SELECT member_id, sum(held_cents)::bigint AS held FROM run_pairs GROUP BY 1) p
WHERE p.member_id = w.member_id AND p.held > 0
"""
TOTALS = """
SELECT count(*) FILTER (WHERE new_pairs > 0), coalesce(sum(new_pairs), 0),
       coalesce(sum(flushed), 0),
       count(*) FILTER (WHERE new_pairs > 0 AND used_before + new_pairs >= %(cap)s),
       count(*) FILTER (WHERE carry_left < 0 OR carry_right < 0),
       coalesce(sum(gross_cents), 0), coalesce(sum(to_reserve_cents), 0),
       coalesce(sum(held_cents), 0), coalesce(sum(recovered_cents), 0),
       coalesce(sum(to_wallet_cents), 0)
FROM run_work
"""
COLUMNS = (
    "member_id, left_before, right_before, left_added, right_added, matched_before, "
    "flushed_left_before, flushed_right_before, used_before, new_pairs, flushed, carry_left, "
    "carry_right, may_earn, active_buyer, owed_cents, gross_cents, to_reserve_cents, held_cents, "
    "recovered_cents, to_wallet_cents"
)
KEEP_MEMBERS = f"""
INSERT INTO domain_runmember (run_id, {COLUMNS}) SELECT %(run)s, {COLUMNS} FROM run_work
"""  # noqa: S608
# Units in the order in which runs took them in, then by number; one that was taken back is no
# unit any more. They lie in the order of the tree, so that a leg is one stretch of the table.
DROP_UNITS = "DROP TABLE IF EXISTS run_units"
UNITS = """
CREATE TEMP TABLE run_units ON COMMIT DROP AS
SELECT n.tree, n.path, e.id,
       row_number() OVER (ORDER BY coalesce(e.run_id, %(run)s), e.id) AS place
FROM domain_unitevent e JOIN domain_node n ON n.member_id = e.node_id
WHERE e.sign = 1 AND e.at < %(until)s AND (e.run_id IS NOT NULL OR e.id <= %(last_event)s)
  AND NOT EXISTS (
    SELECT 1 FROM domain_unitevent x WHERE x.sign = -1 AND x.source_type = e.source_type
    AND x.source_id = e.source_id
    AND (x.run_id IS NOT NULL OR (x.id <= %(last_event)s AND x.at < %(until)s)))
ORDER BY n.tree, n.path
"""
INDEX_UNITS = "CREATE INDEX ON run_units (tree, path); ANALYZE run_units"
LEG = """ARRAY(
        SELECT u.id FROM run_units u WHERE u.tree = w.tree
        AND u.path >= w.path || '{low}' AND u.path < w.path || '{high}'
        ORDER BY u.place OFFSET w.{skipped} LIMIT w.new_pairs)"""
# A pair has the unit of its own rank on each side, not counting those that were burned.
KEEP_PAIRS = f"""
WITH wanted AS MATERIALIZED (
    SELECT w.member_id, n.tree, n.path, w.new_pairs, w.matched_before,
           w.matched_before + w.flushed_left_before AS skipped_left,
           w.matched_before + w.flushed_right_before AS skipped_right
    FROM run_work w JOIN domain_node n ON n.member_id = w.member_id WHERE w.new_pairs > 0
), legs AS MATERIALIZED (
    SELECT w.member_id, w.matched_before,
        {LEG.format(low=0, high=1, skipped="skipped_left")} AS lefts,
        {LEG.format(low=1, high=2, skipped="skipped_right")} AS rights
    FROM wanted w
), pairs AS (
    SELECT p.*, l.lefts[p.number - l.matched_before] AS left_unit,
           l.rights[p.number - l.matched_before] AS right_unit
    FROM run_pairs p JOIN legs l ON l.member_id = p.member_id
)
INSERT INTO domain_pair (run_id, member_id, number, left_unit_id, right_unit_id, amount_cents,
                         to_reserve_cents, held_cents, recovered_cents, to_wallet_cents,
                         active_buyer)
SELECT %(run)s, member_id, number, left_unit, right_unit, %(amount)s, to_reserve_cents, held_cents,
       recovered_cents, %(amount)s - to_reserve_cents - held_cents - recovered_cents, active_buyer
FROM pairs WHERE left_unit IS NOT NULL AND right_unit IS NOT NULL ORDER BY member_id, number
"""  # noqa: S608
FORGET_PAIRS = "DELETE FROM domain_pair WHERE run_id = %s"
FORGET_MEMBERS = "DELETE FROM domain_runmember WHERE run_id = %s"
PENDING = """
SELECT count(*), coalesce(max(id), 0) FROM domain_unitevent
WHERE run_id IS NULL AND at < %(until)s AND id <= %(last_event)s
"""

TAKE_EVENTS = """
UPDATE domain_unitevent SET run_id = %(run)s
WHERE run_id IS NULL AND at < %(until)s AND id <= %(last_event)s
"""
# A counter that is not what the run saw leaves its row untouched, and the count tells.
MOVE_COUNTERS = """
UPDATE domain_node n
SET left_units = r.left_before + r.left_added, right_units = r.right_before + r.right_added,
    pairs_matched = r.matched_before + r.new_pairs,
    flushed_left = r.flushed_left_before + r.flushed,
    flushed_right = r.flushed_right_before + r.flushed,
    month = %(month)s, month_used = r.used_before + r.new_pairs
FROM domain_runmember r
WHERE r.run_id = %(run)s AND n.member_id = r.member_id
  AND n.left_units = r.left_before AND n.right_units = r.right_before
  AND n.pairs_matched = r.matched_before AND n.flushed_left = r.flushed_left_before
  AND n.flushed_right = r.flushed_right_before
  AND CASE WHEN n.month = %(month)s THEN n.month_used ELSE 0 END = r.used_before
"""
OTHERWISE_OWING = """
SELECT count(*) FROM domain_runmember r LEFT JOIN (
    SELECT a.customer_id, sum(CASE WHEN t.debit_id = a.id THEN t.amount_cents
                                   ELSE -t.amount_cents END) AS owed
    FROM domain_account a JOIN domain_transfer t ON t.debit_id = a.id OR t.credit_id = a.id
    WHERE a.code = '1300' AND a.currency = 'INR' GROUP BY 1) o ON o.customer_id = r.member_id
WHERE r.run_id = %(run)s AND r.new_pairs > 0 AND r.owed_cents <> coalesce(o.owed, 0)
"""
ENDED_SINCE = """
SELECT count(*) FROM domain_runmember r JOIN domain_member m ON m.customer_id = r.member_id
WHERE r.run_id = %(run)s AND r.new_pairs > 0 AND m.state <> 'active'
"""
