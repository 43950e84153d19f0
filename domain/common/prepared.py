"""Statements that the database plans once for each connection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from django.db import connection
from django.db.backends.utils import CursorDebugWrapper, CursorWrapper

Parameters = Mapping[str, Any] | Sequence[Any]


class Logged(CursorDebugWrapper):
    """Logs a statement as it is written: what is bound to it never becomes part of its text."""

    def execute(self, sql: str, params: Parameters = ()) -> None:  # type: ignore[override]
        with self.debug_sql(sql, params):
            CursorWrapper.execute(self, sql, params)


def rows_prepared(sql: str, asked: Parameters) -> list[tuple[Any, ...]]:
    """The rows of a statement that is prepared when this connection first meets it.

    Worth it where one statement is long and asked often: planning it anew takes longer than
    obeying it. Everything else is left to Django, which prepares nothing.
    """
    connection.ensure_connection()
    link = connection.connection
    wrapper = Logged if connection.queries_logged else CursorWrapper
    with wrapper(psycopg.Cursor(link), connection) as cursor:
        usual, link.prepare_threshold = link.prepare_threshold, 0
        try:
            cursor.execute(sql, asked)
        finally:
            link.prepare_threshold = usual
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
