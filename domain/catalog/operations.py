"""Change the catalog: prepare, look, apply.

``prepare_import``, ``change_row`` and ``prepare_reversal`` store a ``ChangeSet`` in state
draft and change no price. Show its ``rows`` (each with ``fields``: label, old, new, move),
``effect_text``, ``approval_because``; then, by its preparer, ``apply_change_set`` or, when
``needs_approval``, ``submit_change_set`` and by another person ``apply_change_set``;
``discard_change_set`` drops it. All of them take the one door. A draft lives for an hour,
a submitted one for a week. ``export_workbook`` in ``queries`` gives the file back.

Rights: ``import_catalog`` to prepare and apply, ``approve_catalog`` to apply what needs a
second person, ``export_catalog`` to export, ``view_catalog`` to look.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from domain.catalog import preparing
from domain.catalog.models import ChangeSet, ChangeSetState, ChangeSource
from domain.catalog.preparing import Origin, Review, prepare
from domain.catalog.rules.words import Kind
from domain.catalog.tables import change_set_of, in_force, recorded
from domain.catalog.workbook import (
    SHEETS,
    SheetRow,
    Values,
    WorkbookRefused,
    read_row,
    read_workbook,
)
from domain.common.actors import Actor
from domain.common.errors import InvalidInput, NotFound, Refused, Stale
from domain.common.workflow.conditions import Check
from domain.common.workflow.door import lock, transit


def review_import(*, content: bytes, effective_from: datetime | None, at: datetime) -> Review:
    """What a workbook would change; stores nothing (the dry run).

    :raises WorkbookRefused: with every problem of the file
    """
    book = read_workbook(content)
    return preparing.review(book.rows, effective_from=effective_from, at=at, absent=book.absent)


def prepare_import(
    *,
    content: bytes,
    file_name: str,
    effective_from: datetime | None,
    actor: Actor,
    at: datetime,
    reason: str = "",
) -> ChangeSet:
    """Store what a workbook would change as a draft.

    :raises WorkbookRefused: with every problem of the file
    :raises InvalidInput: nothing would change, or it is dated into the past
    :raises NotPermitted: the actor may not change the catalog
    """
    book = read_workbook(content)
    origin = Origin(
        source=ChangeSource.WORKBOOK,
        file_name=file_name,
        file_sha256=book.sha256,
        reason=reason,
    )
    return prepare(
        book.rows,
        origin=origin,
        effective_from=effective_from,
        actor=actor,
        at=at,
        absent=book.absent,
    )


def change_row(
    *,
    kind: Kind,
    key: str,
    values: Mapping[str, object],
    effective_from: datetime | None,
    reason: str,
    actor: Actor,
    at: datetime,
) -> ChangeSet:
    """Store a change of one row as a draft, or a new row when ``key`` is "".

    :param values: by column name as in the sheet, prices in major units; columns that are
        left out keep what is in force
    :raises InvalidInput: ``field_errors`` name the columns
    :raises NotFound: there is no such row
    """
    sheet = SHEETS[kind]
    moment = effective_from or at
    raw: dict[str, object] = {}
    if key:
        version = in_force(kind, moment).get(key)
        if version is None:
            raise NotFound(f"There is no {key!r} in {kind.replace('_', ' ')}.")
        raw = {each.name: each.cell.write(version.values[each.field]) for each in sheet.columns}
    unknown = sorted(set(values) - {each.name for each in sheet.columns})
    if unknown:
        raise InvalidInput.of({name: ["There is no such column."] for name in unknown})
    try:
        wanted = read_row(kind, raw | dict(values))
        row = SheetRow(kind, _same_key(kind, key, wanted), wanted, 0)
        return prepare(
            [row],
            origin=Origin(source=ChangeSource.FORM, reason=reason),
            effective_from=effective_from,
            actor=actor,
            at=at,
        )
    except WorkbookRefused as refused:
        raise InvalidInput.of(_by_column(refused)) from refused


def _same_key(kind: Kind, key: str, wanted: Values) -> str:
    sheet = SHEETS[kind]
    found = sheet.key_of(wanted)
    if key and found != key:
        raise InvalidInput.of({sheet.key[-1]: ["The key of a row cannot change; add a new row."]})
    return found


def _by_column(refused: WorkbookRefused) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    for error in refused.errors:
        errors.setdefault(error.column, []).append(error.message)
    return errors


def prepare_reversal(*, change_set_id: int, reason: str, actor: Actor, at: datetime) -> ChangeSet:
    """Store, as a draft, what restores the values from before an applied change set.

    A row that the set made new is switched off. In force from now, or from the set's own
    date when that is still to come.

    :raises Refused: it is not applied
    :raises Stale: a row was changed again since; the sentence lists them
    :raises InvalidInput: no reason was given
    """
    if not reason.strip():
        raise InvalidInput.of({"reason": ["Say why."]})
    applied = _applied(change_set_id)
    _refuse_rows_changed_since(applied)
    begins = applied.in_force_from
    rows = []
    for row in applied.rows.all():
        values: Values = row.before if row.before is not None else row.after | {"is_active": False}
        rows.append(SheetRow(Kind(row.kind), row.key, values, 0))
    return prepare(
        rows,
        origin=Origin(source=ChangeSource.REVERSAL, reason=reason, reverts=applied),
        effective_from=begins if begins is not None and begins > at else None,
        actor=actor,
        at=at,
    )


def _applied(change_set_id: int) -> ChangeSet:
    found = ChangeSet.objects.filter(pk=change_set_id).first()
    if found is None:
        raise NotFound(f"There is no catalog change {change_set_id}.")
    if found.state != ChangeSetState.APPLIED:
        sentence = f"{found} is {found.state_label().lower()}; only an applied one is reverted."
        raise Refused(sentence, checks=[Check("State", passed=False, sentence=sentence)])
    return found


def _refuse_rows_changed_since(applied: ChangeSet) -> None:
    begins = applied.in_force_from or applied.prepared_at
    moved = []
    for row in applied.rows.all():
        newest = recorded(Kind(row.kind), [row.key], after=begins)[row.key].version_id
        if change_set_of(Kind(row.kind), newest) != applied.pk:
            moved.append(row.label)
    if moved:
        raise Stale(f"Changed again since, so it cannot be taken back: {', '.join(moved)}.")


def submit_change_set(*, change_set_id: int, actor: Actor, at: datetime) -> ChangeSet:
    """Ask for the approval of somebody else."""
    return transit(ChangeSet, change_set_id, "submit", actor=actor, at=at).subject


@transaction.atomic
def apply_change_set(
    *, change_set_id: int, digest: str, actor: Actor, at: datetime, reason: str = ""
) -> ChangeSet:
    """Apply a change set all or nothing, exactly as it was shown.

    :param digest: the ``digest`` of the change set that the actor looked at
    :raises Stale: not what was looked at, or the catalog changed since
    :raises Refused: expired, applied already, or it needs somebody else
    """
    if lock(ChangeSet, change_set_id).digest != digest:
        raise Stale("This is not the change you looked at. Open it again.")
    done = transit(ChangeSet, change_set_id, "apply", actor=actor, at=at, reason=reason)
    return done.subject


def discard_change_set(
    *, change_set_id: int, actor: Actor, at: datetime, reason: str = ""
) -> ChangeSet:
    return transit(ChangeSet, change_set_id, "discard", actor=actor, at=at, reason=reason).subject
