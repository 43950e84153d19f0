"""A new record and the first line of its trail, written in one statement.

Of a booking with a new guest, one line and a message, each of which gets its id from its table:

    WITH first AS (INSERT INTO guest … VALUES … RETURNING id),
    born AS (INSERT INTO booking (guest_id, …) VALUES ((SELECT id FROM first), …) RETURNING id),
    entry AS (INSERT INTO auditentry … SELECT born.id, … FROM born RETURNING id),
    detail_of_entry AS (INSERT INTO auditdetail … SELECT id, … FROM entry),
    part_0 AS (INSERT INTO bookingline (booking_id, …) SELECT born.id, … FROM born RETURNING id),
    part_1 AS (INSERT INTO message (booking_id, …) SELECT born.id, … FROM born RETURNING id),
    entry_0 AS (INSERT INTO auditentry … SELECT part_1.id, … FROM born, part_1 RETURNING id),
    detail_of_entry_0 AS (INSERT INTO auditdetail … SELECT id, … FROM entry_0)
    SELECT id, (SELECT id FROM entry), (SELECT id FROM part_0), (SELECT id FROM part_1),
           (SELECT id FROM first) FROM born
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from django.db import models

from domain.common.audit.models import AuditEntry
from domain.common.audit.rows import ENTRY_COLUMNS, detail_digest, parameters
from domain.common.inserts import adopt, quoted, stored_fields, values_of
from domain.common.prepared import rows_prepared

if TYPE_CHECKING:
    from domain.common.workflow.stateful import Stateful

type Kinds = tuple[type[models.Model], ...]

BORN = """
WITH {first}born AS (
    INSERT INTO {table} ({columns}) VALUES ({values}) {unless} RETURNING {key}
), {entry}{parts}{trails}
SELECT {key}, {made} FROM born
"""
FIRST = """first AS (
    INSERT INTO {table} ({columns}) VALUES ({values}) RETURNING {key}
), """
PART = """, {name} AS (
    INSERT INTO {table} ({columns}) SELECT {values} FROM born RETURNING {key}
)"""
ENTRY = """{name} AS (
    INSERT INTO domain_auditentry ({columns}) SELECT {values} FROM {of} RETURNING id
), detail_of_{name} AS (
    INSERT INTO domain_auditdetail (entry_id, reason, client_ip, salt)
    SELECT id, %(reason)s, %(client_ip)s::inet, %({salt})s FROM {name}
)"""
# What the first line of a record begun along with another says in words of its own.
OWN = ("subject_type", "to_state", "detail_digest", "salt")
NOTHING = dict.fromkeys(("money", "facts"), "'{}'")


def write_birth(
    record: models.Model,
    entry: AuditEntry,
    detail: dict[str, str | None],
    *,
    is_the_booking: bool,
    unless: str = "",
    first: models.Model | None = None,
    parts: Sequence[models.Model] = (),
    along: Sequence[Stateful] = (),
) -> bool:
    """Insert a record, its first entry and its parts, and give all of them their ids.

    :param is_the_booking: the record is the booking to which its entry belongs
    :param unless: a unique column; when its value is known already, nothing is written
    :param first: a new row of another table that the record points at
    :param parts: rows of other tables, most of which point at the record
    :param along: records that begin by the same change, each with a trail of its own
    :return: whether something was written
    """
    others = (*parts, *along)
    asked = parameters(entry, detail)
    asked.update(_values("born", record))
    for n, other in enumerate(others):
        asked.update(_values(f"part_{n}", other))
    for n, begun in enumerate(along):
        asked.update(_own_words(f"entry_{n}", begun, detail))
    if first is not None:
        asked.update(_values("first", first))
    before = None if first is None else type(first)
    kinds = tuple(map(type, parts)), tuple(map(type, along))
    rows = rows_prepared(_statement(type(record), is_the_booking, unless, before, *kinds), asked)
    if not rows:
        return False
    ours, its_entry, *keys = rows[0]
    if first is not None:
        adopt(first, keys.pop())
        setattr(record, _linked(type(record), type(first)).name, first)
    adopt(record, ours)
    adopt(entry, its_entry)
    entry.subject_id = record.pk
    entry.booking_id = record.pk if is_the_booking else entry.booking_id
    for other, key in zip(others, keys, strict=True):
        if link := _link(type(other), type(record)):
            # Setting the attribute would make it forget the record, which it knows already.
            vars(other)[link.attname] = record.pk
        adopt(other, key)
    return True


def _values(name: str, row: models.Model) -> zip[tuple[str, Any]]:
    return zip(_names(name, type(row)), values_of(row), strict=True)


@cache
def _names(name: str, kind: type[models.Model]) -> list[str]:
    return [f"{name}_{field.column}" for field in stored_fields(kind)]


def _own_words(
    name: str, begun: Stateful, detail: Mapping[str, str | None]
) -> zip[tuple[str, str]]:
    salt = token_hex(16)
    digest = detail_digest(salt, detail["reason"] or "", detail["client_ip"] or "")
    values = (begun.subject_type, begun.state, digest, salt)
    return zip((f"{name}_{each}" for each in OWN), values, strict=True)


@cache
def _statement(
    model: type[models.Model],
    is_the_booking: bool,  # noqa: FBT001
    unless: str,
    before: type[models.Model] | None,
    parts: Kinds,
    along: Kinds,
) -> str:
    values = {column: f"%(born_{column})s" for column in _columns(model)}
    if before:
        values[str(_linked(model, before).column)] = f"(SELECT {_key(before)} FROM first)"  # noqa: S608
    key = f"born.{_key(model)}"
    booking = {"booking_id": key} if is_the_booking else {}
    named = {f"part_{n}": kind for n, kind in enumerate((*parts, *along))}
    trails = [
        _entry(f"entry_{n}", f"{name}.{_key(kind)}", f"born, {name}", booking | NOTHING, own=True)
        for n, (name, kind) in enumerate(list(named.items())[len(parts) :])
    ]
    others = named | ({"first": before} if before else {})
    keys = {"entry": "id"} | {name: _key(kind) for name, kind in others.items()}
    return BORN.format(
        first=_first(before) if before else "",
        table=quoted(model._meta.db_table),
        columns=", ".join(map(quoted, values)),
        values=", ".join(values.values()),
        unless=f"ON CONFLICT ({quoted(unless)}) DO NOTHING" if unless else "",
        key=_key(model),
        entry=_entry("entry", key, "born", booking),
        parts="".join(_part(name, kind, model) for name, kind in named.items()),
        trails="".join(f", {each}" for each in trails),
        # Joining what is one row each would take longest to plan.
        made=", ".join(f"(SELECT {made} FROM {name})" for name, made in keys.items()),  # noqa: S608
    )


def _entry(name: str, key: str, of: str, known: dict[str, str], *, own: bool = False) -> str:
    """The first line of a record's trail; ``own`` words stand beside those shared by all."""
    said = {each: f"{name}_{each}" if own and each in OWN else each for each in ENTRY_COLUMNS}
    values = {each: f"%({asked})s" for each, asked in said.items()} | {"subject_id": key} | known
    return ENTRY.format(
        name=name,
        columns=", ".join(values),
        values=", ".join(values.values()),
        of=of,
        salt=f"{name}_salt" if own else "salt",
    )


