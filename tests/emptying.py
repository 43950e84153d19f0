"""Empty the tables after a test that committed: those that hold rows, and no others.

Django's own flush truncates every table there is and makes all permissions anew, which takes longer
than most of these tests do.
"""

from __future__ import annotations

from functools import cache

from django.db import connection
from psycopg import sql

# What the migrations made of the models; no test changes them.
KEPT = {"django_content_type", "auth_permission"}
# Truncating makes new files for a table and its indexes; deleting few rows is faster.
FEW = 500


def empty_tables() -> None:
    """Without triggers: see ``triggers_off``."""
    with connection.cursor() as cursor:
        cursor.execute(_asking())
        rows = dict(cursor.fetchall())
        if many := [sql.Identifier(table) for table, count in rows.items() if count == FEW]:
            cursor.execute(sql.SQL("TRUNCATE {} CASCADE").format(sql.SQL(", ").join(many)))
        if few := [sql.Identifier(table) for table, count in rows.items() if count < FEW]:
            cursor.execute(sql.SQL("; ").join(sql.SQL("DELETE FROM {}").format(t) for t in few))


@cache
def _asking() -> sql.Composed:
    """Which tables have rows, and how many, as far as it matters."""
    tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
    return sql.SQL(" UNION ALL ").join(
        sql.SQL(
            "SELECT {}, n FROM (SELECT count(*) n FROM (SELECT FROM {} LIMIT {}) t) u WHERE n > 0"
        ).format(sql.Literal(table), sql.Identifier(table), sql.Literal(FEW))
        for table in sorted(tables)
        if table not in KEPT
    )
