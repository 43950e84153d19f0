"""A new record and the first line of its trail, written in one statement."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.db import connection, models
from django.db.models.expressions import BaseExpression

from domain.common.audit.models import AuditEntry
from domain.common.audit.rows import DETAIL, ENTRY_COLUMNS, parameters
from domain.common.inserts import adopt, quoted, stored_fields

# The id that the record is given here is what its trail, and perhaps its booking, is named by.
GIVEN = "subject_id"
BORN = """
WITH born AS (
    INSERT INTO {table} ({columns}) VALUES ({values}) {unless} RETURNING {key}
), entry AS (
    INSERT INTO domain_auditentry ({entry_columns}) SELECT {entry_values} FROM born RETURNING id
), detail AS (
    INSERT INTO domain_auditdetail (entry_id, reason, client_ip, salt)
    SELECT id, {detail} FROM entry
)
SELECT born.{key}, entry.id FROM born, entry
"""


def write_birth(
    record: models.Model,
    entry: AuditEntry,
    detail: dict[str, str | None],
    *,
    is_the_booking: bool,
    unless: str = "",
) -> bool:
    """Insert a record and its first entry, and give both their ids.

    :param is_the_booking: the record is the booking to which its entry belongs
    :param unless: a unique column; when its value is known already, nothing is written
    :return: whether something was written
    """
    asked, expressions = _values(record)
    asked |= parameters(entry, detail)
    statement = _statement(type(record), is_the_booking, unless)
    if expressions:
        statement = _with_expressions(statement, record, expressions, asked)
    with connection.cursor() as cursor:
        cursor.execute(statement, asked)
        made = cursor.fetchone()
    if made is None:
        return False
    adopt(record, made[0])
    adopt(entry, made[1])
    entry.subject_id = record.pk
    entry.booking_id = record.pk if is_the_booking else entry.booking_id
    return True


def _values(record: models.Model) -> tuple[dict[str, Any], list[models.Field[Any, Any]]]:
    asked: dict[str, Any] = {}
    expressions = []
    for field in stored_fields(type(record)):
        value = field.pre_save(record, add=True)
        if isinstance(value, BaseExpression):
            expressions.append(field)
        else:
            value = field.get_db_prep_save(value, connection)
        asked[f"born_{field.column}"] = value
    return asked, expressions


@cache
def _statement(model: type[models.Model], is_the_booking: bool, unless: str) -> str:  # noqa: FBT001
    columns = [field.column for field in stored_fields(model)]
    given = {GIVEN} | ({"booking_id"} if is_the_booking else set())
    key = quoted(model._meta.pk.column)
    return BORN.format(
        table=quoted(model._meta.db_table),
        columns=", ".join(map(quoted, columns)),
        values=", ".join(f"%(born_{column})s" for column in columns),
        unless=f"ON CONFLICT ({quoted(unless)}) DO NOTHING" if unless else "",
        key=key,
        entry_columns=", ".join(ENTRY_COLUMNS),
        entry_values=", ".join(
            f"born.{key}" if each in given else f"%({each})s" for each in ENTRY_COLUMNS
        ),
        detail=DETAIL,
    )


def _with_expressions(
    statement: str,
    record: models.Model,
    fields: list[models.Field[Any, Any]],
    asked: dict[str, Any],
) -> str:
    """Put the SQL of values that the database works out in the place of their parameters."""
    query = models.sql.InsertQuery(type(record))
    compiler = query.get_compiler(connection=connection)
    for field in fields:
        place = f"born_{field.column}"
        found = asked.pop(place).resolve_expression(query, allow_joins=False, for_save=True)
        sql, values = compiler.compile(found)
        names = [f"{place}_{n}" for n in range(len(values))]
        asked |= dict(zip(names, values, strict=True))
        statement = statement.replace(f"%({place})s", sql % tuple(f"%({each})s" for each in names))
    return statement
