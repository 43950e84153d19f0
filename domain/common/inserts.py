"""Inserting a row by a plain statement, whose text is made once for each table.

Making the same statement through the ORM costs more than the database takes to obey it, which
is felt where one request writes into many tables.
"""

from __future__ import annotations

import json
from datetime import date, datetime
from functools import cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections, models

from domain.common.prepared import rows_prepared

type Fields = tuple[models.Field[Any, Any], ...]

NOTHING = type(None)
# Such values of such fields go to the database as they are; asking each field of it takes long in
# the sum. A field of any other kind is asked, and so is one derived from these that changes how it
# is saved.
PLAIN: dict[type, set[type]] = {
    models.BigIntegerField: {int, NOTHING},
    models.BooleanField: {bool, NOTHING},
    models.CharField: {str, NOTHING},
    models.DateField: {date, NOTHING},
    models.DateTimeField: {NOTHING},
    models.EmailField: {str, NOTHING},
    models.ForeignKey: {int, NOTHING},
    models.OneToOneField: {int, NOTHING},
    models.PositiveIntegerField: {int, NOTHING},
    models.PositiveSmallIntegerField: {int, NOTHING},
    models.TextField: {str, NOTHING},
}
# By which methods a field says what it is saved as.
SAVING = ("pre_save", "get_db_prep_save", "get_db_prep_value", "get_prep_value", "to_python")


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


def values_of(row: models.Model) -> list[Any]:
    """What the columns of ``stored_fields`` are written with, in a new row."""
    held, found = row.__dict__, []
    for field, name, plain in _writers(type(row)):
        # What a row does not hold is asked of the field: no value is of the kind of PLAIN itself.
        value = held.get(name, PLAIN)
        found.append(value if type(value) in plain else stored(field, row, add=True))
    return found


@cache
def _writers(
    model: type[models.Model],
) -> tuple[tuple[models.Field[Any, Any], str, set[type]], ...]:
    """Each column with the name of its value, and of what kind that is when it needs no asking.

    A field that works its value out while it is saved is always asked.
    """
    return tuple((each, each.attname, _plain_for(each)) for each in stored_fields(model))


def _plain_for(field: models.Field[Any, Any]) -> set[type]:
    kind = type(field)
    base = next((each for each in kind.__mro__ if each in PLAIN), models.Field)
    as_usual = all(getattr(kind, name) is getattr(base, name) for name in SAVING)
    computed = getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)
    return PLAIN.get(base, set()) if as_usual and not computed else set()


def stored(field: models.Field[Any, Any], row: models.Model, *, add: bool) -> Any:
    """What a column of a row is written with."""
    value = field.pre_save(row, add)
    if type(value) in PLAIN.get(type(field), set()):
        return value
    if type(field) is models.DateTimeField and type(value) is datetime and value.tzinfo:
        return value
    if type(field) is models.JSONField and type(value) in {dict, list} and not field.encoder:
        return json.dumps(value)
    return field.get_db_prep_save(value, connections[DEFAULT_DB_ALIAS])


def insert_row(row: models.Model) -> None:
    """Insert a row and give it its id. Nothing that is computed in SQL."""
    [(key,)] = rows_prepared(_statement(type(row)), values_of(row))
    adopt(row, key)


def adopt(row: models.Model, key: int) -> None:
    """Make a row known as one that the database has."""
    row.pk = key
    row._state.adding = False
    row._state.db = DEFAULT_DB_ALIAS


@cache
def _statement(model: type[models.Model]) -> str:
    fields = stored_fields(model)
    columns = ", ".join(quoted(field.column) for field in fields)
    table, key = quoted(model._meta.db_table), quoted(model._meta.pk.column)
    values = ", ".join(["%s"] * len(fields))
    return f"INSERT INTO {table} ({columns}) VALUES ({values}) RETURNING {key}"  # noqa: S608
