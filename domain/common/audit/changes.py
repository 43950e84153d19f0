"""A change of a record and its line in the trail, written in one statement."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from django.db import DatabaseError, models

from domain.common.audit.models import AuditEntry
from domain.common.audit.rows import DETAIL, ENTRY_COLUMNS, parameters
from domain.common.inserts import adopt, changeable_fields, quoted, stored
from domain.common.prepared import rows_prepared

CHANGED = """
WITH changed AS (
    UPDATE {table} SET {columns} WHERE {key} = %(changed)s RETURNING {key}
), entry AS (
    INSERT INTO domain_auditentry ({entry_columns}) SELECT {entry_values} FROM changed RETURNING id
)
INSERT INTO domain_auditdetail (entry_id, reason, client_ip, salt)
SELECT id, {detail} FROM entry
RETURNING entry_id
"""
# What may have been changed in place looks the same as before.
IN_PLACE = (dict, list)


def write_change(
    record: models.Model,
    entry: AuditEntry,
    detail: dict[str, str | None],
    *,
    before: Mapping[str, Any] | None,
) -> None:
    """Update a record and insert the entry of this change, which gets its id.

    :param before: what the row holds; only what differs is written. None writes all columns.
    """
    fields = [field for field in changeable_fields(type(record)) if _differs(record, field, before)]
    asked = parameters(entry, detail) | {"changed": record.pk}
    for field in fields:
        asked[f"new_{field.column}"] = stored(field, record, add=False)
    columns = tuple(field.column for field in fields)
    made = rows_prepared(_statement(type(record), columns), asked)
    if not made:
        raise DatabaseError(f"{record} is not there to be changed.")
    adopt(entry, made[0][0])


def _differs(
    record: models.Model, field: models.Field[Any, Any], before: Mapping[str, Any] | None
) -> bool:
    if before is None:
        return True
    value, old = getattr(record, field.attname), before[field.attname]
    return isinstance(value, IN_PLACE) or (value is not old and value != old)


@cache
def _statement(model: type[models.Model], columns: tuple[str, ...]) -> str:
    return CHANGED.format(
        table=quoted(model._meta.db_table),
        key=quoted(model._meta.pk.column),
        columns=", ".join(f"{quoted(each)} = %(new_{each})s" for each in columns),
        entry_columns=", ".join(ENTRY_COLUMNS),
        entry_values=", ".join(f"%({each})s" for each in ENTRY_COLUMNS),
        detail=DETAIL,
    )
