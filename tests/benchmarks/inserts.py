"""What a guest's booking costs at least: its rows, written by psycopg into tables with the same
columns, checks and indexes, without foreign keys and triggers, one commit for each booking.
"""

from __future__ import annotations

from itertools import count
from typing import Any
from uuid import UUID, uuid4

import psycopg
from psycopg import Connection, sql
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from tests.benchmarks.database import address, forget_connections
from tests.benchmarks.measure import rate

# Table, and which of its rows belong to the booking.
TOLD_OF = "subject_type = 'booking' AND subject_id = %(id)s OR booking_id = %(id)s"
ROWS = (
    ("domain_guestcheckout", "id = (SELECT guest_id FROM domain_booking WHERE id = %(id)s)"),
    ("domain_booking", "id = %(id)s"),
    ("domain_bookingline", "booking_id = %(id)s"),
    ("domain_bookingaddress", "booking_id = %(id)s"),
    ("domain_message", "booking_id = %(id)s"),
    ("domain_payment", "booking_id = %(id)s"),
    ("domain_auditentry", TOLD_OF),
    ("domain_auditdetail", f"entry_id IN (SELECT id FROM domain_auditentry WHERE {TOLD_OF})"),
)
UNIQUE = """
SELECT DISTINCT a.attname FROM pg_index i
JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey)
WHERE i.indrelid = %s::regclass AND i.indisunique AND a.atttypid <> 'int2'::regtype
"""
GENERATED = """
SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attgenerated <> ''
"""
# A statement, a row, and which of its columns allow each value once.
type Written = tuple[sql.Composed, dict[str, Any], list[str]]
numbers = count(10**9)


def own_inserts(seconds: float) -> float:
    """Bookings a second when nothing is done but write the rows of the last one again."""
    forget_connections()
    with psycopg.connect(address(), row_factory=dict_row) as link:
        link.execute("DROP SCHEMA IF EXISTS bench CASCADE")
        link.execute("CREATE SCHEMA bench")
        written = [each for name, of in ROWS for each in _of(link, name, of)]
        link.commit()

        def one(_n: int) -> None:
            for statement, row, unique in written:
                link.execute(statement, row | {column: _fresh(row[column]) for column in unique})
            link.commit()

        found = rate(one, seconds)
        link.execute("DROP SCHEMA bench CASCADE")
    return found


def _of(link: Connection[Any], name: str, of: str) -> list[Written]:
    booking = link.execute("SELECT max(id) AS id FROM domain_booking").fetchone()
    table = sql.Identifier("bench", name)
    like = sql.SQL("CREATE TABLE {} (LIKE {} INCLUDING ALL)")
    link.execute(like.format(table, sql.Identifier(name)))
    unique = [row["attname"] for row in link.execute(UNIQUE, [name])]
    rows = link.execute(f"SELECT * FROM {name} WHERE {of}", booking).fetchall()
    assert rows, f"{name} has no row of a booking"
    generated = [row["attname"] for row in link.execute(GENERATED, [name])]
    columns = [each for each in rows[0] if each not in generated]
    insert = sql.SQL("INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE VALUES ({})").format(
        table,
        sql.SQL(", ").join(map(sql.Identifier, columns)),
        sql.SQL(", ").join(map(sql.Placeholder, columns)),
    )
    return [(insert, {each: _plain(row[each]) for each in columns}, unique) for row in rows]


def _plain(value: Any) -> Any:
    return Jsonb(value) if isinstance(value, dict | list) else value


def _fresh(value: Any) -> Any:
    """Another value of the same kind, for a column that allows each one once."""
    if isinstance(value, UUID):
        return uuid4()
    if isinstance(value, int) and not isinstance(value, bool):
        return next(numbers)
    return f"{next(numbers)}" if isinstance(value, str) and value else value
