"""The identities between the books and the records beside them, account by account.

:source: docs/policies/invariants.md, 1010 to 5010
"""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection

from domain.common.integrity import Breach

IDENTITIES = (
    (
        # What Stripe has of ours: entries by hand (what reached the bank) and fees left out.
        "1010",
        """
        WITH ledger AS (
            SELECT t.currency, sum(CASE WHEN t.debit_code = '1010' THEN t.amount_cents
                                        ELSE -t.amount_cents END) AS cents
            FROM domain_transfer t JOIN domain_entry e ON e.id = t.entry_id
            WHERE '1010' IN (t.debit_code, t.credit_code)
              AND e.event NOT IN ('manual', 'fee.stripe')
            GROUP BY 1
        ), told AS (
            SELECT currency, captured_cents AS cents FROM domain_payment WHERE method = 'stripe'
            UNION ALL
            SELECT r.currency, -r.amount_cents FROM domain_refund r
            JOIN domain_payment p ON p.id = r.payment_id AND p.method = 'stripe'
            WHERE r.state = 'completed'
            UNION ALL
            SELECT currency, -amount_cents FROM domain_dispute WHERE state = 'lost'
        ), records AS (
            SELECT currency, sum(cents) AS cents FROM told GROUP BY 1
        )
        SELECT 'account 1010 in ' || currency, 'has ' || coalesce(l.cents, 0)
               || ' of card payments, their records say ' || coalesce(r.cents, 0)
        FROM ledger l FULL JOIN records r USING (currency)
        WHERE coalesce(l.cents, 0) <> coalesce(r.cents, 0)
        """,
    ),
    (
        # What a buyer has paid in advance, or still owes for a vehicle that was handed over.
        "2300",
        """
        WITH held AS (
            SELECT a.booking_id, sum(CASE WHEN t.credit_id = a.id THEN t.amount_cents
                                          ELSE -t.amount_cents END) AS cents
            FROM domain_account a JOIN domain_transfer t ON t.debit_id = a.id OR t.credit_id = a.id
            WHERE a.code IN ('1200', '2300') GROUP BY 1
        ), told AS (
            SELECT booking_id, captured_cents AS cents FROM domain_payment
            UNION ALL
            SELECT e.booking_id, CASE WHEN e.event = 'payment.applied' THEN t.amount_cents
                                      ELSE -t.amount_cents END
            FROM domain_entry e JOIN domain_transfer t ON t.entry_id = e.id
            WHERE e.event IN ('payment.applied', 'payment.surplus', 'booking.expired_to_wallet',
                              'booking.expired_to_booking', 'booking.expired_forfeited',
                              'booking.returned_to_member', 'booking.cancelled_fee')
            UNION ALL
            SELECT r.booking_id, -r.amount_cents FROM domain_refund r
            WHERE r.state = 'completed' AND r.case_id IS NULL AND NOT EXISTS (
                SELECT 1 FROM domain_entry e JOIN domain_transfer t ON t.entry_id = e.id
                WHERE e.key = 'refund:' || r.id || ':complete' AND t.debit_code = '4000')
            UNION ALL
            SELECT x.booking_id, -x.amount_cents FROM domain_dispute x
            WHERE x.state = 'lost' AND NOT EXISTS (
                SELECT 1 FROM domain_entry e JOIN domain_transfer t ON t.entry_id = e.id
                WHERE e.key = 'dispute:' || x.id || ':lost' AND t.debit_code = '5030')
        ), paid AS (
            SELECT booking_id, sum(cents) AS cents FROM told GROUP BY 1
        )
        SELECT 'booking ' || b.number, 'has ' || coalesce(h.cents, 0)
               || ' on its accounts; paid and not returned are ' || coalesce(p.cents, 0)
               || CASE WHEN b.state = 'delivered' THEN ' of ' || b.total_cents ELSE '' END
        FROM domain_booking b
        LEFT JOIN held h ON h.booking_id = b.id LEFT JOIN paid p ON p.booking_id = b.id
        WHERE b.line = 'vehicle' AND b.state IN ('pending', 'active', 'completed', 'delivered')
          AND coalesce(h.cents, 0) <> coalesce(p.cents, 0)
              - CASE WHEN b.state = 'delivered' THEN b.total_cents ELSE 0 END
        """,
    ),
    (
        "5010",
        """
        WITH ledger AS (
            SELECT coalesce(sum(CASE WHEN t.debit_code = '5010' THEN t.amount_cents
                                     ELSE -t.amount_cents END), 0) AS cents
            FROM domain_transfer t JOIN domain_entry e ON e.id = t.entry_id
            WHERE '5010' IN (t.debit_code, t.credit_code) AND t.currency = 'INR'
              AND e.event <> 'manual'
        ), told AS (
            SELECT p.amount_cents FROM domain_pair p
            JOIN domain_commissionrun r ON r.id = p.run_id AND r.state = 'posted'
            UNION ALL
            SELECT x.sign * p.amount_cents FROM domain_pairreturn x
            JOIN domain_pair p ON p.id = x.pair_id
            JOIN domain_commissionrun r ON r.id = x.run_id AND r.state = 'posted'
        ), pairs AS (SELECT coalesce(sum(amount_cents), 0) AS cents FROM told)
        SELECT 'account 5010', 'has ' || ledger.cents || ', posted pairs come to ' || pairs.cents
        FROM ledger, pairs WHERE ledger.cents <> pairs.cents
        """,
    ),
)


def identity_breaches() -> Iterator[Breach]:
    with connection.cursor() as cursor:
        for identity, sql in IDENTITIES:
            cursor.execute(sql)
            for subject, sentence in cursor.fetchall():
                yield Breach(identity, subject, sentence)
