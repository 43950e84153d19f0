"""Turn rows, as they are read from sheets or tables, into the snapshot that rules see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from domain.catalog.rules.snapshot import (
    TABLE_OF_ROW,
    CatalogSnapshot,
    OrganizingService,
    Package,
    Row,
    SpecialtyItem,
    StandardDelivery,
    Surcharge,
    TaxRate,
    Vehicle,
    Zone,
)
from domain.catalog.rules.words import DELIVERY_CURRENCY, Kind, OrganizingType, Tier
from domain.catalog.workbook.sheets import Values

TIER_ORDER = [*Tier]
SERVICE_ORDER = [*OrganizingType]
ROW_OF_TABLE = {kind: row for row, kind in TABLE_OF_ROW.items()}


@dataclass(frozen=True, slots=True)
class Version:
    """One version of one row. ``values`` are plain JSON, ``is_active`` among them."""

    kind: Kind
    key: str
    version_id: int
    item_id: UUID
    values: Values

    @property
    def is_active(self) -> bool:
        return bool(self.values["is_active"])


def snapshot_of(
    versions: Iterable[Version],
    *,
    generation: str = "",
    valid_from: datetime | None = None,
    valid_until: datetime | None = None,
) -> CatalogSnapshot:
    """Build the snapshot of the active ones among versions, one version a key."""
    rows: dict[type[Row], list[Any]] = {row: [] for row in TABLE_OF_ROW}
    for version in versions:
        if version.is_active:
            row_type = ROW_OF_TABLE[version.kind]
            rows[row_type].append(_build(row_type, version))
    packages = sorted(rows[Package], key=lambda each: TIER_ORDER.index(each.package_type))
    organizing = sorted(
        rows[OrganizingService],
        key=lambda each: (
            TIER_ORDER.index(each.mini_move_tier),
            SERVICE_ORDER.index(each.service_type),
        ),
    )
    deliveries = sorted(rows[StandardDelivery], key=lambda each: each.code)
    return CatalogSnapshot(
        packages={each.package_type: each for each in packages},
        organizing={(each.service_type, each.mini_move_tier): each for each in organizing},
        specialty_items={each.item_type: each for each in _by_name(rows[SpecialtyItem])},
        standard_delivery=deliveries[0] if deliveries else None,
        zones={each.code: each for each in _by_code(rows[Zone])},
        surcharges={each.code: each for each in _by_code(rows[Surcharge])},
        tax_rates={each.code: each for each in _by_code(rows[TaxRate])},
        vehicles={each.sku: each for each in _by_name(rows[Vehicle])},
        generation=generation,
        valid_from=valid_from,
        valid_until=valid_until,
    )


def _by_name(rows: list[Any]) -> list[Any]:
    return sorted(rows, key=lambda each: (each.name.casefold(), each.name))


def _by_code(rows: list[Any]) -> list[Any]:
    return sorted(rows, key=lambda each: each.code)


def _build(row_type: type[Row], version: Version) -> Row:
    given: Mapping[str, Any] = version.values
    values: dict[str, Any] = {"version_id": version.version_id, "item_id": version.item_id}
    for each in fields(row_type):
        if each.name == "currency":
            values["currency"] = given.get("currency", DELIVERY_CURRENCY)
        elif each.name in given:
            values[each.name] = _typed(each.name, given[each.name])
    return row_type(**values)


def _typed(name: str, value: Any) -> Any:
    if isinstance(value, list):
        return tuple(value)
    if value is None and name.endswith(("_cents", "_bps")):
        return 0
    if name in ("specific_date", "starts_on"):
        return date.fromisoformat(value) if value else None
    if name == "duration_hours":
        return Decimal(value)
    return value
