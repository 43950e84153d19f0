"""The statements of a run. Each works on everybody at once.

``rules/pairs.py`` says in plain functions what they must give.
"""

from __future__ import annotations

from domain.network.earning.models.pairs import NUMBERS

# Large hashes instead of many passes over the disk, and several processes sooner than usual, also
# where what each finds is as much as what it reads; for this transaction only.
ROOM = """
SET LOCAL work_mem = '256MB'; SET LOCAL jit = off;
SET LOCAL min_parallel_table_scan_size = '1MB'; SET LOCAL parallel_tuple_cost = 0.01
"""

# Tables that last as long as the work. Those of a run are UNLOGGED ones, so that the database may
# read them with several processes at once; a what-if, of which many run beside each other, and who
# may not make tables here, has TEMP ones.
MAY_MAKE = "SELECT has_schema_privilege(current_schema(), 'CREATE')"
DROP_WORK = "DROP TABLE run_moved, run_added, run_work"
MOVED = """
CREATE {kind} TABLE run_moved AS
SELECT n.place, e.sign AS units
FROM domain_unitevent e JOIN ({places}) n ON n.member_id = e.node_id
WHERE e.run_id IS NULL AND e.at < %(until)s AND e.id <= %(last_event)s
"""
# What came into each leg: the sum up to its end less the sum up to its beginning. Nobody asks of a
# place with nobody below.
ADDED = """
CREATE {kind} TABLE run_added AS
WITH moved AS MATERIALIZED (
    SELECT array_agg(place ORDER BY place) AS places, array_agg(total ORDER BY place) AS totals
    FROM (SELECT place, sum(units) OVER (ORDER BY place)::int AS total FROM run_moved) m
)
SELECT n.member_id,
       coalesce((SELECT totals FROM moved)[
                    width_bucket(n.left_high, (SELECT places FROM moved))], 0)
       - coalesce((SELECT totals FROM moved)[
                    width_bucket(n.left_low, (SELECT places FROM moved))], 0) AS left_added,
       coalesce((SELECT totals FROM moved)[
                    width_bucket(n.right_high, (SELECT places FROM moved))], 0)
       - coalesce((SELECT totals FROM moved)[
                    width_bucket(n.right_low, (SELECT places FROM moved))], 0) AS right_added
FROM ({places}) n WHERE n.open < 3 AND EXISTS (SELECT FROM run_moved);
ANALYZE run_added
"""
# What the n-th new pair is worth. It settles what is owed, as far as the earlier ones left any,
# before it reaches the wallet; of what does reach it a share is held back.
WORTH = """
CROSS JOIN LATERAL generate_series(1, w.new_pairs) AS i(n)
CROSS JOIN LATERAL (SELECT
    CASE WHEN w.active_buyer OR w.matched_before + i.n <= %(full)s THEN 0
         ELSE %(reserve)s::bigint END AS reserve,
    (i.n - 1) * %(amount)s::bigint - CASE WHEN w.active_buyer THEN 0 ELSE %(reserve)s::bigint
        * greatest(w.matched_before + i.n - 1 - greatest(w.matched_before, %(full)s), 0)
        END AS earlier) e
CROSS JOIN LATERAL (SELECT
    greatest(0, least(%(amount)s::bigint - e.reserve, w.recovered_cents - e.earlier))
        AS recovered) s
CROSS JOIN LATERAL (SELECT
    (2 * (%(amount)s::bigint - e.reserve - s.recovered) * %(holdback)s + 10000) / 20000 AS held) h
"""