def _first(kind: type[models.Model]) -> str:
    columns = _columns(kind)
    return FIRST.format(
        table=quoted(kind._meta.db_table),
        columns=", ".join(map(quoted, columns)),
        values=", ".join(f"%(first_{column})s" for column in columns),
        key=_key(kind),
    )


def _part(name: str, kind: type[models.Model], whole: type[models.Model]) -> str:
    values = {column: f"%({name}_{column})s" for column in _columns(kind)}
    if link := _link(kind, whole):
        values[str(link.column)] = f"born.{_key(whole)}"
    return PART.format(
        name=name,
        table=quoted(kind._meta.db_table),
        columns=", ".join(map(quoted, values)),
        values=", ".join(values.values()),
        key=_key(kind),
    )


def _columns(kind: type[models.Model]) -> list[str]:
    return [str(field.column) for field in stored_fields(kind)]


def _key(kind: type[models.Model]) -> str:
    return quoted(kind._meta.pk.column)


@cache
def _link(kind: type[models.Model], other: type[models.Model]) -> models.Field[Any, Any] | None:
    """The column by which rows of one table point at those of another."""
    return next((field for field in stored_fields(kind) if field.related_model is other), None)


def _linked(kind: type[models.Model], other: type[models.Model]) -> models.Field[Any, Any]:
    link = _link(kind, other)
    assert link is not None  # what is written first is pointed at
    return link
