"""Reading a row anew under its lock, by plain statements whose text is made once for each table.

Every change of anything begins here, and the ORM takes longer to spell the question than the
database takes to answer it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Any, cast

from django.db import connection, models

from domain.common.errors import NotFound
from domain.common.inserts import quoted
from domain.common.workflow.stateful import Stateful

ABOVE = "SELECT 1 FROM {above} WHERE {its_key} = (SELECT {name} FROM {table} WHERE {key} = %s)"
type Read = Callable[[Any], Any]


def lock[M: Stateful](model: type[M], pk: int) -> M:
    """Read a row anew under its lock, after those of the rows above it.

    :raises NotFound: there is no such row
    """
    with connection.cursor() as cursor:
        for statement in _locking_above(model):
            cursor.execute(statement, [pk])
        cursor.execute(_locking(model), [pk])
        row = cursor.fetchone()
    if row is None:
        raise NotFound(f"There is no {model._meta.verbose_name} {pk}.")
    values = list(row)
    for position, read in _readers(model):
        values[position] = read(values[position])
    found = model.from_db(connection.alias, _names(model), values)
    found.keep_as_read()
    return found


@cache
def _names(model: type[models.Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]


@cache
def _locking(model: type[models.Model]) -> str:
    meta = model._meta
    columns = ", ".join(quoted(field.column) for field in meta.concrete_fields)
    table, key = quoted(meta.db_table), quoted(meta.pk.column)
    return f"SELECT {columns} FROM {table} WHERE {key} = %s FOR UPDATE"  # noqa: S608


@cache
def _locking_above(model: type[Stateful]) -> tuple[str, ...]:
    """Lock the rows above in the order in which the model names them."""
    meta = model._meta
    return tuple(
        ABOVE.format(
            above=quoted(above.db_table),
            its_key=quoted(above.pk.column),
            name=quoted(meta.get_field(name).column),  # type: ignore[union-attr]
            table=quoted(meta.db_table),
            key=quoted(meta.pk.column),
        )
        + " FOR UPDATE"
        for name in model.locks_first
        for above in [cast("type[models.Model]", meta.get_field(name).related_model)._meta]
    )


@cache
def _readers(model: type[models.Model]) -> tuple[tuple[int, Read], ...]:
    """What turns a column's value into Python's, for the few columns that need it."""
    table = model._meta.db_table
    columns = [(n, each, each.get_col(table)) for n, each in enumerate(model._meta.concrete_fields)]
    return tuple(
        (n, partial(convert, expression=column, connection=connection))
        for n, field, column in columns
        for convert in (
            *connection.ops.get_db_converters(column),
            *field.get_db_converters(connection),
        )
    )
