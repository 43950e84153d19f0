"""The sheets of the workbook: their columns, natural keys and rules within a row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from domain.catalog.rules.words import (
    DELIVERY_CURRENCY,
    STATES,
    VEHICLE_CURRENCY,
    Calculation,
    Kind,
    OrganizingType,
    ServiceType,
    SurchargeType,
    Tier,
)
from domain.catalog.workbook.cells import (
    CellType,
    Choice,
    Day,
    Hours,
    Json,
    ListOf,
    Money,
    Pairs,
    Percent,
    Text,
    Whole,
    YesNo,
)

type Values = Mapping[str, Json]
type RowCheck = Callable[[Values], list[tuple[str, str]]]

CODE = Text(60, r"[a-z0-9][a-z0-9_-]*", "christmas-2027")
NAME = Text(120)
DESCRIPTION = Text(2_000)


@dataclass(frozen=True, slots=True)
class Column:
    """``name`` heads the column; ``field`` is where a row keeps it.

    A ``price`` is a figure that guests pay; moving one far needs a second person.
    """

    name: str
    cell: CellType
    field: str
    required: bool = True
    price: bool = False


def column(
    name: str, cell: CellType, field: str = "", *, optional: bool = False, price: bool = False
) -> Column:
    return Column(name, cell, field or name, required=not optional, price=price)


def money(name: str, *, optional: bool = False, price: bool = False) -> Column:
    return column(name, Money(), f"{name}_cents", optional=optional, price=price)


def _nothing_more(values: Values) -> list[tuple[str, str]]:
    del values  # every rule of the row is a rule of one of its cells
    return []


@dataclass(frozen=True, slots=True)
class Sheet:
    """``charges`` marks rules whose absence means that nothing is charged."""

    kind: Kind
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    check: RowCheck = _nothing_more
    charges: bool = False

    @property
    def has_active(self) -> bool:
        return any(each.name == "is_active" for each in self.columns)

    def key_of(self, values: Values) -> str:
        return "/".join(str(values[name]) for name in self.key)

    def column_of(self, field_name: str) -> Column:
        return next(each for each in self.columns if each.field == field_name)


ACTIVE = column("is_active", YesNo())


def _check_vehicle(values: Values) -> list[tuple[str, str]]:
    price, least = values["price_cents"], values["minimum_booking_amount_cents"]
    if isinstance(price, int) and isinstance(least, int) and least > price:
        return [("minimum_booking_amount", "is more than the price.")]
    return []


def _check_zone(values: Values) -> list[tuple[str, str]]:
    if values["states"] or values["zip_codes"] or values["cities"]:
        return []
    return [("states", "is empty, as are cities and zip_codes: the zone holds no place.")]


def _check_surcharge(values: Values) -> list[tuple[str, str]]:
    found = _check_amount(values)
    kind = values["surcharge_type"]
    if kind == SurchargeType.WEEKEND:
        if not (values["applies_saturday"] or values["applies_sunday"]):
            found.append(("applies_saturday", "is no, as is applies_sunday: no day is left."))
    elif values["applies_saturday"] or values["applies_sunday"]:
        found.append(("applies_saturday", "and applies_sunday belong to weekend rules."))
    if kind == SurchargeType.HOLIDAY and not values["specific_date"]:
        found.append(("specific_date", "is empty; a holiday needs its date."))
    elif kind != SurchargeType.HOLIDAY and values["specific_date"]:
        found.append(("specific_date", "belongs to holiday rules."))
    if kind != SurchargeType.GEOGRAPHIC and values["zone"]:
        found.append(("zone", "belongs to geographic rules."))
    package, service = values["applies_to_package"], values["applies_to_service_type"]
    if package and service not in ("all", ServiceType.MINI_MOVE):
        found.append(("applies_to_package", f"belongs to mini moves, not to {service}."))
    return found


def _check_amount(values: Values) -> list[tuple[str, str]]:
    wanted, other = "fixed_amount", "percentage"
    if values["calculation_type"] == Calculation.PERCENTAGE:
        wanted, other = other, wanted
    fields = {"fixed_amount": "fixed_amount_cents", "percentage": "percentage_bps"}
    found = []
    if values[fields[wanted]] is None:
        found.append((wanted, f"is empty; calculation_type {wanted} needs it."))
    if values[fields[other]] is not None:
        found.append((other, f"must be empty; calculation_type is {wanted}."))
    return found


SHEETS: dict[Kind, Sheet] = {
    sheet.kind: sheet
    for sheet in (
        Sheet(
            Kind.PACKAGES,
            ("package_type",),
            (
                column("package_type", Choice([*Tier])),
                column("name", NAME),
                column("description", DESCRIPTION, optional=True),
                money("base_price", price=True),
                column("currency", Choice([DELIVERY_CURRENCY])),
                column("coi_included", YesNo()),
                money("coi_fee", price=True),
                column("max_items", Whole(1, 10_000), optional=True),
                column("max_weight_per_item_lbs", Whole(1, 10_000), optional=True),
                column("priority_scheduling", YesNo()),
                column("protective_wrapping", YesNo()),
                column("is_most_popular", YesNo()),
                ACTIVE,
            ),
        ),
        Sheet(
            Kind.ORGANIZING,
            ("service_type", "mini_move_tier"),
            (
                column("service_type", Choice([*OrganizingType])),
                column("mini_move_tier", Choice([*Tier])),
                column("name", NAME),
                column("description", DESCRIPTION, optional=True),
                money("price", price=True),
                column("duration_hours", Hours()),
                column("organizer_count", Whole(1, 100)),
                money("supplies_allowance"),
                ACTIVE,
            ),
        ),
        Sheet(
            Kind.SPECIALTY,
            ("item_type",),
            (
                column("item_type", CODE),
                column("name", NAME),
                column("description", DESCRIPTION, optional=True),
                money("price", price=True),
                column("requires_van_schedule", YesNo()),
                column("special_handling", YesNo()),
                column("max_quantity_per_booking", Whole(1, 100)),
                ACTIVE,
            ),
        ),
        Sheet(
            Kind.STANDARD_DELIVERY,
            ("code",),
            (
                column("code", CODE),
                column("name", NAME),
                money("price_per_item", price=True),
                column("minimum_items", Whole(1, 1_000)),
                money("minimum_charge", price=True),
                money("same_day_flat_rate", price=True),
                column("max_weight_per_item_lbs", Whole(1, 10_000)),
                money("coi_fee", price=True),
                ACTIVE,
            ),
        ),
        Sheet(
            Kind.ZONES,
            ("code",),
            (
                column("code", CODE),
                column("name", NAME),
                column("states", ListOf("|".join(STATES), "NY; CT"), optional=True),
                column("cities", ListOf(), optional=True),
                column("zip_codes", ListOf(r"[0-9]{5}|[0-9]{1,4}\*", "11968; 112*"), optional=True),
                column("is_core", YesNo()),
            ),
            _check_zone,
        ),
        Sheet(
            Kind.SURCHARGES,
            ("code",),
            (
                column("code", CODE),
                column("surcharge_type", Choice([*SurchargeType])),
                column("name", NAME),
                column("applies_to_service_type", Choice(["all", *ServiceType])),
                column("applies_to_package", Choice([*Tier]), optional=True),
                column("zone", CODE, optional=True),
                column("calculation_type", Choice([*Calculation])),
                column("percentage", Percent(), "percentage_bps", optional=True, price=True),
                money("fixed_amount", optional=True, price=True),
                column("specific_date", Day(), optional=True),
                column("applies_saturday", YesNo()),
                column("applies_sunday", YesNo()),
                ACTIVE,
            ),
            _check_surcharge,
            charges=True,
        ),
        Sheet(
            Kind.TAX_RATES,
            ("code",),
            (
                column("code", CODE),
                column("name", NAME),
                column("applies_to", Choice(["organizing"])),
                column("rate_percent", Percent(), "rate_bps", price=True),
                column("effective_from", Day(), "starts_on"),
            ),
            charges=True,
        ),
        Sheet(
            Kind.VEHICLES,
            ("sku",),
            (
                column("sku", Text(40, r"[A-Z0-9][A-Z0-9-]*", "EV-CITY-1")),
                column("name", NAME),
                column("category", CODE),
                column("model_year", Whole(2000, 2100)),
                column("currency", Choice([VEHICLE_CURRENCY])),
                money("price", price=True),
                money("minimum_booking_amount"),
                column("features", ListOf(), optional=True),
                column("specifications", Pairs(), optional=True),
                column("colours", ListOf(), optional=True),
                column("stock", Whole()),
                ACTIVE,
            ),
            _check_vehicle,
        ),
    )
}
