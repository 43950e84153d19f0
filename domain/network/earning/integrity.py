"""What always holds for pairs, counters and bonuses, each naming the row that breaks it.

:source: docs/policies/invariants.md, N3 to N8 and M18
"""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection

from domain.common.integrity import Breach

CHECKS = (
    (
        "N3",
        """
        SELECT 'pair ' || p.number || ' of member ' || m.code,
               CASE WHEN l.id IS NULL OR r.id IS NULL OR l.sign <> 1 OR r.sign <> 1
                    THEN 'is made of something that is no unit'
                    ELSE 'has a unit from the wrong side' END
        FROM domain_pair p JOIN domain_member m ON m.customer_id = p.member_id
        JOIN domain_node n ON n.member_id = p.member_id
        LEFT JOIN domain_unitevent l ON l.id = p.left_unit_id
        LEFT JOIN domain_unitevent r ON r.id = p.right_unit_id
        LEFT JOIN domain_node ln ON ln.member_id = l.node_id
        LEFT JOIN domain_node rn ON rn.member_id = r.node_id
        WHERE l.id IS NULL OR r.id IS NULL OR l.sign <> 1 OR r.sign <> 1
           OR ln.tree <> n.tree OR rn.tree <> n.tree
           OR left(ln.path, n.depth + 1) <> n.path || '0'
           OR left(rn.path, n.depth + 1) <> n.path || '1'
        UNION ALL
        SELECT 'unit ' || u.unit || ' for member ' || m.code, 'is in ' || count(*) || ' pairs'
        FROM (SELECT member_id, left_unit_id AS unit FROM domain_pair
              UNION ALL SELECT member_id, right_unit_id FROM domain_pair) u
        JOIN domain_member m ON m.customer_id = u.member_id
        GROUP BY u.unit, m.code HAVING count(*) > 1
        """,
    ),
    (
        "N4",
        """
        WITH taken AS (
            SELECT e.sign, n.tree, n.path FROM domain_unitevent e
            JOIN domain_node n ON n.member_id = e.node_id WHERE e.run_id IS NOT NULL
        ), below AS (
            SELECT t.tree, left(t.path, l.length) AS path,
                   sum(t.sign) FILTER (WHERE substr(t.path, l.length + 1, 1) = '0') AS on_left,
                   sum(t.sign) FILTER (WHERE substr(t.path, l.length + 1, 1) = '1') AS on_right
            FROM taken t CROSS JOIN LATERAL generate_series(0, length(t.path) - 1) AS l(length)
            GROUP BY 1, 2
        )
        SELECT 'member ' || m.code, 'counts ' || n.left_units || ' left and ' || n.right_units
               || ' right units; there are ' || coalesce(b.on_left, 0) || ' and '
               || coalesce(b.on_right, 0)
        FROM domain_node n JOIN domain_member m ON m.customer_id = n.member_id
        LEFT JOIN below b ON b.tree = n.tree AND b.path = n.path
        WHERE n.left_units <> coalesce(b.on_left, 0) OR n.right_units <> coalesce(b.on_right, 0)
        """,
    ),
    (
        "N4",
        """
        SELECT 'member ' || m.code, 'has ' || n.pairs_matched || ' pairs by the counter and '
               || coalesce(p.pairs, 0) || ' posted, the last numbered ' || coalesce(p.last, 0)
        FROM domain_node n JOIN domain_member m ON m.customer_id = n.member_id
        LEFT JOIN (
            SELECT p.member_id, count(*) AS pairs, max(p.number) AS last FROM domain_pair p
            JOIN domain_commissionrun r ON r.id = p.run_id AND r.state = 'posted' GROUP BY 1
        ) p ON p.member_id = n.member_id
        WHERE n.pairs_matched <> coalesce(p.pairs, 0) OR n.pairs_matched <> coalesce(p.last, 0)
        """,
    ),
    (
        "N4",
        """
        SELECT 'member ' || m.code || ' in run ' || r.run_id,
               'pairs more than the weaker leg has: ' || r.new_pairs
        FROM domain_runmember r JOIN domain_member m ON m.customer_id = r.member_id
        WHERE r.new_pairs > 0 AND (r.carry_left < 0 OR r.carry_right < 0
           OR r.carry_left <> r.left_before + r.left_added - r.matched_before
                              - r.flushed_left_before - r.new_pairs - r.flushed
           OR r.carry_right <> r.right_before + r.right_added - r.matched_before
                               - r.flushed_right_before - r.new_pairs - r.flushed)
        """,
    ),
    (
        "N5",
        """
        SELECT 'member ' || m.code, sum(r.new_pairs) || ' pairs in ' || to_char(c.month, 'YYYY-MM')
               || '; the cap is ' || max((c.rules->>'pair.monthly_cap')::int)
        FROM domain_runmember r JOIN domain_commissionrun c ON c.id = r.run_id
        JOIN domain_member m ON m.customer_id = r.member_id
        WHERE c.state = 'posted' AND r.new_pairs > 0
        GROUP BY m.code, c.month
        HAVING sum(r.new_pairs) > max((c.rules->>'pair.monthly_cap')::int)
        UNION ALL
        SELECT 'member ' || m.code || ' in run ' || r.run_id, 'burns pairs that are to wait'
        FROM domain_runmember r JOIN domain_commissionrun c ON c.id = r.run_id
        JOIN domain_member m ON m.customer_id = r.member_id
        WHERE r.flushed > 0 AND c.rules->>'pair.cap_overflow' <> 'FLUSH'
        """,
    ),
    (
        "N6",
        """
        WITH posted AS (
            SELECT regexp_replace(e.key, '^recoverable:', '') AS key, sum(t.amount_cents) AS cents
            FROM domain_entry e JOIN domain_transfer t ON t.entry_id = e.id
            WHERE e.source_type = 'commissionrun' AND t.debit_code = '5010' GROUP BY 1
        ), rows AS (
            SELECT r.*, 'pair:' || r.member_id || ':' || r.matched_before + 1 AS key
            FROM domain_runmember r WHERE r.new_pairs > 0
        )
        SELECT 'member ' || m.code || ' in run ' || r.run_id, 'is paid ' || r.gross_cents
               || ', the books say ' || coalesce(x.cents, 0)
        FROM rows r JOIN domain_commissionrun c ON c.id = r.run_id
        JOIN domain_member m ON m.customer_id = r.member_id
        LEFT JOIN posted x ON x.key = r.key
        WHERE coalesce(x.cents, 0) <> CASE WHEN c.state = 'posted' THEN r.gross_cents ELSE 0 END
        UNION ALL
        SELECT 'entry ' || x.key, 'pays pairs that do not exist'
        FROM posted x LEFT JOIN rows r ON r.key = x.key WHERE r.key IS NULL
        UNION ALL
        SELECT 'member ' || m.code || ' in run ' || run_id,
               'is paid for ' || coalesce(r.new_pairs, 0) || ' pairs from number '
               || coalesce(r.matched_before + 1, 0)
               || ' on, and the pairs are others or worth something else'
        FROM rows r FULL JOIN (
            SELECT run_id, member_id, count(*) AS pairs, min(number) AS first, max(number) AS last,
                   sum(to_reserve_cents) AS to_reserve, sum(held_cents) AS held,
                   sum(recovered_cents) AS recovered, sum(to_wallet_cents) AS to_wallet,
                   min(amount_cents) AS least, max(amount_cents) AS most
            FROM domain_pair GROUP BY 1, 2
        ) p USING (run_id, member_id)
        JOIN domain_commissionrun c ON c.id = run_id
        JOIN domain_member m ON m.customer_id = member_id
        WHERE (r.new_pairs, r.matched_before + 1, r.matched_before + r.new_pairs,
               r.to_reserve_cents, r.held_cents, r.recovered_cents, r.to_wallet_cents)
              IS DISTINCT FROM (p.pairs, p.first, p.last, p.to_reserve, p.held, p.recovered,
                                p.to_wallet)
           OR p.least <> (c.rules->>'pair.amount')::bigint
           OR p.most <> (c.rules->>'pair.amount')::bigint
        UNION ALL
        SELECT 'pair ' || p.number || ' of member ' || m.code, CASE WHEN sum(r.sign) NOT IN (0, -1)
               THEN 'was taken back or given again twice over'
               ELSE 'is not in the books as taken back and given again' END
        FROM domain_pairreturn r JOIN domain_pair p ON p.id = r.pair_id
        JOIN domain_commissionrun c ON c.id = r.run_id AND c.state = 'posted'
        JOIN domain_member m ON m.customer_id = p.member_id
        LEFT JOIN (
            SELECT e.source_id, sum(CASE WHEN t.debit_code = '5010' THEN t.amount_cents
                                         ELSE -t.amount_cents END) AS cents
            FROM domain_entry e JOIN domain_transfer t ON t.entry_id = e.id
            WHERE e.source_type = 'pairreturn' GROUP BY 1
        ) x ON x.source_id = r.id
        GROUP BY p.id, p.number, m.code
        HAVING sum(r.sign) NOT IN (0, -1)
            OR bool_or(coalesce(x.cents, 0) <> r.sign * p.amount_cents)
        """,
    ),
    (
        "N8",
        """
        SELECT 'unit ' || e.id, 'was taken in by run ' || e.run_id || ', which is not posted'
        FROM domain_unitevent e LEFT JOIN domain_commissionrun r ON r.id = e.run_id
        WHERE e.run_id IS NOT NULL AND r.state IS DISTINCT FROM 'posted'
        UNION ALL
        SELECT 'run ' || r.id, 'took ' || r.events || ' units in; ' || coalesce(e.taken, 0)
               || ' name it'
        FROM domain_commissionrun r LEFT JOIN (
            SELECT run_id, count(*) AS taken FROM domain_unitevent WHERE run_id IS NOT NULL
            GROUP BY 1) e ON e.run_id = r.id
        WHERE r.state = 'posted' AND r.events <> coalesce(e.taken, 0)
        """,
    ),
    (
        "M18",
        """
        SELECT 'bonus ' || b.id, 'goes to the buyer of booking ' || k.number
        FROM domain_referralbonus b JOIN domain_booking k ON k.id = b.booking_id
        WHERE k.customer_id = b.sponsor_id
        UNION ALL
        SELECT kind || ' ' || id, 'has ' || count(*) || ' bonuses or clawbacks'
        FROM (SELECT 'bonus of payment' AS kind, payment_id AS id FROM domain_referralbonus
              UNION ALL SELECT 'bonus of case', case_id FROM domain_referralbonus
              UNION ALL SELECT 'bonus of refund', refund_id FROM domain_referralbonus
              UNION ALL SELECT 'clawback of refund', refund_id FROM domain_referralclawback
              UNION ALL SELECT 'clawback of dispute', dispute_id FROM domain_referralclawback
              UNION ALL SELECT 'clawback of case', case_id FROM domain_referralclawback) x
        WHERE id IS NOT NULL GROUP BY 1, id, kind HAVING count(*) > 1
        UNION ALL
        SELECT 'booking ' || k.number, 'took back ' || c.back || ' of bonuses of '
               || coalesce(b.given, 0)
        FROM (SELECT booking_id, sum(amount_cents) AS back FROM domain_referralclawback
              GROUP BY 1) c
        JOIN domain_booking k ON k.id = c.booking_id
        LEFT JOIN (SELECT booking_id, sum(amount_cents) AS given FROM domain_referralbonus
                   GROUP BY 1) b ON b.booking_id = c.booking_id
        WHERE c.back > coalesce(b.given, 0)
        UNION ALL
        SELECT 'bonus ' || b.id, 'is ' || b.amount_cents || ', the books say '
               || coalesce(x.cents, 0)
        FROM domain_referralbonus b LEFT JOIN (
            SELECT e.source_id, sum(t.amount_cents) AS cents
            FROM domain_entry e JOIN domain_transfer t ON t.entry_id = e.id
            WHERE e.source_type = 'bonus' AND t.debit_code = '5000' GROUP BY 1
        ) x ON x.source_id = b.id
        WHERE b.amount_cents <> coalesce(x.cents, 0)
        UNION ALL
        SELECT 'clawback ' || c.id, 'is ' || c.amount_cents || ', the books say '
               || coalesce(x.cents, 0)
        FROM domain_referralclawback c LEFT JOIN (
            SELECT e.source_id, sum(t.amount_cents) AS cents
            FROM domain_entry e JOIN domain_transfer t ON t.entry_id = e.id
            WHERE e.source_type = 'clawback' AND t.credit_code = '5000' GROUP BY 1
        ) x ON x.source_id = c.id
        WHERE c.amount_cents <> coalesce(x.cents, 0)
        """,
    ),
    (
        "2015",
        """
        WITH kept AS (
            SELECT member_id, sum(amount_cents - taken_cents) AS cents
            FROM domain_holdback WHERE released_on IS NULL GROUP BY 1
        ), books AS (
            SELECT customer_id AS member_id, balance_cents AS cents
            FROM domain_account WHERE code = '2015'
        )
        SELECT 'member ' || m.code, 'has ' || coalesce(b.cents, 0) || ' held back in the books, '
               || coalesce(k.cents, 0) || ' by what waits to be released'
        FROM kept k FULL JOIN books b USING (member_id)
        JOIN domain_member m ON m.customer_id = member_id
        WHERE coalesce(k.cents, 0) <> coalesce(b.cents, 0)
        """,
    ),
)


def earning_breaches() -> Iterator[Breach]:
    with connection.cursor() as cursor:
        for identity, sql in CHECKS:
            cursor.execute(sql)
            for subject, sentence in cursor.fetchall():
                yield Breach(identity, subject, sentence)
