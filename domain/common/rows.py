"""Reading one row by its key, by statements whose text is made once for each table.

The ORM takes several times longer to spell such a question than the database takes to answer it,
which is felt in operations that ask a dozen of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import Any, cast

from django.db import connection, models

from domain.common.errors import NotFound
from domain.common.inserts import quoted
from domain.common.prepared import rows_prepared

type Read = Callable[[Any], Any]
LOCKED = " FOR UPDATE"


def read[M: models.Model](model: type[M], pk: int | None) -> M | None:
    """The row with a key, if there is one."""
    return None if pk is None else one(model, selecting(model), [pk])


def read_known[M: models.Model](model: type[M], pk: int) -> M:
    """:raises NotFound: there is no such row"""
    found = read(model, pk)
    if found is None:
        raise NotFound(f"There is no {model._meta.verbose_name} {pk}.")
    return found


def hold[M: models.Model](model: type[M], pk: int) -> M | None:
    """The row with a key, under its lock until the commit."""
    return one(model, selecting(model, LOCKED), [pk])


def related[M: models.Model](row: models.Model, name: str, model: type[M]) -> M | None:
    """The row that a foreign key points at; read once, as the attribute of that name is."""
    field = cast("models.ForeignKey[Any, Any]", row._meta.get_field(name))
    if not field.is_cached(row):
        found = read(model, getattr(row, field.attname))
        field.set_cached_value(row, found)
    return cast("M | None", field.get_cached_value(row))


def find[M: models.Model](model: type[M], where: str, asked: Sequence[Any]) -> M | None:
    """The only row of a table for which a condition holds, said in SQL."""
    return one(model, _finding(model, where), asked)


def one[M: models.Model](model: type[M], statement: str, asked: Sequence[Any]) -> M | None:
    """The only row of a statement that selects the columns of a table."""
    rows = rows_prepared(statement, asked)
    if not rows:
        return None
    values = list(rows[0])
    for position, convert in _readers(model):
        values[position] = convert(values[position])
    found: M = model.from_db(connection.alias, _names(model), values)
    return found


@cache
def selecting(model: type[models.Model], more: str = "") -> str:
    """The statement that asks for the row with a key; ``more`` is said at its end."""
    return _finding(model, f"{quoted(model._meta.pk.column)} = %s") + more


@cache
def _finding(model: type[models.Model], where: str) -> str:
    meta = model._meta
    columns = ", ".join(quoted(field.column) for field in meta.concrete_fields)
    return f"SELECT {columns} FROM {quoted(meta.db_table)} WHERE {where}"  # noqa: S608


@cache
def _names(model: type[models.Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]


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
