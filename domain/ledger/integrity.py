"""The books' own invariants, each naming the row that breaks it.

:source: docs/policies/invariants.md, M1 to M6
"""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection

from domain.common.integrity import Breach

CHECKS = (
    (
        "M1",
        """
        SELECT 'account ' || a.id, 'stored balance ' || a.balance_cents || ', transfers say '
               || coalesce(m.total, 0)
        FROM domain_account a LEFT JOIN (
            SELECT account_id, sum(change) AS total FROM (
                SELECT t.credit_id AS account_id, t.amount_cents AS change FROM domain_transfer t
                UNION ALL
                SELECT t.debit_id, -t.amount_cents FROM domain_transfer t) x
            GROUP BY 1) m ON m.account_id = a.id
        WHERE a.guarded
          AND a.balance_cents <> coalesce(m.total, 0) * CASE WHEN a.kind IN ('AS', 'EX')
                                                             THEN -1 ELSE 1 END
        """,
    ),
    (
        "M2",
        """
        SELECT 'account ' || id, 'balance ' || balance_cents FROM domain_account
        WHERE balance_cents < 0
        """,
    ),
    (
        "M3",
        """
        SELECT 'transfer ' || t.id, 'needs two accounts of its currency and an amount above zero'
        FROM domain_transfer t
        JOIN domain_account d ON d.id = t.debit_id JOIN domain_account c ON c.id = t.credit_id
        WHERE t.amount_cents <= 0 OR t.debit_id = t.credit_id
           OR d.currency <> t.currency OR c.currency <> t.currency
           OR d.code <> t.debit_code OR c.code <> t.credit_code
        UNION ALL
        SELECT 'entry ' || e.key, 'has no transfer' FROM domain_entry e
        WHERE NOT EXISTS (SELECT 1 FROM domain_transfer t WHERE t.entry_id = e.id)
        """,
    ),
    (
        "M5",
        """
        SELECT 'entry ' || r.key, 'is not the exact negative of ' || e.key
        FROM domain_entry r JOIN domain_entry e ON e.id = r.reverses_id
        WHERE EXISTS (
            (SELECT debit_id, credit_id, amount_cents FROM domain_transfer WHERE entry_id = e.id
             EXCEPT ALL
             SELECT credit_id, debit_id, amount_cents FROM domain_transfer WHERE entry_id = r.id)
            UNION ALL
            (SELECT credit_id, debit_id, amount_cents FROM domain_transfer WHERE entry_id = r.id
             EXCEPT ALL
             SELECT debit_id, credit_id, amount_cents FROM domain_transfer WHERE entry_id = e.id))
        """,
    ),
    (
        "M6",
        """
        SELECT 'entry ' || key, 'stands ' || count(*) || ' times' FROM domain_entry
        GROUP BY key HAVING count(*) > 1
        """,
    ),
    (
        "L1",
        """
        WITH recount AS (
            SELECT a.code, t.currency, e.effective_on AS day,
                   sum(t.amount_cents) FILTER (WHERE a.id = t.debit_id) AS debit,
                   sum(t.amount_cents) FILTER (WHERE a.id = t.credit_id) AS credit
            FROM domain_transfer t JOIN domain_entry e ON e.id = t.entry_id
            JOIN domain_account a ON a.id IN (t.debit_id, t.credit_id)
            WHERE t.id <= (SELECT coalesce(max(transfer_id), 0) FROM domain_ledgerhorizon)
            GROUP BY 1, 2, 3
        )
        SELECT 'day ' || coalesce(d.code, r.code) || ' ' || coalesce(d.day, r.day),
               'kept ' || coalesce(d.debit_cents, 0) || '/' || coalesce(d.credit_cents, 0)
               || ', transfers say ' || coalesce(r.debit, 0) || '/' || coalesce(r.credit, 0)
        FROM domain_ledgerday d
        FULL JOIN recount r USING (code, currency, day)
        WHERE coalesce(d.debit_cents, 0) <> coalesce(r.debit, 0)
           OR coalesce(d.credit_cents, 0) <> coalesce(r.credit, 0)
        """,
    ),
)


def ledger_breaches() -> Iterator[Breach]:
    for invariant, sql in CHECKS:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            for subject, sentence in cursor.fetchall():
                yield Breach(invariant, subject, sentence)
