"""The vehicles on offer: listed, found, looked at."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpResponse, HttpResponseBase
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request

from api.catalog import answer
from api.fields import cents, dollars
from api.render import write
from api.schema import describes
from api.views import PublicView
from domain.bookings.vehicles.stock import free_of, last_move
from domain.catalog.models import VehiclePicture
from domain.catalog.pictures import address_of, picture_named, pictures_by_sku
from domain.catalog.queries import catalog_at, etag_at
from domain.catalog.rules import Vehicle
from domain.common.errors import InvalidInput
from domain.common.money import to_amount, to_cents

PATH = "/api/public/vehicles/"
PAGE_SIZE, MOST_A_PAGE = 20, 100
FOREVER = "public, max-age=31536000, immutable"
ORDERS: dict[str, Callable[[Vehicle], Any]] = {
    "name": lambda vehicle: (vehicle.name.casefold(), vehicle.sku),
    "price": lambda vehicle: (vehicle.price_cents, vehicle.sku),
}
MOST_MAJOR = Decimal(10) ** 12


class PictureAnswer(serializers.Serializer[Any]):
    url = serializers.URLField()
    alt_text = serializers.CharField()
    is_primary = serializers.BooleanField()
    position = serializers.IntegerField()


class VehicleAnswer(serializers.Serializer[Any]):
    sku = serializers.CharField()
    name = serializers.CharField()
    category = serializers.CharField()
    model_year = serializers.IntegerField()
    price_cents = cents()
    price = dollars()
    currency = serializers.CharField()
    minimum_booking_amount_cents = cents()
    features = serializers.ListField(child=serializers.CharField())
    specifications = serializers.DictField(child=serializers.CharField())
    colours = serializers.ListField(child=serializers.CharField())
    in_stock = serializers.BooleanField()
    images = PictureAnswer(many=True)


class VehiclesAnswer(serializers.Serializer[Any]):
    count = serializers.IntegerField()
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = VehicleAnswer(many=True)


def vehicle(row: Vehicle, pictures: Sequence[VehiclePicture], free: int) -> dict[str, Any]:
    return {
        "sku": row.sku,
        "name": row.name,
        "category": row.category,
        "model_year": row.model_year,
        "price_cents": row.price_cents,
        "price": to_amount(row.price_cents, row.currency),
        "currency": row.currency,
        "minimum_booking_amount_cents": row.minimum_booking_amount_cents,
        "features": list(row.features),
        "specifications": dict(row.specifications),
        "colours": list(row.colours),
        "in_stock": free > 0,
        "images": [
            {
                "url": settings.PUBLIC_URL + address_of(each),
                "alt_text": each.alt_text,
                "is_primary": each.is_primary,
                "position": each.position,
            }
            for each in pictures
        ],
    }


def asked(
    name: str, kind: Any, description: str, enum: Sequence[str] | None = None
) -> OpenApiParameter:
    return OpenApiParameter(name, kind, description=description, enum=enum)


PARAMETERS = (
    asked("category", OpenApiTypes.STR, "Exactly this category."),
    asked("min_price", OpenApiTypes.DECIMAL, "At least this price, in major units."),
    asked("max_price", OpenApiTypes.DECIMAL, "At most this price, in major units."),
    asked("search", OpenApiTypes.STR, "Words of name, SKU, category, features and colours."),
    asked(
        "ordering",
        OpenApiTypes.STR,
        "By price or name; with a minus, the other way round.",
        [*ORDERS, *(f"-{name}" for name in ORDERS)],
    ),
    asked("page", {"type": "integer", "minimum": 1}, "From 1."),
    asked(
        "page_size",
        {"type": "integer", "minimum": 1, "maximum": MOST_A_PAGE},
        f"{PAGE_SIZE} unless told.",
    ),
)


def stock_etag_at(at: datetime) -> str:
    """A strong entity tag that changes with the catalog and with the stock."""
    return f'"{etag_at(at).strip('"')}-{last_move()}"'


class VehiclesView(PublicView):
    @describes(
        "vehicles",
        "Vehicles on offer",
        VehiclesAnswer,
        errors=(400, 404),
        parameters=PARAMETERS,
        caching=True,
        tag="Catalog",
    )
    def get(self, request: Request) -> HttpResponseBase:
        now = timezone.now()
        wanted = _wanted(request.query_params)
        return answer(request, stock_etag_at(now), lambda: write(self._page(wanted)).encode())

    def _page(self, wanted: dict[str, Any]) -> dict[str, Any]:
        rows = [row for row in catalog_at(timezone.now()).vehicles.values() if _fits(row, wanted)]
        order = wanted.get("ordering", "")
        if order:
            rows.sort(key=ORDERS[order.removeprefix("-")], reverse=order.startswith("-"))
        page, size = wanted.get("page", 1), wanted.get("page_size", PAGE_SIZE)
        first, last = (page - 1) * size, page * size
        if page > 1 and first >= len(rows):
            raise NotFound
        pictures, shown = pictures_by_sku(), rows[first:last]
        free = free_of([row.sku for row in shown], timezone.now())
        return {
            "count": len(rows),
            "next": _address(wanted, page + 1) if last < len(rows) else None,
            "previous": _address(wanted, page - 1) if page > 1 else None,
            "results": [vehicle(row, pictures.get(row.sku, ()), free[row.sku]) for row in shown],
        }


class VehicleView(PublicView):
    @describes("vehicle", "One vehicle", VehicleAnswer, errors=(404,), caching=True, tag="Catalog")
    def get(self, request: Request, sku: str) -> HttpResponseBase:
        now = timezone.now()
        row = catalog_at(now).vehicles.get(sku)
        if row is None:
            raise NotFound

        def content() -> bytes:
            free = free_of([sku], now)[sku]
            return write(vehicle(row, pictures_by_sku().get(sku, ()), free)).encode()

        return answer(request, stock_etag_at(now), content)


class VehiclePictureView(PublicView):
    """A picture by the digest of its bytes: what the address names never changes."""

    schema = None
    throttle_scope = "pictures"

    def get(self, request: Request, sha256: str) -> HttpResponseBase:
        found = picture_named(sha256)
        if found is None:
            raise NotFound
        return HttpResponse(
            bytes(found.content),
            content_type=found.content_type,
            headers={"Cache-Control": FOREVER, "X-Content-Type-Options": "nosniff"},
        )


def _wanted(params: Mapping[str, str]) -> dict[str, Any]:
    """Read the filters. :raises ValidationError: with every one that is wrong or unknown"""
    values: dict[str, Any] = {}
    errors: dict[str, list[str]] = {}
    for name, text in params.items():
        try:
            values[name] = READERS[name](text)
        except KeyError:
            errors[name] = [f"There is no filter “{name}”."]
        except ValueError as refusal:
            errors[name] = [str(refusal)]
    if errors:
        raise ValidationError(errors)
    return values


def _price(text: str) -> int:
    try:
        amount = Decimal(text)
        cents = to_cents(amount, "INR") if 0 <= amount <= MOST_MAJOR else -1
    except (InvalidOperation, InvalidInput):
        cents = -1
    if cents < 0:
        raise ValueError("Write a price such as 125000 or 125000.50.")
    return cents


def _order(text: str) -> str:
    if text.removeprefix("-") not in ORDERS:
        raise ValueError("Order by price, -price, name or -name.")
    return text


def _whole(most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit() and 1 <= int(text[:12]) <= most):
            raise ValueError(f"Write a whole number from 1 to {most}.")
        return int(text)

    return read


def _text(text: str) -> str:
    if "\x00" in text:
        raise ValueError("Leave out the NUL character.")
    return text[:200]


READERS: dict[str, Callable[[str], Any]] = {
    "category": _text,
    "min_price": _price,
    "max_price": _price,
    "search": _text,
    "ordering": _order,
    "page": _whole(100_000),
    "page_size": _whole(MOST_A_PAGE),
}


def _fits(row: Vehicle, wanted: dict[str, Any]) -> bool:
    words = " ".join((row.name, row.sku, row.category, *row.features, *row.colours)).casefold()
    return (
        wanted.get("category", row.category).casefold() == row.category.casefold()
        and wanted.get("min_price", 0) <= row.price_cents
        and row.price_cents <= wanted.get("max_price", row.price_cents)
        and all(word in words for word in wanted.get("search", "").casefold().split())
    )


def _address(wanted: dict[str, Any], page: int) -> str:
    asked_again = wanted | {"page": page}
    for name in ("min_price", "max_price"):
        if name in asked_again:
            asked_again[name] = to_amount(asked_again[name], "INR")
    return f"{settings.PUBLIC_URL}{PATH}?{urlencode(asked_again)}"
