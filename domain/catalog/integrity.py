"""What must hold in the catalog's tables, whatever wrote them.

:source: docs/policies/catalog.md, "What always holds"
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import Count

from domain.catalog.effects import shown_digest
from domain.catalog.models import ChangeSet, ChangeSetRow, ChangeSetState, item_id_of
from domain.catalog.rules.words import Kind
from domain.catalog.tables import TABLES, in_force, value_fields
from domain.catalog.tables import plain as plain_value
from domain.catalog.together import check_together
from domain.common.integrity import Breach

WRITTEN = (ChangeSetState.APPLIED, ChangeSetState.REVERTED)


def catalog_breaches(at: datetime) -> Iterator[Breach]:
    for change_set in ChangeSet.objects.filter(state__in=WRITTEN).iterator():
        yield from _not_as_shown(change_set)
    for kind in Kind:
        yield from _stray_versions(kind)
    current = {kind: in_force(kind, at) for kind in Kind}
    for error in check_together([], current):
        yield Breach("C3", error.sheet, f"{error.column}: {error.message}")


def _not_as_shown(change_set: ChangeSet) -> Iterator[Breach]:
    if shown_digest(change_set) != change_set.digest:
        yield Breach("C1", str(change_set), "Its rows are not those that were shown.")
    shown: dict[Kind, list[ChangeSetRow]] = defaultdict(list)
    for row in change_set.rows.all():
        shown[Kind(row.kind)].append(row)
    for kind, rows in shown.items():
        written = _written_by(change_set, kind)
        for row in rows:
            values = written[row.key]
            if values != [row.after]:
                sentence = f"{row.label} was written {len(values)} times or not as it was shown."
                yield Breach("C1", str(change_set), sentence)


def _written_by(change_set: ChangeSet, kind: Kind) -> dict[str, list[dict[str, Any]]]:
    """The values of every version that a change set wrote, by the row's key."""
    names = value_fields(kind)
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for each in (
        TABLES[kind]._default_manager.filter(change_set_id=change_set.pk).values("key", *names)
    ):
        found[each["key"]].append({name: plain_value(each[name]) for name in names})
    return found


def _stray_versions(kind: Kind) -> Iterator[Breach]:
    table = TABLES[kind]
    written_by = ChangeSet.objects.filter(state__in=WRITTEN)
    stray = table._default_manager.exclude(change_set__in=written_by)
    for version in stray.iterator():
        yield Breach("C2", f"{kind} {version.pk}", "No applied change set wrote this version.")
    shown = ChangeSetRow.objects.filter(kind=kind).values_list("change_set_id", "key")
    written = table._default_manager.values("change_set_id", "key").annotate(n=Count("id"))
    known = set(shown)
    for each in written:
        if (each["change_set_id"], each["key"]) not in known:
            subject = f"{kind} {each['key']}"
            yield Breach("C2", subject, "A change set wrote this row without having shown it.")
    for version in table._default_manager.iterator():
        if version.item_id != item_id_of(kind, version.key):
            yield Breach("C2", f"{kind} {version.pk}", "Its item id is not that of its key.")
