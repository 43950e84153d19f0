"""Rows that an operation wrote once, put back as they were: the same, at a fraction of the time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection
from psycopg import Cursor, sql

COLUMNS = """
SELECT attname FROM pg_attribute
WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
"""


@dataclass(frozen=True, slots=True)
class Kept:
    """What was added to one table, as COPY writes it, and the rows that were changed for it."""

    table: str
    columns: tuple[str, ...]
    rows: bytes
    replaced: tuple[int, ...]


def keep(write: Callable[[], object]) -> list[Kept]:
    """Let ``write`` work, and take down every row that it added or changed, table by table."""
    with connection.cursor() as cursor:
        before = {table: _places(cursor, table) for table in _tables()}
    write()
    with connection.cursor() as cursor:
        return [
            _kept(cursor, table, new, gone)
            for table, old in before.items()
            for now in [_places(cursor, table)]
            if (new := now.keys() - old.keys())
            for gone in [tuple(old[place] for place in old.keys() - now.keys())]
        ]


def put_back(kept: list[Kept]) -> None:
    """Write the rows again, past triggers: what they guard held when the rows were made."""
    with connection.cursor() as cursor, _past_triggers(cursor):
        for each in kept:
            table = sql.Identifier(each.table)
            if each.replaced:
                gone = sql.SQL("DELETE FROM {} WHERE id = ANY(%s)").format(table)
                cursor.execute(gone, [list(each.replaced)])
            names = sql.SQL(", ").join(map(sql.Identifier, each.columns))
            with cursor.copy(sql.SQL("COPY {} ({}) FROM STDIN").format(table, names)) as copy:
                copy.write(each.rows)


def _tables() -> list[str]:
    return [name for name in connection.introspection.table_names() if name.startswith("domain_")]


def _places(cursor: Cursor, table: str) -> dict[str, int]:
    """Where each row lies, which no change leaves as it is, with its key where that is a number."""
    key = "id" if "id" in _columns(cursor, table) else "0"
    cursor.execute(f'SELECT ctid::text, {key} FROM "{table}"')
    return dict(cursor.fetchall())


def _columns(cursor: Cursor, table: str) -> tuple[str, ...]:
    cursor.execute(COLUMNS, [f'"{table}"'])
    return tuple(name for (name,) in cursor.fetchall())


def _kept(cursor: Cursor, table: str, places: set[str], replaced: tuple[int, ...]) -> Kept:
    columns = _columns(cursor, table)
    asked = sql.SQL("COPY (SELECT {} FROM {} WHERE ctid = ANY({}::tid[])) TO STDOUT").format(
        sql.SQL(", ").join(map(sql.Identifier, columns)),
        sql.Identifier(table),
        sql.Literal("{" + ",".join(f'"{place}"' for place in places) + "}"),
    )
    with cursor.copy(asked) as copy:
        rows = b"".join(bytes(part) for part in copy)
    return Kept(table, columns, rows, replaced)


@contextmanager
def _past_triggers(cursor: Cursor) -> Iterator[None]:
    cursor.execute("SET session_replication_role = replica")
    try:
        yield
    finally:
        cursor.execute("SET session_replication_role = default")
