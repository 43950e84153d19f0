"""A new record and the first line of its trail, written in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from django.db import models

from domain.common.audit.models import AuditEntry
from domain.common.audit.rows import DETAIL, ENTRY_COLUMNS, parameters
from domain.common.inserts import adopt, quoted, stored_fields, values_of
from domain.common.prepared import rows_prepared

# The id that the record is given here is what its trail, and perhaps its booking, is named by.
GIVEN = "subject_id"
BORN = """
WITH {first}born AS (
    INSERT INTO {table} ({columns}) VALUES ({values}) {unless} RETURNING {key}
), entry AS (
    INSERT INTO domain_auditentry ({entry_columns}) SELECT {entry_values} FROM born RETURNING id
), detail AS (
    INSERT INTO domain_auditdetail (entry_id, reason, client_ip, salt)
    SELECT id, {detail} FROM entry
){parts}
SELECT {made} FROM {written}
"""
FIRST = """first AS (
    INSERT INTO {table} ({columns}) VALUES ({values}) RETURNING {key}
), """
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
    first: models.Model | None = None,
    parts: Sequence[models.Model] = (),
) -> bool:
    """Insert a record, its first entry and its parts, and give all of them their ids.

    :param is_the_booking: the record is the booking to which its entry belongs
    :param unless: a unique column; when its value is known already, nothing is written
    :param first: a new row of another table that the record points at
    :param parts: rows of other tables that point at the record
    :return: whether something was written
    """
    asked = _values("born", record) | parameters(entry, detail)
    for n, part in enumerate(parts):
        asked |= _values(f"part_{n}", part)
    if first is not None:
        asked |= _values("first", first)
    kinds = tuple(type(part) for part in parts)
    before = None if first is None else type(first)
    rows = rows_prepared(_statement(type(record), is_the_booking, unless, before, kinds), asked)
    if not rows:
        return False
    ours, its_entry, *keys = rows[0]
    if first is not None:
        adopt(first, keys.pop())
        setattr(record, _link(type(record), type(first)).name, first)
    adopt(record, ours)
    adopt(entry, its_entry)
    entry.subject_id = record.pk
    entry.booking_id = record.pk if is_the_booking else entry.booking_id
    for part, key in zip(parts, keys, strict=True):
        setattr(part, _link(type(part), type(record)).attname, record.pk)
        adopt(part, key)
    return True


def _values(name: str, row: models.Model) -> dict[str, Any]:
    return dict(zip(_names(name, type(row)), values_of(row), strict=True))


@cache
def _names(name: str, kind: type[models.Model]) -> list[str]:
    return [f"{name}_{field.column}" for field in stored_fields(kind)]


@cache
def _statement(
    model: type[models.Model],
    is_the_booking: bool,  # noqa: FBT001
    unless: str,
    before: type[models.Model] | None,
    kinds: tuple[type[models.Model], ...],
) -> str:
    columns = [field.column for field in stored_fields(model)]
    values = {column: f"%(born_{column})s" for column in columns}
    if before:
        values[_link(model, before).column] = f"(SELECT {_key(before)} FROM first)"  # noqa: S608
    given = {GIVEN} | ({"booking_id"} if is_the_booking else set())
    parts = {f"part_{n}": kind for n, kind in enumerate(kinds)}
    others = parts | ({"first": before} if before else {})
    made = [f"{name}.{_key(kind)}" for name, kind in others.items()]
    return BORN.format(
        first=_first(before) if before else "",
        table=quoted(model._meta.db_table),
        columns=", ".join(map(quoted, columns)),
        values=", ".join(values.values()),
        unless=f"ON CONFLICT ({quoted(unless)}) DO NOTHING" if unless else "",
        key=_key(model),
        entry_columns=", ".join(ENTRY_COLUMNS),
        entry_values=", ".join(
            f"born.{_key(model)}" if each in given else f"%({each})s" for each in ENTRY_COLUMNS
        ),
        detail=DETAIL,
        parts="".join(_part(name, kind, model) for name, kind in parts.items()),
        made=", ".join([f"born.{_key(model)}", "entry.id", *made]),
        written=", ".join(["born", "entry", *others]),
    )


def _first(kind: type[models.Model]) -> str:
    columns = [field.column for field in stored_fields(kind)]
    return FIRST.format(
        table=quoted(kind._meta.db_table),
        columns=", ".join(map(quoted, columns)),
        values=", ".join(f"%(first_{column})s" for column in columns),
        key=_key(kind),
    )


def _part(name: str, kind: type[models.Model], whole: type[models.Model]) -> str:
    link, columns = _link(kind, whole), [field.column for field in stored_fields(kind)]
    return PART.format(
        name=name,
        table=quoted(kind._meta.db_table),
        columns=", ".join(map(quoted, columns)),
        values=", ".join(
            f"born.{_key(whole)}" if each == link.column else f"%({name}_{each})s"
            for each in columns
        ),
        key=_key(kind),
    )


def _key(kind: type[models.Model]) -> str:
    return quoted(kind._meta.pk.column)


@cache
def _link(kind: type[models.Model], other: type[models.Model]) -> models.Field[Any, Any]:
    """The column by which rows of one table point at those of another."""
    return next(field for field in stored_fields(kind) if field.related_model is other)
