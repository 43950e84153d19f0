"""The tables behind delivery prices. Amounts are in minor units of ``currency``."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from domain.catalog.models.base import CatalogRow
from domain.catalog.rules.words import (
    DELIVERY_CURRENCY,
    Calculation,
    Kind,
    OrganizingType,
    ServiceType,
    SurchargeType,
    Tier,
)

ALL_BPS = 10_000


def currency() -> models.CharField[str, str]:
    return models.CharField(max_length=3, default=DELIVERY_CURRENCY)


def cents(label: str) -> models.BigIntegerField[int, int]:
    return models.BigIntegerField(f"{label}, in minor units")


def check(name: str, condition: Q) -> models.CheckConstraint:
    return models.CheckConstraint(name=name, condition=condition)


def in_dollars(name: str) -> models.CheckConstraint:
    return check(name, Q(currency=DELIVERY_CURRENCY))


class MiniMovePackage(CatalogRow):
    kind = Kind.PACKAGES

    package_type = models.CharField(max_length=20)
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    base_price_cents = cents("base price")
    currency = currency()
    coi_included = models.BooleanField("certificate of insurance included")
    coi_fee_cents = cents("certificate fee")
    max_items = models.PositiveIntegerField(null=True)
    max_weight_per_item_lbs = models.PositiveIntegerField(null=True)
    priority_scheduling = models.BooleanField()
    protective_wrapping = models.BooleanField()
    is_most_popular = models.BooleanField()

    class Meta(CatalogRow.Meta):
        verbose_name = "mini move package"
        constraints: ClassVar = [
            check("package_prices", Q(base_price_cents__gte=0, coi_fee_cents__gte=0)),
            check("package_type_known", Q(package_type__in=[*Tier])),
            in_dollars("package_currency"),
        ]


class OrganizingService(CatalogRow):
    kind = Kind.ORGANIZING

    service_type = models.CharField(max_length=20)
    mini_move_tier = models.CharField(max_length=20)
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    price_cents = cents("price")
    currency = currency()
    duration_hours = models.DecimalField(max_digits=5, decimal_places=2)
    organizer_count = models.PositiveIntegerField()
    supplies_allowance_cents = cents("supplies allowance")

    class Meta(CatalogRow.Meta):
        verbose_name = "organizing service"
        constraints: ClassVar = [
            check("organizing_prices", Q(price_cents__gte=0, supplies_allowance_cents__gte=0)),
            check(
                "organizing_type_known",
                Q(service_type__in=[*OrganizingType], mini_move_tier__in=[*Tier]),
            ),
            check("organizing_hours", Q(duration_hours__gte=0)),
            in_dollars("organizing_currency"),
        ]


class SpecialtyItem(CatalogRow):
    kind = Kind.SPECIALTY

    item_type = models.CharField(max_length=60)
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    price_cents = cents("price")
    currency = currency()
    requires_van_schedule = models.BooleanField()
    special_handling = models.BooleanField()
    max_quantity_per_booking = models.PositiveIntegerField()

    class Meta(CatalogRow.Meta):
        verbose_name = "specialty item"
        constraints: ClassVar = [
            check("specialty_price", Q(price_cents__gte=0, max_quantity_per_booking__gte=1)),
            in_dollars("specialty_currency"),
        ]


class StandardDeliveryConfig(CatalogRow):
    kind = Kind.STANDARD_DELIVERY

    code = models.CharField(max_length=60)
    name = models.CharField(max_length=120)
    price_per_item_cents = cents("price per item")
    minimum_items = models.PositiveIntegerField()
    minimum_charge_cents = cents("minimum charge")
    same_day_flat_rate_cents = cents("same-day flat rate")
    max_weight_per_item_lbs = models.PositiveIntegerField()
    coi_fee_cents = cents("certificate fee")
    currency = currency()

    class Meta(CatalogRow.Meta):
        verbose_name = "standard delivery configuration"
        constraints: ClassVar = [
            check(
                "delivery_prices",
                Q(
                    price_per_item_cents__gte=0,
                    minimum_charge_cents__gte=0,
                    same_day_flat_rate_cents__gte=0,
                    coi_fee_cents__gte=0,
                    minimum_items__gte=1,
                ),
            ),
            in_dollars("delivery_currency"),
        ]


class ServiceZone(CatalogRow):
    kind = Kind.ZONES

    code = models.CharField(max_length=60)
    name = models.CharField(max_length=120)
    states = models.JSONField(default=list)
    cities = models.JSONField(default=list)
    zip_codes = models.JSONField("ZIP codes and patterns", default=list)
    is_core = models.BooleanField("core area")

    class Meta(CatalogRow.Meta):
        verbose_name = "service zone"


class SurchargeRule(CatalogRow):
    """``percentage_bps`` or ``fixed_amount_cents`` is set, as ``calculation_type`` says."""

    kind = Kind.SURCHARGES

    code = models.CharField(max_length=60)
    surcharge_type = models.CharField(max_length=20)
    name = models.CharField(max_length=120)
    applies_to_service_type = models.CharField(max_length=20)
    applies_to_package = models.CharField(max_length=20, blank=True)
    zone = models.CharField("zone's code", max_length=60, blank=True)
    calculation_type = models.CharField(max_length=20)
    percentage_bps = models.IntegerField("percentage, in basis points", null=True)
    fixed_amount_cents = models.BigIntegerField("fixed amount, in minor units", null=True)
    currency = currency()
    specific_date = models.DateField(null=True)
    applies_saturday = models.BooleanField()
    applies_sunday = models.BooleanField()

    class Meta(CatalogRow.Meta):
        verbose_name = "surcharge rule"
        constraints: ClassVar = [
            check(
                "surcharge_words_known",
                Q(
                    surcharge_type__in=[*SurchargeType],
                    applies_to_service_type__in=["all", *ServiceType],
                    applies_to_package__in=["", *Tier],
                ),
            ),
            check(
                "surcharge_one_amount",
                Q(
                    calculation_type=Calculation.PERCENTAGE,
                    percentage_bps__range=(0, ALL_BPS),
                    fixed_amount_cents=None,
                )
                | Q(
                    calculation_type=Calculation.FIXED_AMOUNT,
                    fixed_amount_cents__gte=0,
                    percentage_bps=None,
                ),
            ),
            in_dollars("surcharge_currency"),
        ]


class TaxRate(CatalogRow):
    """A rate by law from ``starts_on``; the version's own date says when we knew it."""

    kind = Kind.TAX_RATES

    code = models.CharField(max_length=60)
    name = models.CharField(max_length=120)
    applies_to = models.CharField(max_length=20)
    rate_bps = models.IntegerField("rate, in basis points")
    starts_on = models.DateField()

    class Meta(CatalogRow.Meta):
        verbose_name = "tax rate"
        constraints: ClassVar = [
            check("taxrate_range", Q(rate_bps__range=(0, ALL_BPS))),
            check("taxrate_applies_to_known", Q(applies_to="organizing")),
        ]
