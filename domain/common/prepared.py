"""Statements that the database plans once for each connection.

Reading and planning a statement takes the database longer than obeying it where the statement is
long or asked often, and putting the values into its text takes us longer still. Those that run in
every booking or step go this way; everything else is left to Django, which prepares nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.utils import CursorDebugWrapper, CursorWrapper
from psycopg.types.numeric import Int8

Parameters = dict[str, Any] | Sequence[Any]
# As many as the library keeps prepared for a connection.
KEPT = 100
PLACE = re.compile(r"%(?:\((\w+)\)s|s|%)")


class Planned(psycopg.RawCursor[Any]):
    """Sends the values apart from the text, which is prepared when it is first met."""

    def execute(self, query: Any, params: Any = None, **more: Any) -> Planned:
        link = self.connection
        usual, link.prepare_threshold = link.prepare_threshold, 0
        try:
            super().execute(query, params, **more)
        finally:
            link.prepare_threshold = usual
        return self


class Logged(CursorDebugWrapper):
    """Logs a statement as it is written: what is bound to it never becomes part of its text."""

    def execute(self, sql: str, params: Parameters = ()) -> None:  # type: ignore[override]
        with self.debug_sql(sql, params):
            CursorWrapper.execute(self, sql, params)


def rows_prepared(sql: str, asked: Parameters) -> list[tuple[Any, ...]]:
    """The rows of a statement that is prepared when this connection first meets it.

    Its values stand as ``%(name)s`` or ``%s``, as in any statement.
    """
    link: Any = connections[DEFAULT_DB_ALIAS]
    # As Django does it for each of its own cursors: one that died lying idle is made anew.
    link.close_if_health_check_failed()
    link.ensure_connection()
    text, names = _numbered(sql)
    values = [asked[name] for name in names] if isinstance(asked, dict) else asked
    wrapper = Logged if link.queries_logged else CursorWrapper
    cursor = wrapper(_cursor(link.connection, text), link)
    # A small number and a large one are of two types to the driver, and each would have a plan.
    cursor.execute(text, [Int8(each) if type(each) is int else each for each in values])
    rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _cursor(connection: psycopg.Connection[Any], text: str) -> Planned:
    """Keep a cursor for each statement of a connection: it remembers how to send such values."""
    known: dict[str, Planned] = vars(connection).setdefault("planned_cursors", {})
    if text not in known:
        if len(known) >= KEPT:
            known.clear()
        known[text] = Planned(connection)
    return known[text]


@lru_cache(maxsize=512)
def _numbered(sql: str) -> tuple[str, tuple[str, ...]]:
    """Number the places of values as PostgreSQL does, ``$1``, and list their names in that order.

    A name has one number however often it stands there; a place without one has its own.
    """
    places: dict[str, int] = {}

    def number(found: re.Match[str]) -> str:
        if found[0] == "%%":
            return "%"
        return f"${places.setdefault(found[1] or f' {found.start()}', len(places) + 1)}"

    return PLACE.sub(number, sql), tuple(places)
