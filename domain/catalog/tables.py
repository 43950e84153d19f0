"""Read and write the versions in the catalog's tables, one way for every kind."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Max, Min

from domain.catalog.building import Version
from domain.catalog.models.base import CatalogRow, item_id_of
from domain.catalog.models.delivery import (
    MiniMovePackage,
    OrganizingService,
    ServiceZone,
    SpecialtyItem,
    StandardDeliveryConfig,
    SurchargeRule,
    TaxRate,
)
from domain.catalog.models.vehicles import Vehicle
from domain.catalog.rules.words import Kind
from domain.catalog.workbook.cells import Json
from domain.catalog.workbook.sheets import SHEETS, Values

TABLES: dict[Kind, type[CatalogRow]] = {
    table.kind: table
    for table in (
        MiniMovePackage,
        OrganizingService,
        SpecialtyItem,
        StandardDeliveryConfig,
        ServiceZone,
        SurchargeRule,
        TaxRate,
        Vehicle,
    )
}
WRITE_LOCK = 0x0CA7A106  # any number that no other area locks


def value_fields(kind: Kind) -> list[str]:
    """The fields of a kind's ``values``; every kind has ``is_active`` among them."""
    names = [column.field for column in SHEETS[kind].columns]
    return names if "is_active" in names else [*names, "is_active"]


def in_force(kind: Kind, at: datetime) -> dict[str, Version]:
    """Each key's version in force at a moment, the inactive ones too."""
    names = value_fields(kind)
    rows = (
        TABLES[kind]
        ._default_manager.filter(effective_from__lte=at)
        .order_by("key", "-effective_from", "-id")
        .distinct("key")
        .values("id", "item_id", "key", *names)
    )
    return {row["key"]: _version(kind, row, names) for row in rows}


def _version(kind: Kind, row: dict[str, Any], names: list[str]) -> Version:
    values = {name: plain(row[name]) for name in names}
    return Version(kind, row["key"], row["id"], row["item_id"], values)


def plain(value: Any) -> Json:
    """A column's value as the plain JSON that sheets are read into."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    kept: Json = value
    return kept


@dataclass(frozen=True, slots=True)
class Recorded:
    """The newest version of a key on record, whatever its date, and the dates to come."""

    version_id: int
    planned_from: datetime | None


def recorded(kind: Kind, keys: Collection[str], *, after: datetime) -> dict[str, Recorded]:
    """For each key on record: its newest version, and when the next planned one begins."""
    table = TABLES[kind]._default_manager.filter(key__in=list(keys))
    newest = dict(table.values_list("key").annotate(Max("id")))
    planned = dict(
        table.filter(effective_from__gt=after).values_list("key").annotate(Min("effective_from"))
    )
    return {key: Recorded(newest[key], planned.get(key)) for key in newest}


def boundaries(at: datetime) -> tuple[datetime | None, datetime | None]:
    """The nearest moments at which the catalog changes: up to ``at``, and after it."""
    before: list[datetime] = []
    after: list[datetime] = []
    for table in TABLES.values():
        rows = table._default_manager
        last = rows.filter(effective_from__lte=at).aggregate(m=Max("effective_from"))["m"]
        then = rows.filter(effective_from__gt=at).aggregate(m=Min("effective_from"))["m"]
        before += [last] if last else []
        after += [then] if then else []
    return max(before, default=None), min(after, default=None)


def is_empty() -> bool:
    """Nothing was ever recorded."""
    return not any(table._default_manager.exists() for table in TABLES.values())


def lock_for_writing() -> None:
    """Let one transaction at a time write the catalog."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [WRITE_LOCK])


def insert_versions(
    kind: Kind,
    rows: Iterable[tuple[str, Values]],
    *,
    effective_from: datetime,
    recorded_at: datetime,
    recorded_by_id: int | None,
    change_set_id: int,
) -> int:
    table = TABLES[kind]
    made = table._default_manager.bulk_create(
        table(
            item_id=item_id_of(kind, key),
            key=key,
            effective_from=effective_from,
            recorded_at=recorded_at,
            recorded_by_id=recorded_by_id,
            change_set_id=change_set_id,
            **{name: values[name] for name in value_fields(kind)},
        )
        for key, values in rows
    )
    return len(made)


def change_set_of(kind: Kind, version_id: int) -> int:
    """The change set that wrote a version."""
    rows = TABLES[kind]._default_manager.filter(pk=version_id)
    return rows.values_list("change_set_id", flat=True).get()
