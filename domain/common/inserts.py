"""Inserting rows by one plain statement, whose text is made once for each table.

Making the same statement through the ORM costs more than the database takes to obey it, which
is felt where one request writes into many tables.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from django.db import connection, models

type Fields = tuple[models.Field[Any, Any], ...]


@cache
def stored_fields(model: type[models.Model]) -> Fields:
    """The columns of a table but an id that the database gives."""
    return tuple(
        field for field in model._meta.concrete_fields if not isinstance(field, models.AutoField)
    )


@cache
def changeable_fields(model: type[models.Model]) -> Fields:
    """The columns of a table that a change of a row may write."""
    return tuple(field for field in model._meta.concrete_fields if not field.primary_key)


def quoted(name: str | None) -> str:
    assert name is not None  # what is stored has a name
    return connection.ops.quote_name(name)


def insert_rows(rows: Sequence[models.Model]) -> None:
    """Insert rows of one table and give them their ids. Nothing that is computed in SQL."""
    if not rows:
        return
    model = type(rows[0])
    fields = stored_fields(model)
    values = [
        field.get_db_prep_save(field.pre_save(row, add=True), connection)
        for row in rows
        for field in fields
    ]
    with connection.cursor() as cursor:
        cursor.execute(_statement(model, len(rows)), values)
        made = cursor.fetchall()
    for row, (key,) in zip(rows, made, strict=True):
        adopt(row, key)


def adopt(row: models.Model, key: int) -> None:
    """Make a row known as one that the database has."""
    row.pk = key
    row._state.adding = False
    row._state.db = connection.alias


@cache
def _statement(model: type[models.Model], rows: int) -> str:
    fields = stored_fields(model)
    columns = ", ".join(quoted(field.column) for field in fields)
    row = f"({', '.join(['%s'] * len(fields))})"
    table, key = quoted(model._meta.db_table), quoted(model._meta.pk.column)
    values = ", ".join([row] * rows)
    return f"INSERT INTO {table} ({columns}) VALUES {values} RETURNING {key}"  # noqa: S608
