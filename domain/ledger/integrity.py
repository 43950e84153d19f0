"""The books' own invariants, each naming the row that breaks it.

:source: docs/policies/invariants.md, M1 to M6, M9, L1 to L3
"""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection
from django.db.models import Min, Q

from domain.common.integrity import Breach
from domain.ledger.chart import CHART, Per
from domain.ledger.models import Account

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
        SELECT 'transfer ' || t.id, 'has another day than its entry'
        FROM domain_transfer t JOIN domain_entry e ON e.id = t.entry_id
        WHERE e.effective_on <> t.effective_on
        UNION ALL
        SELECT 'entry ' || e.key, 'has no transfer' FROM domain_entry e
        WHERE NOT EXISTS (SELECT 1 FROM domain_transfer t WHERE t.entry_id = e.id)
        UNION ALL
        SELECT 'entry ' || e.key, 'was made by somebody who is not there' FROM domain_entry e
        WHERE e.actor_id IS NOT NULL
          AND NOT EXISTS (SELECT 1 FROM domain_staff s WHERE s.id = e.actor_id)
        UNION ALL
        SELECT 'account ' || a.id, 'is of a customer who is not there' FROM domain_account a
        WHERE a.customer_id IS NOT NULL
          AND NOT EXISTS (SELECT 1 FROM domain_customer c WHERE c.id = a.customer_id)
        """,
    ),
    (
        "M4",
        """
        SELECT 'currency ' || currency, 'the daily sums are out of balance by '
               || sum(debit_cents - credit_cents)
        FROM domain_ledgerday GROUP BY currency HAVING sum(debit_cents) <> sum(credit_cents)
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
            SELECT code, currency, day, sum(debit) AS debit, sum(credit) AS credit FROM (
                SELECT debit_code AS code, currency, effective_on AS day, amount_cents AS debit,
                       0 AS credit, id FROM domain_transfer
                UNION ALL
                SELECT credit_code, currency, effective_on, 0, amount_cents, id
                FROM domain_transfer) moved
            WHERE id <= (SELECT coalesce(max(transfer_id), 0) FROM domain_ledgerhorizon)
            GROUP BY 1, 2, 3
        )
        SELECT 'day ' || coalesce(d.code, r.code) || ' ' || coalesce(d.day, r.day),
               'kept ' || coalesce(d.debit_cents, 0) || '/' || coalesce(d.credit_cents, 0)
               || ', transfers say ' || coalesce(r.debit, 0) || '/' || coalesce(r.credit, 0)
        FROM domain_ledgerday d
        FULL JOIN recount r USING (code, currency, day)
        WHERE coalesce(d.debit_cents, 0) <> coalesce(r.debit, 0)
           OR coalesce(d.credit_cents, 0) <> coalesce(r.credit, 0)
        UNION ALL
        SELECT 'month ' || coalesce(m.code, s.code) || ' '
               || to_char(coalesce(m.month, s.month), 'YYYY-MM'),
               'kept ' || coalesce(m.debit_cents, 0) || '/' || coalesce(m.credit_cents, 0)
               || ', its days say ' || coalesce(s.debit, 0) || '/' || coalesce(s.credit, 0)
        FROM domain_ledgermonth m
        FULL JOIN (
            SELECT code, currency, date_trunc('month', day)::date AS month,
                   sum(debit_cents) AS debit, sum(credit_cents) AS credit
            FROM domain_ledgerday GROUP BY 1, 2, 3
        ) s USING (code, currency, month)
        WHERE (SELECT bool_and(has_months) FROM domain_ledgerhorizon)
          AND (coalesce(m.debit_cents, 0) <> coalesce(s.debit, 0)
               OR coalesce(m.credit_cents, 0) <> coalesce(s.credit, 0))
        """,
    ),
    (
        "L2",
        """
        SELECT 'entry ' || e.key, 'is dated into ' || to_char(p.month, 'FMMonth YYYY')
               || ' and was posted after that month was locked'
        FROM domain_ledgerperiod p
        JOIN domain_entry e ON e.effective_on >= p.month
         AND e.effective_on < p.month + interval '1 month' AND e.at > p.locked_at
        """,
    ),
    (
        "M9",
        """
        SELECT 'manual entry ' || id, 'was drafted and decided by the same person'
        FROM domain_manualentry WHERE requested_by_id = decided_by_id
        UNION ALL
        SELECT 'manual entry ' || m.id, 'is posted, and the books have no such entry'
        FROM domain_manualentry m
        WHERE m.state = 'posted'
          AND NOT EXISTS (SELECT 1 FROM domain_entry e WHERE e.key = 'manual:' || m.id)
        UNION ALL
        SELECT 'entry ' || e.key, 'was made by hand, and nobody approved it'
        FROM domain_entry e
        WHERE e.event = 'manual' AND NOT EXISTS (
            SELECT 1 FROM domain_manualentry m WHERE e.key = 'manual:' || m.id
                                                 AND m.state = 'posted')
        """,
    ),
)


def ledger_breaches() -> Iterator[Breach]:
    for invariant, sql in CHECKS:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            for subject, sentence in cursor.fetchall():
                yield Breach(invariant, subject, sentence)
    yield from _strays_from_the_chart()


def _strays_from_the_chart() -> Iterator[Breach]:
    """Accounts whose code, kind, guard or owner is not what the chart says (L3)."""
    owned = {Per.HOUSE: (True, True), Per.BOOKING: (False, True), Per.MEMBER: (True, False)}
    shapes = (
        Account.objects.annotate(
            of_no_booking=Q(booking__isnull=True), of_no_member=Q(customer__isnull=True)
        )
        .values_list("code", "kind", "guarded", "of_no_booking", "of_no_member")
        .annotate(first=Min("pk"))
        .order_by("code")
    )
    for code, kind, guarded, *owner, first in shapes:
        chart = CHART.get(code)
        said = (chart.kind, chart.guarded, *owned[chart.per]) if chart else None
        if said != (kind, guarded, *owner):
            yield Breach("L3", f"account {first}", f"{code} is not as the chart of accounts says")
