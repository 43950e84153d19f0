"""What changed in the catalog between a preview and now."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import TYPE_CHECKING

from domain.catalog.rules.words import Kind
from domain.catalog.tables import TABLES, in_force, recorded

if TYPE_CHECKING:
    from domain.catalog.models.change_sets import ChangeSet, ChangeSetRow


def since_shown(change_set: ChangeSet, *, at: datetime) -> list[str]:
    """Name each row of a change that is no longer as the preview showed it.

    Not only what is in force counts: a version that somebody recorded since, for whatever
    date, would silently win or lose against this change.
    """
    by_kind: dict[Kind, list[ChangeSetRow]] = defaultdict(list)
    for row in change_set.rows.all():
        by_kind[Kind(row.kind)].append(row)
    moment = change_set.effective_from or at
    moved: list[str] = []
    for kind, rows in by_kind.items():
        moved += _moved(kind, rows, moment)
    return moved


def _moved(kind: Kind, rows: list[ChangeSetRow], moment: datetime) -> list[str]:
    newest = recorded(kind, [row.key for row in rows], after=moment)
    now = in_force(kind, moment)
    moved = []
    for row in rows:
        on_record = newest.get(row.key)
        if on_record is not None and on_record.version_id != row.seen_version:
            moved.append(f"{row.label} was changed by {_who(kind, on_record.version_id)}")
        elif (now[row.key].values if row.key in now else None) != row.before:
            moved.append(f"another version of {row.label} has come into force")
    return moved


def _who(kind: Kind, version_id: int) -> str:
    version = TABLES[kind]._default_manager.select_related("recorded_by").get(pk=version_id)
    who = version.recorded_by.display_name() if version.recorded_by else "the system"
    return f"{who} ({version.recorded_at:%Y-%m-%d %H:%M})"
