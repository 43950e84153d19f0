"""The statements that put a run's pairs on the stage of the books, with what is held back."""

from __future__ import annotations

STAGE = """
INSERT INTO posting_stage (key, event, effective_on, customer_id, debit_code, credit_code,
                           amount_cents, leg, source_type, source_id)
SELECT CASE WHEN part.n = 4 THEN 'recoverable:' ELSE '' END || 'pair:' || p.member_id || ':'
           || p.number,
       CASE WHEN part.n = 4 THEN 'recoverable.offset'
            WHEN p.to_reserve_cents > 0 THEN 'pair.credited_deducted' ELSE 'pair.credited' END,
       %(day)s, p.member_id, '5010', part.code, part.cents, part.n, 'pair', p.id
FROM domain_pair p CROSS JOIN LATERAL (VALUES
    (1, '2000', p.to_wallet_cents), (2, '2010', p.to_reserve_cents),
    (3, '2015', p.held_cents), (4, '1300', p.recovered_cents)) AS part(n, code, cents)
WHERE p.run_id = %(run)s AND part.cents > 0
"""
# What is withheld at the credit, by member; only where tax does not wait for the payout.
RUN_TAX = """
DROP TABLE IF EXISTS run_tax;
CREATE TEMP TABLE run_tax (member_id bigint PRIMARY KEY, tds_cents bigint NOT NULL) ON COMMIT DROP
"""
KEEP_TAX = """
INSERT INTO run_tax SELECT * FROM unnest(%s::bigint[], %s::bigint[]) AS t(member_id, tds_cents)
WHERE t.tds_cents > 0
"""
# A member's tax comes out of what goes to the wallet; where that is not enough, of what is held
# back, then of the reserve. Within each it is spread over the pairs by their amounts.
STAGE_TAXED = """
INSERT INTO posting_stage (key, event, effective_on, customer_id, debit_code, credit_code,
                           amount_cents, leg, source_type, source_id)
WITH parts AS (
    SELECT p.id, p.member_id, p.number, part.n, part.code, part.cents,
           p.to_reserve_cents > 0 AS deducted,
           least(greatest(coalesce(x.tds_cents, 0) - part.before, 0), part.of_all) AS kind_tax,
           part.of_all,
           sum(part.cents) OVER (PARTITION BY p.member_id, part.n ORDER BY p.number) AS upto
    FROM domain_pair p
    JOIN domain_runmember r ON r.run_id = p.run_id AND r.member_id = p.member_id
    LEFT JOIN run_tax x ON x.member_id = p.member_id
    CROSS JOIN LATERAL (VALUES
        (1, '2000', p.to_wallet_cents, r.to_wallet_cents, 0::bigint),
        (2, '2015', p.held_cents, r.held_cents, r.to_wallet_cents),
        (3, '2010', p.to_reserve_cents, r.to_reserve_cents, r.to_wallet_cents + r.held_cents),
        (4, '1300', p.recovered_cents, r.recovered_cents, 4611686018427387904)
    ) AS part(n, code, cents, of_all, before)
    WHERE p.run_id = %(run)s AND part.cents > 0
), taxed AS (
    SELECT t.*, (div(t.kind_tax::numeric * t.upto, t.of_all)
                 - div(t.kind_tax::numeric * (t.upto - t.cents), t.of_all))::bigint AS tax
    FROM parts t
), legs AS (
    SELECT id, member_id, number, deducted, n AS leg, code, cents - tax AS cents FROM taxed
    UNION ALL
    SELECT id, member_id, number, deducted, 5, '2100', sum(tax)::bigint FROM taxed
    GROUP BY id, member_id, number, deducted
)
SELECT CASE WHEN leg = 4 THEN 'recoverable:' ELSE '' END || 'pair:' || member_id || ':' || number,
       CASE WHEN leg = 4 THEN 'recoverable.offset'
            WHEN deducted THEN 'pair.credited_deducted' ELSE 'pair.credited' END,
       %(day)s, member_id, '5010', code, cents, leg, 'pair', id
FROM legs WHERE cents > 0
"""
HOLD_BACK = """
INSERT INTO domain_holdback (member_id, key, amount_cents, taken_cents, held_on, release_on)
SELECT customer_id, 'run:' || %(run)s || ':' || customer_id, sum(amount_cents), 0, %(day)s,
       %(release)s
FROM posting_stage WHERE credit_code = '2015' GROUP BY customer_id
"""
