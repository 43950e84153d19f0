"""The catalog, served from bytes that are made once for each state of it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from django.utils.http import parse_etags
from rest_framework import serializers
from rest_framework.request import Request

from api.fields import cents, dollars
from api.render import write
from api.schema import describes
from api.throttles import AddressThrottle
from api.views import PublicView
from domain.catalog.queries import catalog_at, etag_at, organizing_by_tier
from domain.catalog.rules import (
    CatalogSnapshot,
    OrganizingService,
    OrganizingType,
    Package,
    SpecialtyItem,
    StandardDelivery,
    Tier,
)
from domain.common.money import to_amount

logger = logging.getLogger(__name__)

CACHING = "public, max-age=60"


class OrganizingAnswer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    service_type = serializers.ChoiceField(choices=[*OrganizingType])
    mini_move_tier = serializers.ChoiceField(choices=[*Tier])
    name = serializers.CharField()
    description = serializers.CharField()
    price_cents = cents()
    price_dollars = dollars()
    currency = serializers.CharField()
    duration_hours = serializers.DecimalField(
        max_digits=6, decimal_places=2, coerce_to_string=False
    )
    organizer_count = serializers.IntegerField()
    supplies_allowance_cents = cents()
    supplies_allowance_dollars = dollars()
    is_packing_service = serializers.BooleanField()


class PackageAnswer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    package_type = serializers.ChoiceField(choices=[*Tier])
    name = serializers.CharField()
    description = serializers.CharField()
    base_price_cents = cents()
    base_price_dollars = dollars()
    currency = serializers.CharField()
    coi_included = serializers.BooleanField()
    coi_fee_cents = cents()
    coi_fee_dollars = dollars()
    max_items = serializers.IntegerField(allow_null=True)
    max_weight_per_item_lbs = serializers.IntegerField(allow_null=True)
    priority_scheduling = serializers.BooleanField()
    protective_wrapping = serializers.BooleanField()
    is_most_popular = serializers.BooleanField()


class PackageWithOrganizingAnswer(PackageAnswer):
    organizing_services = OrganizingAnswer(many=True)


class SpecialtyItemAnswer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    item_type = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField()
    price_cents = cents()
    price_dollars = dollars()
    currency = serializers.CharField()
    requires_van_schedule = serializers.BooleanField()
    special_handling = serializers.BooleanField()
    max_quantity_per_booking = serializers.IntegerField()


class StandardDeliveryAnswer(serializers.Serializer[Any]):
    price_per_item_cents = cents()
    price_per_item_dollars = dollars()
    minimum_items = serializers.IntegerField()
    minimum_charge_cents = cents()
    minimum_charge_dollars = dollars()
    same_day_flat_rate_cents = cents()
    same_day_flat_rate_dollars = dollars()
    max_weight_per_item_lbs = serializers.IntegerField()
    currency = serializers.CharField()


class ServicesAnswer(serializers.Serializer[Any]):
    mini_move_packages = PackageAnswer(many=True)
    standard_delivery = StandardDeliveryAnswer(allow_null=True)
    specialty_items = SpecialtyItemAnswer(many=True)
    organizing_services = OrganizingAnswer(many=True)


class TiersAnswer(serializers.Serializer[Any]):
    petite = OrganizingAnswer(many=True)
    standard = OrganizingAnswer(many=True)
    full = OrganizingAnswer(many=True)


class MiniMovesAnswer(serializers.Serializer[Any]):
    packages = PackageWithOrganizingAnswer(many=True)
    organizing_services_by_tier = TiersAnswer()


def package(row: Package) -> dict[str, Any]:
    return {
        "id": row.item_id,
        "package_type": row.package_type,
        "name": row.name,
        "description": row.description,
        "base_price_cents": row.base_price_cents,
        "base_price_dollars": to_amount(row.base_price_cents, row.currency),
        "currency": row.currency,
        "coi_included": row.coi_included,
        "coi_fee_cents": row.coi_fee_cents,
        "coi_fee_dollars": to_amount(row.coi_fee_cents, row.currency),
        "max_items": row.max_items,
        "max_weight_per_item_lbs": row.max_weight_per_item_lbs,
        "priority_scheduling": row.priority_scheduling,
        "protective_wrapping": row.protective_wrapping,
        "is_most_popular": row.is_most_popular,
    }


def organizing(row: OrganizingService) -> dict[str, Any]:
    return {
        "id": row.item_id,
        "service_type": row.service_type,
        "mini_move_tier": row.mini_move_tier,
        "name": row.name,
        "description": row.description,
        "price_cents": row.price_cents,
        "price_dollars": to_amount(row.price_cents, row.currency),
        "currency": row.currency,
        "duration_hours": row.duration_hours,
        "organizer_count": row.organizer_count,
        "supplies_allowance_cents": row.supplies_allowance_cents,
        "supplies_allowance_dollars": to_amount(row.supplies_allowance_cents, row.currency),
        "is_packing_service": row.service_type == OrganizingType.PACKING,
    }


def specialty_item(row: SpecialtyItem) -> dict[str, Any]:
    return {
        "id": row.item_id,
        "item_type": row.item_type,
        "name": row.name,
        "description": row.description,
        "price_cents": row.price_cents,
        "price_dollars": to_amount(row.price_cents, row.currency),
        "currency": row.currency,
        "requires_van_schedule": row.requires_van_schedule,
        "special_handling": row.special_handling,
        "max_quantity_per_booking": row.max_quantity_per_booking,
    }


def standard_delivery(row: StandardDelivery) -> dict[str, Any]:
    return {
        "price_per_item_cents": row.price_per_item_cents,
        "price_per_item_dollars": to_amount(row.price_per_item_cents, row.currency),
        "minimum_items": row.minimum_items,
        "minimum_charge_cents": row.minimum_charge_cents,
        "minimum_charge_dollars": to_amount(row.minimum_charge_cents, row.currency),
        "same_day_flat_rate_cents": row.same_day_flat_rate_cents,
        "same_day_flat_rate_dollars": to_amount(row.same_day_flat_rate_cents, row.currency),
        "max_weight_per_item_lbs": row.max_weight_per_item_lbs,
        "currency": row.currency,
    }


def services(catalog: CatalogSnapshot) -> dict[str, Any]:
    config = catalog.standard_delivery
    return {
        "mini_move_packages": [package(row) for row in catalog.packages.values()],
        "standard_delivery": standard_delivery(config) if config else None,
        "specialty_items": [specialty_item(row) for row in catalog.specialty_items.values()],
        "organizing_services": [organizing(row) for row in catalog.organizing.values()],
    }


def tiers(catalog: CatalogSnapshot) -> dict[str, Any]:
    by_tier = organizing_by_tier(catalog)
    return {tier: [organizing(row) for row in rows] for tier, rows in by_tier.items()}


def mini_moves(catalog: CatalogSnapshot) -> dict[str, Any]:
    by_tier = tiers(catalog)
    packages = [
        package(row) | {"organizing_services": by_tier[row.package_type]}
        for row in catalog.packages.values()
    ]
    return {"packages": packages, "organizing_services_by_tier": by_tier}


def answer(
    request: HttpRequest | Request, etag: str, content: Callable[[], bytes]
) -> HttpResponseBase:
    """Answer with bytes that may be kept for a minute, or that nothing has changed."""
    asked = request.META.get("HTTP_IF_NONE_MATCH", "")
    known = parse_etags(asked) if asked else ()
    if "*" in known or etag in {each.removeprefix("W/") for each in known}:
        response = HttpResponse(status=304)
        del response["Content-Type"]
    else:
        response = HttpResponse(content(), content_type="application/json")
    response["ETag"] = etag
    response["Cache-Control"] = CACHING
    return response


class CatalogView(PublicView):
    content: Callable[[CatalogSnapshot], dict[str, Any]]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer a plain question without the framework, which would take longer than the rest.

        Whatever is not plain, a refusal too, is the framework's to answer.
        """
        if request.method == "GET" and not request.META.get("CONTENT_LENGTH"):
            throttle = AddressThrottle()
            try:
                if throttle.allow_request(request, self):
                    return self.respond(request)
            except DatabaseError:
                logger.warning("The catalog could not be read at once", exc_info=True)
        return super().dispatch(request, *args, **kwargs)

    def respond(self, request: HttpRequest | Request) -> HttpResponseBase:
        etag, content = self.bytes_at(timezone.now())
        return answer(request, etag, lambda: content)

    @classmethod
    def bytes_at(cls, at: datetime) -> tuple[str, bytes]:
        etag = etag_at(at)
        kept = _kept.get(cls)
        if kept is None or kept[0] != etag:
            kept = _kept[cls] = (etag, write(cls.content(catalog_at(at))).encode())
        return kept


# The newest answer of each view, by the entity tag of the catalog that it was made from.
_kept: dict[type[CatalogView], tuple[str, bytes]] = {}


class ServicesView(CatalogView):
    content = staticmethod(services)

    @describes("services", "Everything on offer", ServicesAnswer, caching=True, tag="Catalog")
    def get(self, request: Request) -> HttpResponseBase:
        return self.respond(request)


class MiniMovesView(CatalogView):
    content = staticmethod(mini_moves)

    @describes(
        "mini_moves_with_organizing",
        "Mini-move packages, each with its organizing services",
        MiniMovesAnswer,
        caching=True,
        tag="Catalog",
    )
    def get(self, request: Request) -> HttpResponseBase:
        return self.respond(request)


class OrganizingByTierView(CatalogView):
    content = staticmethod(tiers)

    @describes(
        "organizing_by_tier",
        "Organizing services by tier",
        TiersAnswer,
        caching=True,
        tag="Catalog",
    )
    def get(self, request: Request) -> HttpResponseBase:
        return self.respond(request)
