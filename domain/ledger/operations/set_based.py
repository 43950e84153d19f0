"""Posting what a statement selects: many entries whose legs stand in a table, with every promise
that posting one makes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import psycopg
from django.db import IntegrityError, connection
from django.db.backends.utils import CursorWrapper

from domain.common.actors import Actor, actor_label, staff_id
from domain.common.errors import Conflict, InvalidInput
from domain.common.transactions import in_transaction
from domain.ledger.chart import CHART, Per, house_account_id
from domain.ledger.operations.guarded import Overdrawn
from domain.ledger.operations.lock import LEDGER_LOCK
from domain.ledger.operations.posting import period_refusals

# ``customer_id`` is whose account is meant on a side that the chart keeps per member.
STAGE_TABLE = """
CREATE TEMP TABLE posting_stage (
    key text NOT NULL, event text NOT NULL, effective_on date NOT NULL, customer_id bigint,
    debit_code text NOT NULL, credit_code text NOT NULL, amount_cents bigint NOT NULL,
    leg int NOT NULL, source_type text NOT NULL DEFAULT '', source_id bigint
) ON COMMIT DROP;
"""
CHART_TABLE = """
CREATE TEMP TABLE posting_chart ON COMMIT DROP AS
SELECT * FROM unnest(%s::text[], %s::text[], %s::boolean[], %s::boolean[], %s::bigint[])
     AS c(code, kind, of_member, guarded, house_id)
"""
WRONG = """
SELECT s.key FROM posting_stage s
LEFT JOIN posting_chart d ON d.code = s.debit_code
LEFT JOIN posting_chart c ON c.code = s.credit_code
WHERE s.amount_cents <= 0 OR d.code IS NULL OR c.code IS NULL OR s.debit_code = s.credit_code
   OR ((d.of_member OR c.of_member) AND s.customer_id IS NULL) LIMIT 1
"""
# In one order for everybody, so that two who make the same accounts never wait in a ring. A new
# account begins with what the batch puts on it: to write the row twice cost as much as the entries.
# Of its entries none can have been posted before, or the batch is refused for having other legs.
OPENED_TABLE = "CREATE TEMP TABLE posting_opened (id bigint) ON COMMIT DROP"
MAKE_ACCOUNTS = """
WITH moved AS (
    SELECT c.code, c.kind, c.guarded, s.customer_id,
           CASE WHEN (c.code = s.credit_code) = (c.kind IN ('LI', 'IN'))
                THEN s.amount_cents ELSE -s.amount_cents END AS cents
    FROM posting_stage s
    JOIN posting_chart c ON c.code IN (s.debit_code, s.credit_code) AND c.of_member
), opened AS (
    INSERT INTO domain_account (code, currency, kind, customer_id, guarded, balance_cents)
    SELECT m.code, %(currency)s, m.kind, m.customer_id, m.guarded,
           CASE WHEN m.guarded THEN sum(m.cents) ELSE 0 END
    FROM moved m WHERE NOT EXISTS (
        SELECT 1 FROM domain_account a WHERE a.code = m.code AND a.currency = %(currency)s
        AND a.customer_id = m.customer_id AND a.booking_id IS NULL)
    GROUP BY m.code, m.kind, m.customer_id, m.guarded
    ORDER BY m.code, m.customer_id
    ON CONFLICT (code, currency, booking_id, customer_id) DO NOTHING
    RETURNING id
)
INSERT INTO posting_opened SELECT id FROM opened
"""
LEGS = """
CREATE TEMP TABLE posting_legs ON COMMIT DROP AS
SELECT s.*, coalesce(d.id, dc.house_id) AS debit_id, coalesce(c.id, cc.house_id) AS credit_id
FROM posting_stage s
JOIN posting_chart dc ON dc.code = s.debit_code JOIN posting_chart cc ON cc.code = s.credit_code
LEFT JOIN domain_account d ON dc.of_member AND d.code = s.debit_code
     AND d.currency = %(currency)s AND d.customer_id = s.customer_id AND d.booking_id IS NULL
LEFT JOIN domain_account c ON cc.of_member AND c.code = s.credit_code
     AND c.currency = %(currency)s AND c.customer_id = s.customer_id AND c.booking_id IS NULL
"""
MADE_TABLE = "CREATE TEMP TABLE posting_made (key text PRIMARY KEY, id bigint) ON COMMIT DROP"
INSERT_ENTRIES = """
WITH held AS (SELECT pg_advisory_xact_lock_shared(%(lock)s)),
asked AS (
    SELECT DISTINCT ON (key) key, event, effective_on, source_type, source_id
    FROM posting_legs ORDER BY key, leg
), made AS (
    INSERT INTO domain_entry (key, event, effective_on, at, actor_id, actor_label, source_type,
                              source_id, memo)
    SELECT a.key, a.event, a.effective_on, %(at)s, %(actor)s, %(label)s, a.source_type,
           a.source_id, %(memo)s
    FROM held, asked a WHERE NOT EXISTS (SELECT 1 FROM domain_entry e WHERE e.key = a.key)
    ORDER BY a.key
    ON CONFLICT (key) DO NOTHING
    RETURNING key, id
)
INSERT INTO posting_made SELECT key, id FROM made
"""
INSERT_TRANSFERS = """
INSERT INTO domain_transfer (entry_id, debit_id, credit_id, amount_cents, currency, debit_code,
                             credit_code, effective_on)
SELECT m.id, l.debit_id, l.credit_id, l.amount_cents, %(currency)s, l.debit_code, l.credit_code,
       l.effective_on
