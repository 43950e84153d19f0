"""Rows that an operation wrote once, put back as they were: the same, at a fraction of the time."""

from __future__ import annotations

from collections.abc import Callable

from django.db import connection
from psycopg import Cursor, sql

COLUMNS = """
SELECT attname FROM pg_attribute
WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
"""
# Past triggers: what they guard held when the rows were made.
PAST_TRIGGERS = """
SET session_replication_role = replica;
{}
SET session_replication_role = default;
"""


_made: dict[Callable[[], object], str] = {}


def once(write: Callable[[], object]) -> None:
    """What ``write`` makes, in every test that asks: it works in the first of them."""
    if write in _made:
        put_back(_made[write])
    else:
        _made[write] = keep(write)


def keep(write: Callable[[], object]) -> str:
    """Let ``write`` work, and take down every row that it added or changed, table by table.

    Returns what puts them back. It is sent at once: table by table took twice as long.
    """
    with connection.cursor() as cursor:
        before = {table: _places(cursor, table) for table in _tables()}
    write()
    with connection.cursor() as cursor:
        statements = [
            statement
            for table, old in before.items()
            for now in [_places(cursor, table)]
            if (new := now.keys() - old.keys())
            for gone in [[old[place] for place in old.keys() - now.keys()]]
            for statement in (_deleting(table, gone), _inserting(cursor, table, new))
        ]
        return PAST_TRIGGERS.format("\n".join(statements))


def put_back(kept: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(kept)


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


def _deleting(table: str, keys: list[int]) -> str:
    return f'DELETE FROM "{table}" WHERE id IN ({", ".join(map(str, keys))});' if keys else ""


def _inserting(cursor: Cursor, table: str, places: set[str]) -> str:
    """The rows as text, which each column reads as it reads every literal."""
    columns = [sql.Identifier(name) for name in _columns(cursor, table)]
    texts = [sql.SQL("quote_nullable({}::text)").format(column) for column in columns]
    cursor.execute(
        sql.SQL(
            "SELECT string_agg('(' || concat_ws(', ', {}) || ')', ',\n')"
            " FROM {} WHERE ctid = ANY({}::tid[])"
        ).format(
            sql.SQL(", ").join(texts),
            sql.Identifier(table),
            sql.Literal("{" + ",".join(f'"{place}"' for place in places) + "}"),
        )
    )
    [(rows,)] = cursor.fetchall()
    names = sql.SQL(", ").join(columns).as_string()
    return f'INSERT INTO "{table}" ({names}) VALUES\n{rows};'
