"""Prices from explained rules: pure functions over a snapshot of the catalog."""

from domain.catalog.rules.lines import TOTALS, Quote, QuoteLine
from domain.catalog.rules.pricing import price
from domain.catalog.rules.requests import Address, QuoteRequest, SpecialtyChoice, resolve
from domain.catalog.rules.snapshot import (
    CatalogSnapshot,
    OrganizingService,
    Package,
    SpecialtyItem,
    StandardDelivery,
    Surcharge,
    TaxRate,
    Vehicle,
    Zone,
)
from domain.catalog.rules.validation import Limits, Purpose, validate
from domain.catalog.rules.words import (
    STATES,
    Calculation,
    Kind,
    OrganizingType,
    PickupTime,
    ServiceType,
    SurchargeType,
    Tier,
)

__all__ = [
    "STATES",
    "TOTALS",
    "Address",
    "Calculation",
    "CatalogSnapshot",
    "Kind",
    "Limits",
    "OrganizingService",
    "OrganizingType",
    "Package",
    "PickupTime",
    "Purpose",
    "Quote",
    "QuoteLine",
    "QuoteRequest",
    "ServiceType",
    "SpecialtyChoice",
    "SpecialtyItem",
    "StandardDelivery",
    "Surcharge",
    "SurchargeType",
    "TaxRate",
    "Tier",
    "Vehicle",
    "Zone",
    "price",
    "resolve",
    "validate",
]