FROM posting_legs l JOIN posting_made m ON m.key = l.key ORDER BY m.id, l.leg
"""
# A key that was posted before must have been posted with the same legs.
DIFFERENT = """
SELECT l.key FROM posting_legs l WHERE NOT EXISTS (SELECT 1 FROM posting_made m WHERE m.key = l.key)
AND NOT EXISTS (
    SELECT 1 FROM domain_entry e JOIN domain_transfer t ON t.entry_id = e.id
    WHERE e.key = l.key AND t.debit_id = l.debit_id AND t.credit_id = l.credit_id
      AND t.amount_cents = l.amount_cents) LIMIT 1
"""
CHANGES = """
CREATE TEMP TABLE posting_change ON COMMIT DROP AS
SELECT x.id, sum(CASE WHEN c.kind IN ('AS', 'EX') THEN -x.moved ELSE x.moved END)::bigint AS change
FROM (
    SELECT l.credit_id AS id, l.credit_code AS code, l.amount_cents AS moved
    FROM posting_legs l JOIN posting_made m ON m.key = l.key
    UNION ALL
    SELECT l.debit_id, l.debit_code, -l.amount_cents
    FROM posting_legs l JOIN posting_made m ON m.key = l.key
) x JOIN posting_chart c ON c.code = x.code AND c.guarded
WHERE NOT EXISTS (SELECT 1 FROM posting_opened o WHERE o.id = x.id)
GROUP BY x.id
"""
LOCK_ACCOUNTS = """
SELECT count(*) FROM (SELECT a.id FROM domain_account a
    WHERE a.id IN (SELECT id FROM posting_change) ORDER BY a.id FOR NO KEY UPDATE) held
"""
MOVE = """
UPDATE domain_account a SET balance_cents = a.balance_cents + c.change
FROM posting_change c WHERE a.id = c.id AND c.change <> 0
"""
# A table made a moment ago is taken for a small one until it is counted, and then joined row by
# row: the time of a batch grew by the square of its size.
COUNT = "ANALYZE {}"
MANY = 1_000
TABLES = (
    "posting_stage",
    "posting_chart",
    "posting_opened",
    "posting_legs",
    "posting_made",
    "posting_change",
)


def open_stage() -> None:
    """Make the table ``posting_stage`` for legs to be posted in this transaction."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {', '.join(TABLES)}")
        cursor.execute(STAGE_TABLE)


@in_transaction
def post_staged(*, currency: str, memo: str, actor: Actor, at: datetime) -> int:
    """Post what stands in ``posting_stage``, all or none; returns how many entries are new.

    Keys that were posted before are left as they are. Accounts of bookings have no place here.

    :raises Conflict: a key was used for other legs
    :raises Overdrawn: a guarded account would fall below zero, all legs taken together
    :raises PeriodLocked: a new entry is dated into a locked month
    :raises InvalidInput: a leg is malformed
    """
    asked: dict[str, Any] = {
        "currency": currency,
        "lock": LEDGER_LOCK,
        "at": at,
        "actor": staff_id(actor),
        "label": actor_label(actor)[:120],
        "memo": memo[:300],
    }
    _prepare(currency)
    with never_overdrawn(), period_refusals(), connection.cursor() as cursor:
        cursor.execute(OPENED_TABLE)
        cursor.execute(MAKE_ACCOUNTS, asked)
        opened = int(cursor.rowcount)
        cursor.execute(COUNT.format("posting_opened"))
        _count_grown(cursor, "domain_account", opened)
        cursor.execute(LEGS, asked)
        cursor.execute(COUNT.format("posting_legs"))
        cursor.execute(MADE_TABLE)
        cursor.execute(INSERT_ENTRIES, asked)
        made = int(cursor.rowcount)
        cursor.execute(COUNT.format("posting_made"))
        _count_grown(cursor, "domain_entry", made)
        cursor.execute(INSERT_TRANSFERS, asked)
        cursor.execute(DIFFERENT)
        if different := cursor.fetchone():
            raise Conflict(f"The entry {different[0]} was already posted with other figures.")
        cursor.execute(CHANGES)
        cursor.execute(COUNT.format("posting_change"))
        cursor.execute(LOCK_ACCOUNTS)
        cursor.execute(MOVE)
    return made


@contextmanager
def never_overdrawn() -> Iterator[None]:
    """Say in a sentence what the database's own guard of balances refuses."""
    try:
        yield
    except IntegrityError as error:
        told = error.__cause__.diag if isinstance(error.__cause__, psycopg.Error) else None
        if told is None or told.constraint_name != "account_never_overdrawn":
            raise
        raise Overdrawn("There is not enough on an account of this batch.") from error


def _prepare(currency: str) -> None:
    """:raises InvalidInput: a leg of no amount, of an unknown account, or of nobody"""
    charts = [each for each in CHART.values() if each.per != Per.BOOKING]
    columns: list[Any] = [
        [each.code for each in charts],
        [each.kind.value for each in charts],
        [each.per == Per.MEMBER for each in charts],
        [each.guarded for each in charts],
        [house_account_id(each.code, currency) for each in charts],
    ]
    with connection.cursor() as cursor:
        cursor.execute(CHART_TABLE, columns)
        cursor.execute(COUNT.format("posting_stage, posting_chart"))
        cursor.execute(WRONG)
        if wrong := cursor.fetchone():
            raise InvalidInput(f"{wrong[0]}: a leg has no amount, or an account that it cannot.")


def _count_grown(cursor: CursorWrapper, table: str, added: int) -> None:
    """What checks each row was planned for the table as it was before."""
    if added > MANY:
        cursor.execute(COUNT.format(table))
