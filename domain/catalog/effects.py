"""What applying a change set causes: the versions it writes, and what it takes back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from domain.catalog import drift
from domain.catalog.diff import digest_of
from domain.catalog.models import ChangeSet, ChangeSetRow
from domain.catalog.rules.words import Kind
from domain.catalog.tables import insert_versions, lock_for_writing
from domain.common.actors import System, staff_id
from domain.common.effects import Change, Effect, Preview
from domain.common.errors import Stale
from domain.common.workflow.conditions import Ask
from domain.common.workflow.door import transit
from domain.common.workflow.registry import effects_of

REVERSAL = System("catalog_reversal")


@dataclass(frozen=True, slots=True)
class WriteVersions(Effect):
    """Write a change set's rows, all or none, under the catalog's one lock."""

    change_set: ChangeSet

    def preview(self) -> Preview:
        return Preview(self.change_set.effect_text)

    def apply(self, change: Change) -> None:
        """:raises Stale: the catalog is no longer what the preview was made from"""
        lock_for_writing()
        self._refuse_what_moved(change)
        by_kind: dict[Kind, list[tuple[str, Any]]] = defaultdict(list)
        for row in self.change_set.rows.all():
            by_kind[Kind(row.kind)].append((row.key, row.after))
        for kind, rows in by_kind.items():
            insert_versions(
                kind,
                rows,
                effective_from=self.change_set.in_force_from or change.at,
                recorded_at=change.at,
                recorded_by_id=staff_id(change.actor),
                change_set_id=self.change_set.pk,
            )

    def _refuse_what_moved(self, change: Change) -> None:
        if shown_digest(self.change_set) != self.change_set.digest:
            raise Stale("The rows of this change are not those that were shown. Prepare it again.")
        moved = drift.since_shown(self.change_set, at=change.at)
        if moved:
            raise Stale(f"The catalog changed since this was shown: {'; '.join(moved)}.")


@dataclass(frozen=True, slots=True)
class TakeBack(Effect):
    """Mark the change set that a reversal takes back."""

    reverted: ChangeSet
    by: ChangeSet

    def preview(self) -> Preview:
        return Preview(f"{self.reverted} counts as reverted.")

    def apply(self, change: Change) -> None:
        transit(
            ChangeSet,
            self.reverted.pk,
            "revert",
            actor=REVERSAL,
            at=change.at,
            facts={"reversal": self.by.pk},
        )


@effects_of(ChangeSet, "apply")
def causes_of_applying(change_set: ChangeSet, ask: Ask) -> Sequence[Effect]:
    effects: list[Effect] = [WriteVersions(change_set)]
    if change_set.reverts is not None:
        effects.append(TakeBack(change_set.reverts, change_set))
    return effects


def shown_digest(change_set: ChangeSet) -> str:
    return digest_of([_shown(row) for row in change_set.rows.all()], *bound_to(change_set))


def bound_to(change_set: ChangeSet) -> tuple[str, ...]:
    """What a preview is bound to beside its rows: the file, the person, the date."""
    wanted = change_set.effective_from
    return (
        change_set.file_sha256,
        str(change_set.prepared_by_id),
        wanted.timestamp().hex() if wanted else "",
    )


def _shown(row: ChangeSetRow) -> tuple[str, str, Any, Any, int]:
    return (row.kind, row.key, row.before, row.after, row.seen_version)
