"""The words of the catalog, as spreadsheets, tables and the public API spell them."""

from __future__ import annotations

from enum import StrEnum

DELIVERY_CURRENCY = "USD"
VEHICLE_CURRENCY = "INR"

STATES = ("NY", "CT", "NJ")


class ServiceType(StrEnum):
    MINI_MOVE = "mini_move"
    STANDARD_DELIVERY = "standard_delivery"
    SPECIALTY_ITEM = "specialty_item"

    @property
    def label(self) -> str:
        """As a guest reads it after "for"."""
        return SERVICE_LABELS[self]


SERVICE_LABELS = {
    ServiceType.MINI_MOVE: "mini moves",
    ServiceType.STANDARD_DELIVERY: "standard delivery",
    ServiceType.SPECIALTY_ITEM: "specialty items",
}


class Tier(StrEnum):
    PETITE = "petite"
    STANDARD = "standard"
    FULL = "full"


class OrganizingType(StrEnum):
    PACKING = "packing"
    UNPACKING = "unpacking"


class SurchargeType(StrEnum):
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    GEOGRAPHIC = "geographic"
    TIME_WINDOW = "time_window"


class Calculation(StrEnum):
    FIXED_AMOUNT = "fixed_amount"
    PERCENTAGE = "percentage"


class PickupTime(StrEnum):
    MORNING = "morning"
    MORNING_SPECIFIC = "morning_specific"
    AFTERNOON = "afternoon"
    NO_TIME_PREFERENCE = "no_time_preference"


class Kind(StrEnum):
    """The kinds of catalog rows; each is a sheet of the workbook and a table."""

    PACKAGES = "mini_move_packages"
    ORGANIZING = "organizing_services"
    SPECIALTY = "specialty_items"
    STANDARD_DELIVERY = "standard_delivery"
    ZONES = "service_zones"
    SURCHARGES = "surcharge_rules"
    TAX_RATES = "tax_rates"
    VEHICLES = "vehicles"
