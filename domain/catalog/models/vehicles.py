from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from domain.catalog.models.base import CatalogRow
from domain.catalog.models.delivery import cents, check
from domain.catalog.rules.words import VEHICLE_CURRENCY, Kind


class Vehicle(CatalogRow):
    """A vehicle as the workbook describes it; amounts are in paise."""

    kind = Kind.VEHICLES

    sku = models.CharField("SKU", max_length=40)
    name = models.CharField(max_length=120)
    category = models.CharField(max_length=60)
    model_year = models.PositiveIntegerField()
    currency = models.CharField(max_length=3, default=VEHICLE_CURRENCY)
    price_cents = cents("price")
    minimum_booking_amount_cents = cents("minimum booking amount")
    features = models.JSONField(default=list)
    specifications = models.JSONField(default=dict)
    colours = models.JSONField(default=list)
    stock = models.PositiveIntegerField()

    class Meta(CatalogRow.Meta):
        verbose_name = "vehicle"
        constraints: ClassVar = [
            check(
                "vehicle_prices",
                Q(price_cents__gte=0, minimum_booking_amount_cents__gte=0)
                & Q(minimum_booking_amount_cents__lte=F("price_cents")),
            ),
            check("vehicle_currency", Q(currency=VEHICLE_CURRENCY)),
        ]