# Every member whose counters move, or who has pairs waiting from earlier. What a reversal took
# from a leg counts below zero, so that new units fill that debt first. OFFSET 0 keeps what is
# worked out in one step from being worked out again wherever a later one names it.
WORK = f"""
CREATE {{kind}} TABLE run_work AS
WITH legs AS (
    SELECT n.member_id, n.left_low, n.left_high, n.right_low, n.right_high,
           n.left_units AS left_before, n.right_units AS right_before,
           coalesce(a.left_added, 0) AS left_added, coalesce(a.right_added, 0) AS right_added,
           n.pairs_matched AS matched_before,
           n.flushed_left AS flushed_left_before, n.flushed_right AS flushed_right_before,
           CASE WHEN n.month = %(month)s THEN n.month_used ELSE 0 END AS used_before
    FROM ({{places}}) n LEFT JOIN run_added a ON a.member_id = n.member_id
    WHERE a.left_added <> 0 OR a.right_added <> 0
       OR (n.left_units > n.pairs_matched + n.flushed_left
           AND n.right_units > n.pairs_matched + n.flushed_right)
), free AS (
    SELECT l.*, m.state = 'active' AS may_earn,
           l.left_before + l.left_added - l.matched_before - l.flushed_left_before AS free_left,
           l.right_before + l.right_added - l.matched_before - l.flushed_right_before
               AS free_right
    FROM legs l JOIN domain_member m ON m.customer_id = l.member_id OFFSET 0
), balanced AS (
    SELECT f.*, greatest(least(f.free_left, f.free_right), 0) AS paired FROM free f
), matched AS (
    SELECT b.*, CASE WHEN b.may_earn
                THEN least(b.paired, greatest(%(cap)s - b.used_before, 0)) ELSE 0 END AS new_pairs
    FROM balanced b OFFSET 0
), buyers AS (
    SELECT DISTINCT p.member_id FROM domain_activebuyerperiod p
    WHERE p.started_on <= %(as_of)s AND (p.ended_on IS NULL OR p.ended_on > %(as_of)s)
), burned AS (
    SELECT m.*, CASE WHEN %(flush)s AND m.may_earn
                THEN m.paired - m.new_pairs ELSE 0 END AS flushed,
           m.new_pairs > 0 AND p.member_id IS NOT NULL AS active_buyer
    FROM matched m LEFT JOIN buyers p ON p.member_id = m.member_id
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
           END * %(reserve)s::bigint AS to_reserve_cents
    FROM burned b LEFT JOIN owing o ON o.customer_id = b.member_id OFFSET 0
), settled AS (
    SELECT v.*, least(greatest(v.owed_cents, 0), v.gross_cents - v.to_reserve_cents)
               AS recovered_cents
    FROM valued v OFFSET 0
), kept AS (
    SELECT w.*, CASE WHEN %(holdback)s > 0 THEN (
               SELECT coalesce(sum(h.held), 0) FROM (SELECT) one {WORTH}
           ) ELSE 0 END::bigint AS held_cents
    FROM settled w OFFSET 0
)
SELECT member_id, left_low, left_high, right_low, right_high,
       left_before, right_before, left_added, right_added, matched_before,
       flushed_left_before, flushed_right_before, used_before, new_pairs, flushed,
       free_left - new_pairs - flushed AS carry_left,
       free_right - new_pairs - flushed AS carry_right,
       may_earn, active_buyer, owed_cents, gross_cents, to_reserve_cents, held_cents,
       recovered_cents,
       gross_cents - to_reserve_cents - held_cents - recovered_cents AS to_wallet_cents
FROM kept
"""  # noqa: S608
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
INSERT INTO domain_runmember (id, run_id, {COLUMNS})
SELECT member_id * {NUMBERS} + %(run)s, %(run)s, {COLUMNS} FROM run_work
ORDER BY member_id
"""  # noqa: S608
# The rows of a run are found by the stretch they lie in once that is noted, which the database does
# in its own time: until then each statement that asks for them reads what earlier runs left too.
# Only whoever owns the tables may.
NOTE_STRETCHES = """
SELECT brin_summarize_new_values(oid) FROM pg_class
WHERE relname IN ('run_member_of_run', 'pair_of_run') AND pg_has_role(relowner, 'USAGE')
  AND relnamespace = current_schema()::regnamespace
"""
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
