"""What must hold in the catalog's tables, whatever wrote them.

:source: docs/policies/catalog.md, "What always holds"
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import Any

from django.db import connection

from domain.catalog.effects import shown_digest
from domain.catalog.models import ChangeSet, ChangeSetRow, ChangeSetState, item_id_of
from domain.catalog.rules.words import Kind
from domain.catalog.tables import TABLES, in_force, value_fields
from domain.catalog.tables import plain as plain_value
from domain.catalog.together import check_together
from domain.common.integrity import Breach

WRITTEN = (ChangeSetState.APPLIED, ChangeSetState.REVERTED)


def catalog_breaches(at: datetime) -> Iterator[Breach]:
    written = ChangeSet.objects.filter(state__in=WRITTEN).prefetch_related("rows")
    for change_set in written.iterator(chunk_size=1):
        yield from _not_as_shown(change_set)
    yield from _stray_versions()
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


def _stray_versions() -> Iterator[Breach]:
    unshown: set[tuple[Kind, int, str]] = set()
    with connection.cursor() as cursor:
        cursor.execute(_versions(), [list(WRITTEN)])
        for name, pk, key, item_id, change_set_id, applied, shown in cursor:
            kind = Kind(name)
            if not applied:
                yield Breach("C2", f"{kind} {pk}", "No applied change set wrote this version.")
            if not shown:
                unshown.add((kind, change_set_id, key))
            if item_id != item_id_of(kind, key):
                yield Breach("C2", f"{kind} {pk}", "Its item id is not that of its key.")
    for kind, _, key in sorted(unshown):
        sentence = "A change set wrote this row without having shown it."
        yield Breach("C2", f"{kind} {key}", sentence)


@cache
def _versions() -> str:
    """Every version of every table, with what its change set says of it, in one statement."""
    quote = connection.ops.quote_name
    tables = " UNION ALL ".join(
        f"SELECT '{kind}' AS kind, id, key, item_id, change_set_id"  # noqa: S608
        f" FROM {quote(table._meta.db_table)}"
        for kind, table in TABLES.items()
    )
    return f"""
        SELECT v.kind, v.id, v.key, v.item_id, v.change_set_id,
            coalesce(c.state = ANY(%s), false),
            EXISTS (SELECT FROM domain_changesetrow r WHERE r.change_set_id = v.change_set_id
                    AND r.kind = v.kind AND r.key = v.key)
        FROM ({tables}) v LEFT JOIN domain_changeset c ON c.id = v.change_set_id
    """  # noqa: S608
