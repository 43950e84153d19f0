"""Daily and monthly sums per account code up to a horizon, kept exact while others post.

Ids are handed out before their transactions commit, so the highest id seen may hide lower
ones still in flight. Postings hold the ledger's lock shared until they commit; the roll-up
takes it whole for an instant, when nothing is in flight, and reads the horizon then.
"""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction

from domain.ledger.kept_sums import LedgerHorizon
from domain.ledger.operations.lock import LedgerBusy, hold_ledger

ADD_UP = """
WITH moved AS (
    SELECT code, currency, day, sum(debit) AS debit, sum(credit) AS credit FROM (
        SELECT debit_code AS code, currency, effective_on AS day, amount_cents AS debit,
               0 AS credit
        FROM domain_transfer WHERE id > %(after)s AND id <= %(upto)s
        UNION ALL
        SELECT credit_code, currency, effective_on, 0, amount_cents
        FROM domain_transfer WHERE id > %(after)s AND id <= %(upto)s
    ) legs GROUP BY 1, 2, 3
), days AS (
    INSERT INTO domain_ledgerday AS d (code, currency, day, debit_cents, credit_cents)
    SELECT code, currency, day, debit, credit FROM moved
    ON CONFLICT (code, currency, day) DO UPDATE
    SET debit_cents = d.debit_cents + excluded.debit_cents,
        credit_cents = d.credit_cents + excluded.credit_cents
)
INSERT INTO domain_ledgermonth AS m (code, currency, month, debit_cents, credit_cents)
SELECT code, currency, date_trunc('month', day)::date, sum(debit), sum(credit)
FROM moved GROUP BY 1, 2, 3
ON CONFLICT (code, currency, month) DO UPDATE
SET debit_cents = m.debit_cents + excluded.debit_cents,
    credit_cents = m.credit_cents + excluded.credit_cents
"""
# For books that were kept by the day alone: the months begin as the sums of their days.
FIRST_MONTHS = """
INSERT INTO domain_ledgermonth (code, currency, month, debit_cents, credit_cents)
SELECT code, currency, date_trunc('month', day)::date, sum(debit_cents), sum(credit_cents)
FROM domain_ledgerday GROUP BY 1, 2, 3
"""

# A batch that takes longer leaves the horizon where it is and the tail a little longer until
# the next run.
PATIENCE_MS = 300


def roll_up(*, at: datetime) -> int:
    """Bring the daily sums up to now; returns the new horizon. Safe to repeat and to kill."""
    del at
    upto = _horizon_now()
    with transaction.atomic():
        LedgerHorizon.objects.get_or_create(pk=1)
        horizon = LedgerHorizon.objects.select_for_update().get(pk=1)
        if upto <= horizon.transfer_id and horizon.has_months:
            return horizon.transfer_id
        with connection.cursor() as cursor:
            if not horizon.has_months:
                cursor.execute(FIRST_MONTHS)
            cursor.execute(ADD_UP, {"after": horizon.transfer_id, "upto": upto})
        horizon.transfer_id = max(upto, horizon.transfer_id)
        horizon.has_months = True
        horizon.save()
    return horizon.transfer_id


def _horizon_now() -> int:
    """The highest transfer below which none is in flight; 0 when somebody posts for long."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            hold_ledger(patience_ms=PATIENCE_MS)
            cursor.execute("SELECT coalesce(max(id), 0) FROM domain_transfer")
            return int(cursor.fetchone()[0])
    except LedgerBusy:
        return 0
