"""The columns of the catalog's lists, made from the sheets of the workbook."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from django.utils.safestring import SafeString
from unfold.decorators import display

from backoffice.admin import columns
from backoffice.resources.cells import Cell
from domain.catalog.diff import shown
from domain.catalog.rules.words import DELIVERY_CURRENCY, Kind
from domain.catalog.tables import plain
from domain.catalog.workbook import SHEETS, Column
from domain.common.money import to_amount

# What a list shows of each kind, by the sheet's column names; the page of a row shows all.
LISTED: dict[Kind, tuple[str, ...]] = {
    Kind.PACKAGES: ("base_price", "coi_fee", "max_items"),
    Kind.ORGANIZING: ("price", "duration_hours", "organizer_count"),
    Kind.SPECIALTY: ("price", "max_quantity_per_booking", "special_handling"),
    Kind.STANDARD_DELIVERY: ("price_per_item", "minimum_charge", "same_day_flat_rate", "coi_fee"),
    Kind.ZONES: ("states", "cities", "zip_codes", "is_core"),
    Kind.SURCHARGES: (
        "surcharge_type",
        "percentage",
        "fixed_amount",
        "applies_to_service_type",
        "specific_date",
    ),
    Kind.TAX_RATES: ("applies_to", "rate_percent", "effective_from"),
    Kind.VEHICLES: ("price", "minimum_booking_amount", "model_year", "stock"),
}
TITLES = {
    Kind.PACKAGES: "Mini move packages",
    Kind.ORGANIZING: "Packing and unpacking",
    Kind.SPECIALTY: "Specialty items",
    Kind.STANDARD_DELIVERY: "Standard delivery",
    Kind.ZONES: "Service zones",
    Kind.SURCHARGES: "Surcharges",
    Kind.TAX_RATES: "Tax rates",
    Kind.VEHICLES: "Vehicles",
}


def currency_of(row: Any) -> str:
    return str(getattr(row, "currency", DELIVERY_CURRENCY))


def words(column: Column, row: Any) -> str:
    """A value of a row as a person reads it."""
    return shown(column, plain(getattr(row, column.field)), currency_of(row))


def listed(kind: Kind) -> dict[str, Callable[..., Any]]:
    """The column functions of a kind's list, by the names they get on its admin."""
    by_name = {column.name: column for column in SHEETS[kind].columns}
    return {f"show_{name}": _function(by_name[name]) for name in LISTED[kind]}


def _function(column: Column) -> Callable[..., Any]:
    title = column.name.replace("_", " ").replace("coi", "COI").replace("zip", "ZIP")

    is_money = column.field.endswith("_cents")

    @display(description=title, ordering=column.field, formatting="price" if is_money else None)
    def show_column(_self: Any, row: Any) -> SafeString | str:
        value = getattr(row, column.field)
        if is_money:
            return columns.money(value, currency_of(row))
        return words(column, row)

    def export_value(row: Any) -> Cell:
        value = getattr(row, column.field)
        if value is not None and column.field.endswith("_cents"):
            return to_amount(value, currency_of(row))
        if value is not None and column.field.endswith("_bps"):
            return to_amount(value, "")
        return (
            value if isinstance(value, int) and not isinstance(value, bool) else words(column, row)
        )

    column_function: Any = show_column
    column_function.export_value = export_value
    return cast("Callable[..., Any]", column_function)
