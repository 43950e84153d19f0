"""The catalog in force at one moment, as the rules see it. Inactive rows are not in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from domain.catalog.rules.words import Calculation, Kind, ServiceType, SurchargeType


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """``version_id`` names the exact version of the row; ``item_id`` is the same in all."""

    version_id: int
    item_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Package(Row):
    package_type: str
    name: str
    base_price_cents: int
    currency: str
    coi_included: bool = False
    coi_fee_cents: int = 0
    max_items: int | None = None
    max_weight_per_item_lbs: int | None = None
    priority_scheduling: bool = False
    protective_wrapping: bool = False
    is_most_popular: bool = False
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizingService(Row):
    service_type: str
    mini_move_tier: str
    name: str
    price_cents: int
    currency: str
    duration_hours: Decimal = Decimal(0)
    organizer_count: int = 0
    supplies_allowance_cents: int = 0
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecialtyItem(Row):
    item_type: str
    name: str
    price_cents: int
    currency: str
    max_quantity_per_booking: int
    requires_van_schedule: bool = False
    special_handling: bool = False
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StandardDelivery(Row):
    code: str
    name: str
    price_per_item_cents: int
    minimum_items: int
    minimum_charge_cents: int
    same_day_flat_rate_cents: int
    max_weight_per_item_lbs: int
    coi_fee_cents: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone(Row):
    code: str
    name: str
    states: tuple[str, ...] = ()
    cities: tuple[str, ...] = ()
    zip_codes: tuple[str, ...] = ()
    is_core: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Surcharge(Row):
    """``zone`` and ``applies_to_package`` are "" where the rule names none."""

    code: str
    surcharge_type: str
    name: str
    applies_to_service_type: str = "all"
    applies_to_package: str = ""
    zone: str = ""
    calculation_type: str = Calculation.FIXED_AMOUNT
    percentage_bps: int = 0
    fixed_amount_cents: int = 0
    specific_date: date | None = None
    applies_saturday: bool = False
    applies_sunday: bool = False

    def fits(self, service_type: str, package_type: str) -> bool:
        return self.applies_to_service_type in ("all", service_type) and (
            not self.applies_to_package
            or (service_type == ServiceType.MINI_MOVE and self.applies_to_package == package_type)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxRate(Row):
    """A rate from the day ``starts_on`` until the next of the same ``applies_to`` starts."""

    code: str
    name: str
    applies_to: str
    rate_bps: int
    starts_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Vehicle(Row):
    sku: str
    name: str
    category: str
    model_year: int
    price_cents: int
    minimum_booking_amount_cents: int
    currency: str
    stock: int
    features: tuple[str, ...] = ()
    specifications: Mapping[str, str] = field(default_factory=dict)
    colours: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogSnapshot:
    """Every active row in force from ``valid_from`` until before ``valid_until``.

    The mappings are in the order in which lists show them.
    """

    packages: Mapping[str, Package] = field(default_factory=dict)
    organizing: Mapping[tuple[str, str], OrganizingService] = field(default_factory=dict)
    specialty_items: Mapping[str, SpecialtyItem] = field(default_factory=dict)
    standard_delivery: StandardDelivery | None = None
    zones: Mapping[str, Zone] = field(default_factory=dict)
    surcharges: Mapping[str, Surcharge] = field(default_factory=dict)
    tax_rates: Mapping[str, TaxRate] = field(default_factory=dict)
    vehicles: Mapping[str, Vehicle] = field(default_factory=dict)
    generation: str = ""
    valid_from: datetime | None = None
    valid_until: datetime | None = None

    @property
    def is_empty(self) -> bool:
        return not (self.packages or self.specialty_items or self.standard_delivery)

    def package_of(self, item_id: UUID) -> Package | None:
        return next((each for each in self.packages.values() if each.item_id == item_id), None)

    def specialty_item_of(self, item_id: UUID) -> SpecialtyItem | None:
        items = self.specialty_items.values()
        return next((each for each in items if each.item_id == item_id), None)

    def surcharges_of(
        self, *types: SurchargeType, service_type: str, package_type: str
    ) -> Iterator[Surcharge]:
        """The rules of some types that fit a service and package, in the order of ``types``."""
        for wanted in types:
            for rule in self.surcharges.values():
                if rule.surcharge_type == wanted and rule.fits(service_type, package_type):
                    yield rule

    def tax_rate(self, applies_to: str, on: date) -> TaxRate | None:
        """The rate in force on a day: the one that started last."""
        started = [
            rate
            for rate in self.tax_rates.values()
            if rate.applies_to == applies_to and rate.starts_on <= on
        ]
        return max(started, key=lambda rate: (rate.starts_on, rate.version_id), default=None)


TABLE_OF_ROW: Mapping[type[Row], Kind] = {
    Package: Kind.PACKAGES,
    OrganizingService: Kind.ORGANIZING,
    SpecialtyItem: Kind.SPECIALTY,
    StandardDelivery: Kind.STANDARD_DELIVERY,
    Zone: Kind.ZONES,
    Surcharge: Kind.SURCHARGES,
    TaxRate: Kind.TAX_RATES,
    Vehicle: Kind.VEHICLES,
}
