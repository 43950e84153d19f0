"""A new record and the first line of its trail, written in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from django.db import models

from domain.common.audit.models import AuditEntry
from domain.common.audit.rows import DETAIL, ENTRY_COLUMNS, parameters
from domain.common.inserts import adopt, quoted, stored, stored_fields
from domain.common.prepared import rows_prepared

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
){parts}
SELECT {made} FROM {written}
"""
PART = """, {name} AS (
    INSERT INTO {table} ({columns}) SELECT {values} FROM born RETURNING {key}
)"""


def write_birth(
    record: models.Model,
    entry: AuditEntry,
    detail: dict[str, str | None],
    *,
    is_the_booking: bool,
    unless: str = "",
    parts: Sequence[models.Model] = (),
) -> bool:
    """Insert a record, its first entry and its parts, and give all of them their ids.

    :param is_the_booking: the record is the booking to which its entry belongs
    :param unless: a unique column; when its value is known already, nothing is written
    :param parts: rows of other tables that point at the record
    :return: whether something was written
    """
    asked = _values("born", record) | parameters(entry, detail)
    for n, part in enumerate(parts):
        asked |= _values(f"part_{n}", part)
    kinds = tuple(type(part) for part in parts)
    rows = rows_prepared(_statement(type(record), is_the_booking, unless, kinds), asked)
    if not rows:
        return False
    ours, its_entry, *keys = rows[0]
    adopt(record, ours)
    adopt(entry, its_entry)
    entry.subject_id = record.pk
    entry.booking_id = record.pk if is_the_booking else entry.booking_id
    for part, key in zip(parts, keys, strict=True):
        setattr(part, _link(type(part), type(record)).attname, record.pk)
        adopt(part, key)
    return True


def _values(name: str, row: models.Model) -> dict[str, Any]:
    return {
        f"{name}_{field.column}": stored(field, row, add=True) for field in stored_fields(type(row))
    }


@cache
def _statement(
    model: type[models.Model],
    is_the_booking: bool,  # noqa: FBT001
    unless: str,
    kinds: tuple[type[models.Model], ...],
) -> str:
    columns = [field.column for field in stored_fields(model)]
    given = {GIVEN} | ({"booking_id"} if is_the_booking else set())
    key = quoted(model._meta.pk.column)
    names = [f"part_{n}" for n in range(len(kinds))]
    keys = [quoted(kind._meta.pk.column) for kind in kinds]
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
        parts="".join(_part(*each, model) for each in zip(names, kinds, strict=True)),
        made=", ".join([f"born.{key}", "entry.id", *map(".".join, zip(names, keys, strict=True))]),
        written=", ".join(["born", "entry", *names]),
    )


def _part(name: str, kind: type[models.Model], whole: type[models.Model]) -> str:
    link, columns = _link(kind, whole), [field.column for field in stored_fields(kind)]
    return PART.format(
        name=name,
        table=quoted(kind._meta.db_table),
        columns=", ".join(map(quoted, columns)),
        values=", ".join(
            f"born.{quoted(whole._meta.pk.column)}" if each == link.column else f"%({name}_{each})s"
            for each in columns
        ),
        key=quoted(kind._meta.pk.column),
    )


@cache
def _link(kind: type[models.Model], whole: type[models.Model]) -> models.Field[Any, Any]:
    """The column of a part that says of which record it is one."""
    return next(field for field in stored_fields(kind) if field.related_model is whole)
