"""Packing and unpacking of a mini move, and the sales tax on them.

:source: docs/policies/pricing.md, "2. Organizing"
"""

from __future__ import annotations

from datetime import date

from domain.catalog.rules.lines import Inputs, QuoteLine, line, plus
from domain.catalog.rules.requests import QuoteRequest
from domain.catalog.rules.snapshot import CatalogSnapshot
from domain.catalog.rules.words import DELIVERY_CURRENCY, OrganizingType, ServiceType
from domain.common.errors import InvalidInput
from domain.common.money import percent, share, show

TAXED = "organizing"


def wanted_services(request: QuoteRequest) -> list[OrganizingType]:
    wanted = {
        OrganizingType.PACKING: request.include_packing,
        OrganizingType.UNPACKING: request.include_unpacking,
    }
    return [service for service, asked in wanted.items() if asked]


def organizing_lines(
    request: QuoteRequest, catalog: CatalogSnapshot, quoted_on: date
) -> list[QuoteLine]:
    if request.service_type != ServiceType.MINI_MOVE:
        return []
    lines = []
    for wanted in wanted_services(request):
        service = catalog.organizing.get((wanted, request.package_type))
        if service is None:
            raise InvalidInput.of({f"include_{wanted}": [f"This package has no {wanted}."]})
        told = f"{service.name}: {plus(service.price_cents, service.currency)}"
        inputs = {"tier": service.mini_move_tier, "service_type": service.service_type}
        lines.append(
            line(
                service,
                f"organizing_{wanted}",
                service.name,
                service.price_cents,
                told,
                inputs=inputs,
            )
        )
    return lines + _tax_lines(lines, catalog, quoted_on) if lines else []


def _tax_lines(
    services: list[QuoteLine], catalog: CatalogSnapshot, quoted_on: date
) -> list[QuoteLine]:
    rate = catalog.tax_rate(TAXED, quoted_on)
    if rate is None:
        raise InvalidInput.of({"include_packing": ["No tax rate is in force for organizing."]})
    taxed = sum(each.amount_cents for each in services)
    tax = share(taxed, rate.rate_bps)
    if not tax:
        return []
    told = f"Sales tax: {percent(rate.rate_bps)} of {show(taxed, DELIVERY_CURRENCY)}"
    inputs: Inputs = {
        "rate_bps": rate.rate_bps,
        "taxed_cents": taxed,
        "quoted_on": quoted_on.isoformat(),
    }
    return [line(rate, "organizing_tax", rate.name, tax, told, inputs=inputs)]
