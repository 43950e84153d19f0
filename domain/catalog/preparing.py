"""Work out and store a change of the catalog for people to look at. Applies nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from domain.catalog.diff import Diff, RowChange, compare, digest_of
from domain.catalog.effects import bound_to
from domain.catalog.models import ChangeSet, ChangeSetRow, ChangeSource
from domain.catalog.models.conditions import DRAFT_TIME
from domain.catalog.rules.words import Kind
from domain.catalog.tables import in_force, is_empty, recorded
from domain.catalog.together import check_together
from domain.catalog.workbook import SheetRow, WorkbookRefused
from domain.common.actors import Actor, actor_label, may, staff_id
from domain.common.errors import InvalidInput, NotPermitted
from domain.common.settings.queries import setting_at
from domain.common.workflow.door import begin

NAME_LENGTH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a change comes from."""

    source: ChangeSource
    file_name: str = ""
    file_sha256: str = ""
    reason: str = ""
    reverts: ChangeSet | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """A change worked out against the catalog as it is: what the reviewer sees."""

    diff: Diff
    first_filling: bool
    approval_because: str
    absent: tuple[str, ...] = ()

    @property
    def changes_nothing(self) -> bool:
        return not self.diff.changes

    def summary(self) -> dict[str, Any]:
        return self.diff.summary() | {
            "absent": list(self.absent),
            "first_filling": self.first_filling,
        }


def review(
    rows: Sequence[SheetRow],
    *,
    effective_from: datetime | None,
    at: datetime,
    absent: tuple[str, ...] = (),
) -> Review:
    """Compare rows with the catalog in force when they shall begin. Writes nothing.

    :raises InvalidInput: dated into the past
    :raises WorkbookRefused: the rows do not fit each other or the rest of the catalog
    """
    first_filling = is_empty()
    if effective_from is not None and effective_from < at and not first_filling:
        raise InvalidInput.of(
            {"effective_from": ["The past cannot be changed; choose now or later."]}
        )
    moment = effective_from or at
    current = {kind: in_force(kind, moment) for kind in Kind}
    errors = check_together(rows, current)
    if errors:
        raise WorkbookRefused(errors)
    diff = compare(rows, current)
    limit_bps = setting_at("catalog.approval_bps", at)
    because = "" if first_filling else diff.approval_because(limit_bps)
    return Review(diff=diff, first_filling=first_filling, approval_because=because, absent=absent)


@transaction.atomic
def prepare(
    rows: Sequence[SheetRow],
    *,
    origin: Origin,
    effective_from: datetime | None,
    actor: Actor,
    at: datetime,
    absent: tuple[str, ...] = (),
) -> ChangeSet:
    """Store a change as a draft, bound to who prepared it, the file, the date and the rows.

    :raises InvalidInput: nothing would change, or what ``review`` raises
    :raises NotPermitted: the actor may not change the catalog
    """
    if staff_id(actor) is not None and not may(actor, "domain.import_catalog"):
        raise NotPermitted("You may not change the catalog.")
    found = review(rows, effective_from=effective_from, at=at, absent=absent)
    if found.changes_nothing:
        raise InvalidInput("Nothing changes: the catalog is like this already.")
    change_set = ChangeSet(
        source=origin.source,
        file_name=origin.file_name[-NAME_LENGTH:],
        file_sha256=origin.file_sha256,
        reason=origin.reason,
        reverts=origin.reverts,
        prepared_by_id=staff_id(actor),
        prepared_label=actor_label(actor)[:160],
        prepared_at=at,
        expires_at=at + DRAFT_TIME,
        effective_from=effective_from,
        needs_approval=bool(found.approval_because),
        approval_because=found.approval_because,
        summary=found.summary(),
        effect_text=found.diff.effect_text(),
    )
    stored = _rows_of(found.diff.changes, moment=effective_from or at)
    change_set.digest = digest_of(
        [(row.kind, row.key, row.before, row.after, row.seen_version) for row in stored],
        *bound_to(change_set),
    )
    begin(change_set, actor=actor, at=at, reason=origin.reason, facts=_facts(change_set))
    for row in stored:
        row.change_set = change_set
    ChangeSetRow.objects.bulk_create(stored)
    return change_set


def _facts(change_set: ChangeSet) -> dict[str, Any]:
    return {"digest": change_set.digest, "file_sha256": change_set.file_sha256}


def _rows_of(changes: Sequence[RowChange], *, moment: datetime) -> list[ChangeSetRow]:
    rows = []
    on_record = {
        kind: recorded(kind, [each.key for each in changes if each.kind == kind], after=moment)
        for kind in {each.kind for each in changes}
    }
    for position, change in enumerate(changes):
        known = on_record[change.kind].get(change.key)
        note = ""
        if known is not None and known.planned_from is not None:
            note = f"A planned version takes over from {known.planned_from:%Y-%m-%d %H:%M %Z}."
        rows.append(
            ChangeSetRow(
                position=position,
                kind=change.kind,
                key=change.key,
                label=change.label[:160],
                before=change.before,
                after=change.after,
                fields=[each.as_json(change.kind, change.currency) for each in change.fields],
                note=note,
                seen_version=known.version_id if known else 0,
            )
        )
    return rows
