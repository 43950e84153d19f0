"""The base price: a package, items at a price each, or specialty pieces.

:source: docs/policies/pricing.md, "1. Base"
"""

from __future__ import annotations

from domain.catalog.rules.lines import QuoteLine, line
from domain.catalog.rules.requests import QuoteRequest
from domain.catalog.rules.snapshot import CatalogSnapshot, Package, StandardDelivery
from domain.catalog.rules.words import ServiceType
from domain.common.errors import InvalidInput
from domain.common.money import show


def base_lines(request: QuoteRequest, catalog: CatalogSnapshot) -> list[QuoteLine]:
    """:raises InvalidInput: the catalog has no such service, package or item"""
    match request.service_type:
        case ServiceType.MINI_MOVE:
            return [_package_line(package_for(request, catalog))]
        case ServiceType.STANDARD_DELIVERY:
            return [_delivery_line(request, delivery_for(catalog))]
        case ServiceType.SPECIALTY_ITEM:
            return _specialty_lines(request, catalog)
    raise InvalidInput.of({"service_type": [f"{request.service_type!r} has no price."]})


def package_for(request: QuoteRequest, catalog: CatalogSnapshot) -> Package:
    package = catalog.packages.get(request.package_type)
    if package is None:
        raise InvalidInput.of({"package_type": ["There is no such package."]})
    return package


def delivery_for(catalog: CatalogSnapshot) -> StandardDelivery:
    if catalog.standard_delivery is None:
        raise InvalidInput.of({"service_type": ["Standard delivery is not offered."]})
    return catalog.standard_delivery


def _package_line(package: Package) -> QuoteLine:
    price = show(package.base_price_cents, package.currency)
    return line(
        package,
        "base",
        package.name,
        package.base_price_cents,
        f"{package.name}: {price}",
        inputs={"package_type": package.package_type},
    )


def _delivery_line(request: QuoteRequest, config: StandardDelivery) -> QuoteLine:
    count = request.standard_delivery_item_count or 0
    inputs = {
        "items": count,
        "price_per_item_cents": config.price_per_item_cents,
        "minimum_charge_cents": config.minimum_charge_cents,
        "same_day": request.is_same_day_delivery,
    }
    if request.is_same_day_delivery:
        flat = config.same_day_flat_rate_cents
        told = f"Same-day delivery: {show(flat, config.currency)} flat"
        return line(config, "base", "Same-day delivery", flat, told, inputs=inputs)
    goods = count * config.price_per_item_cents
    items = f"{count} item{'' if count == 1 else 's'}"
    each = show(config.price_per_item_cents, config.currency)
    if goods < config.minimum_charge_cents:
        least = config.minimum_charge_cents
        told = f"{items} at {each}: minimum charge {show(least, config.currency)}"
        return line(config, "base", config.name, least, told, inputs=inputs)
    told = f"{items} at {each} each"
    quantity = max(count, 1)
    return line(config, "base", config.name, goods, told, quantity=quantity, inputs=inputs)


def _specialty_lines(request: QuoteRequest, catalog: CatalogSnapshot) -> list[QuoteLine]:
    lines = []
    for choice in request.specialty_items:
        item = catalog.specialty_items.get(choice.item_type)
        if item is None or choice.quantity < 1:
            raise InvalidInput.of({"specialty_items": ["There is no such specialty item."]})
        price = show(item.price_cents, item.currency)
        told = f"{item.name}: {choice.quantity} at {price} each"
        if choice.quantity == 1:
            told = f"{item.name}: {price}"
        lines.append(
            line(
                item,
                "base",
                item.name,
                item.price_cents * choice.quantity,
                told,
                quantity=choice.quantity,
                inputs={"item_type": item.item_type, "quantity": choice.quantity},
            )
        )
    return lines
