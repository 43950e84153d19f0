"""Posting what a statement selects: many entries whose legs stand in a table, with every promise
that posting one makes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.backends.utils import CursorWrapper

from domain.common.actors import Actor, actor_label, staff_id
from domain.common.constraints import refused_by
from domain.common.errors import Conflict, InvalidInput
from domain.common.transactions import in_transaction
from domain.ledger.chart import CHART, Per, house_account_id
from domain.ledger.operations.guarded import Overdrawn
from domain.ledger.operations.lock import LEDGER_LOCK
from domain.ledger.operations.posting import period_refusals

# ``customer_id`` is whose account is meant on a side that the chart keeps per member.
STAGE_TABLE = """
CREATE TEMP TABLE posting_stage (
    key text COLLATE "C" NOT NULL, event text NOT NULL, effective_on date NOT NULL,
    customer_id bigint, debit_code text COLLATE "C" NOT NULL, credit_code text COLLATE "C" NOT NULL,
    amount_cents bigint NOT NULL, leg int NOT NULL, source_type text NOT NULL DEFAULT '',
    source_id bigint
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
HOLD_HORIZON = "SELECT pg_advisory_xact_lock_shared(%(lock)s)"
KNOWN = """
CREATE TEMP TABLE posting_known ON COMMIT DROP AS
SELECT DISTINCT s.key FROM posting_stage s JOIN domain_entry e ON e.key = s.key
"""
# A key that was posted before must have been posted with the same legs.
DIFFERENT = """
SELECT s.key FROM posting_stage s JOIN posting_known k ON k.key = s.key
JOIN posting_chart dc ON dc.code = s.debit_code JOIN posting_chart cc ON cc.code = s.credit_code
WHERE NOT EXISTS (
    SELECT 1 FROM domain_entry e JOIN domain_transfer t ON t.entry_id = e.id
    JOIN domain_account d ON d.id = t.debit_id JOIN domain_account c ON c.id = t.credit_id
    WHERE e.key = s.key AND t.amount_cents = s.amount_cents AND t.currency = %(currency)s
      AND t.debit_code = s.debit_code AND t.credit_code = s.credit_code
      AND d.customer_id IS NOT DISTINCT FROM CASE WHEN dc.of_member THEN s.customer_id END
      AND c.customer_id IS NOT DISTINCT FROM CASE WHEN cc.of_member THEN s.customer_id END) LIMIT 1
"""
LEAVE_KNOWN = "DELETE FROM posting_stage s USING posting_known k WHERE k.key = s.key"
# What the batch moves on each member's account, and which of them it opens. Accounts and entries
# are numbered in the order of the members: so an index takes them in one after the other, where in
# any order each goes to another page of it.
SIDES = """
CREATE TEMP TABLE posting_side ON COMMIT DROP AS
WITH moved AS (
    SELECT s.debit_code AS code, s.customer_id, -s.amount_cents AS cents FROM posting_stage s
    UNION ALL
    SELECT s.credit_code, s.customer_id, s.amount_cents FROM posting_stage s
), summed AS (
    SELECT m.code, c.kind, c.guarded, m.customer_id,
           sum(CASE WHEN c.kind IN ('LI', 'IN') THEN m.cents ELSE -m.cents END)::bigint AS change
    FROM moved m JOIN posting_chart c ON c.code = m.code AND c.of_member GROUP BY 1, 2, 3, 4
)
SELECT coalesce(s.known, nextval((SELECT pg_get_serial_sequence('domain_account', 'id'))::regclass))
           AS id, s.known IS NULL AS opened, s.code, s.kind, s.guarded, s.customer_id, s.change
FROM (
    SELECT a.id AS known, m.*
    FROM summed m LEFT JOIN domain_account a ON a.code = m.code AND a.currency = %(currency)s
         AND a.customer_id = m.customer_id AND a.booking_id IS NULL
    ORDER BY m.customer_id, m.code
) s
"""
# In one order for everybody, so that two who make the same accounts never wait in a ring. A new
# account begins with what the batch puts on it: to write the row twice cost as much as the entries.
MAKE_ACCOUNTS = """
INSERT INTO domain_account (id, code, currency, kind, customer_id, guarded, balance_cents)
SELECT id, code, %(currency)s, kind, customer_id, guarded, CASE WHEN guarded THEN change ELSE 0 END
FROM posting_side WHERE opened ORDER BY id
"""
NEWEST_ENTRY = "SELECT coalesce(max(id), 0) FROM domain_entry"
INSERT_ENTRIES = """
INSERT INTO domain_entry (key, event, effective_on, at, actor_id, actor_label, source_type,
                          source_id, memo)
SELECT key, event, effective_on, %(at)s, %(actor)s, %(label)s, source_type, source_id, %(memo)s
FROM (SELECT DISTINCT ON (key) key, event, effective_on, source_type, source_id, customer_id
      FROM posting_stage ORDER BY key, leg) e
ORDER BY customer_id, key
"""
# No entry that was there before is read again.
INSERT_TRANSFERS = """
INSERT INTO domain_transfer (entry_id, debit_id, credit_id, amount_cents, currency, debit_code,
                             credit_code, effective_on)
SELECT e.id, coalesce(d.id, dc.house_id), coalesce(c.id, cc.house_id), s.amount_cents,
       %(currency)s, s.debit_code, s.credit_code, e.effective_on
FROM posting_stage s JOIN domain_entry e ON e.key = s.key AND e.id > %(newest)s
JOIN posting_chart dc ON dc.code = s.debit_code JOIN posting_chart cc ON cc.code = s.credit_code
LEFT JOIN posting_side d ON d.code = s.debit_code AND d.customer_id = s.customer_id
LEFT JOIN posting_side c ON c.code = s.credit_code AND c.customer_id = s.customer_id
ORDER BY e.id, s.leg
"""
LOCK_ACCOUNTS = """
SELECT count(*) FROM (SELECT a.id FROM domain_account a
    WHERE a.id IN (SELECT id FROM posting_side WHERE guarded AND NOT opened AND change <> 0)
    ORDER BY a.id FOR NO KEY UPDATE) held
"""
MOVE = """
UPDATE domain_account a SET balance_cents = a.balance_cents + s.change
FROM posting_side s WHERE a.id = s.id AND s.guarded AND NOT s.opened AND s.change <> 0
"""
# A table made a moment ago is taken for a small one until it is counted, and then joined row by
# row: the time of a batch grew by the square of its size.
COUNT = "ANALYZE {}"
MANY = 1_000
MUCH = 2
KNOWN_SIZE = "SELECT reltuples FROM pg_class WHERE oid = %s::regclass"
TABLES = "posting_stage, posting_chart, posting_known, posting_side"
# Somebody else posted one of the keys, or made one of the accounts, at the same moment.
BEATEN = ("entry_key_once", "account_of_member_once")
ATTEMPTS = 5


def open_stage() -> None:
    """Make the table ``posting_stage`` for legs to be posted in this transaction."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {TABLES}")
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
    with never_overdrawn(), period_refusals():
        for attempt in range(ATTEMPTS):
            try:
                with transaction.atomic():
                    return _post(asked)
            except IntegrityError as error:
                if attempt + 1 == ATTEMPTS or refused_by(error) not in BEATEN:
                    raise
    raise AssertionError("unreachable")


def _post(asked: dict[str, Any]) -> int:
    """Write it all as if nobody else did.

    To ask of each row whether somebody else wrote it meanwhile costs as much as two of its indexes.
    """
    with connection.cursor() as cursor:
        cursor.execute(HOLD_HORIZON, asked)
        cursor.execute(KNOWN)
        if cursor.rowcount:
            cursor.execute(DIFFERENT, asked)
            if different := cursor.fetchone():
                raise Conflict(f"The entry {different[0]} was already posted with other figures.")
            cursor.execute(LEAVE_KNOWN)
        cursor.execute(SIDES, asked)
        cursor.execute(COUNT.format("posting_side"))
        cursor.execute(MAKE_ACCOUNTS, asked)
        _count_grown(cursor, "domain_account", cursor.rowcount)
        cursor.execute(NEWEST_ENTRY)
        (newest,) = cursor.fetchone()
        cursor.execute(INSERT_ENTRIES, asked)
        made = int(cursor.rowcount)
        _count_grown(cursor, "domain_entry", made)
        cursor.execute(INSERT_TRANSFERS, asked | {"newest": newest})
        cursor.execute(LOCK_ACCOUNTS)
        cursor.execute(MOVE)
    return made


@contextmanager
def never_overdrawn() -> Iterator[None]:
    """Say in a sentence what the database's own guard of balances refuses."""
    try:
        yield
    except IntegrityError as error:
        if refused_by(error) != "account_never_overdrawn":
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
    """What checks the rows would be planned for a much smaller table."""
    if added > MANY:
        cursor.execute(KNOWN_SIZE, [table])
        (known,) = cursor.fetchone()
        if added * MUCH > known:
            cursor.execute(COUNT.format(table))
