"""The statements that put what a run pays on the stage of the books, with what is held back."""

from __future__ import annotations

# What is withheld at the credit, by member; only where tax does not wait for the payout.
RUN_TAX = """
DROP TABLE IF EXISTS run_tax;
CREATE TEMP TABLE run_tax (member_id bigint PRIMARY KEY, tds_cents bigint NOT NULL) ON COMMIT DROP
"""
KEEP_TAX = """
INSERT INTO run_tax SELECT * FROM unnest(%s::bigint[], %s::bigint[]) AS t(member_id, tds_cents)
WHERE t.tds_cents > 0
"""
# One entry for all that a run pays a member. The tax comes out of what goes to the wallet; where
# that is not enough, of what is held back, then of the reserve.
STAGE = """
INSERT INTO posting_stage (key, event, effective_on, customer_id, debit_code, credit_code,
                           amount_cents, leg, source_type, source_id)
SELECT CASE WHEN p.n = 5 THEN 'recoverable:' ELSE '' END || p.key,
       CASE WHEN p.n = 5 THEN 'recoverable.offset' ELSE p.event END,
       %(day)s, p.member_id, '5010', p.code, p.cents, p.n, 'commissionrun', %(run)s
FROM (
    SELECT r.member_id, 'pair:' || r.member_id || ':' || r.matched_before + 1 AS key,
           CASE WHEN r.to_reserve_cents > 0 THEN 'pair.credited_deducted'
                ELSE 'pair.credited' END AS event,
           unnest(ARRAY[1, 2, 3, 4, 5]) AS n,
           unnest(ARRAY['2000', '2010', '2015', '2100', '1300']) AS code,
           unnest(ARRAY[
               greatest(r.to_wallet_cents - t.cents, 0),
               r.to_reserve_cents - greatest(t.cents - r.to_wallet_cents - r.held_cents, 0),
               r.held_cents - least(greatest(t.cents - r.to_wallet_cents, 0), r.held_cents),
               t.cents, r.recovered_cents]) AS cents
    FROM domain_runmember r LEFT JOIN run_tax x ON x.member_id = r.member_id
    CROSS JOIN LATERAL (SELECT coalesce(x.tds_cents, 0) AS cents) t
    WHERE r.run_id = %(run)s AND r.gross_cents > 0
) p WHERE p.cents <> 0
"""
HOLD_BACK = """
INSERT INTO domain_holdback (member_id, key, amount_cents, taken_cents, held_on, release_on)
SELECT customer_id, 'run:' || %(run)s || ':' || customer_id, sum(amount_cents), 0, %(day)s,
       %(release)s
FROM posting_stage WHERE credit_code = '2015' GROUP BY customer_id
"""
