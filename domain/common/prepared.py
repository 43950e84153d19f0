"""Statements that the database plans once for each connection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import psycopg
from django.db import connection


def fetch_prepared(sql: str, asked: Mapping[str, Any]) -> tuple[Any, ...] | None:
    """The first row of a statement that is prepared when this connection first meets it.

    Worth it where one statement is long and asked often: planning it anew takes longer than
    obeying it. Everything else is left to Django, which prepares nothing.
    """
    connection.ensure_connection()
    link = connection.connection
    with connection.wrap_database_errors, psycopg.Cursor(link) as cursor:
        usual, link.prepare_threshold = link.prepare_threshold, 0
        try:
            cursor.execute(sql, asked, prepare=True)
        finally:
            link.prepare_threshold = usual
        return cursor.fetchone()
