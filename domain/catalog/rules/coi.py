"""The fee for a certificate of insurance.

:source: docs/policies/pricing.md, "6. Certificate of insurance"
"""

from __future__ import annotations

from domain.catalog.rules.base import package_for
from domain.catalog.rules.lines import QuoteLine, line, plus
from domain.catalog.rules.requests import QuoteRequest
from domain.catalog.rules.snapshot import CatalogSnapshot, Package, StandardDelivery
from domain.catalog.rules.words import ServiceType

LABEL = "Certificate of insurance"


def coi_lines(request: QuoteRequest, catalog: CatalogSnapshot) -> list[QuoteLine]:
    if not request.coi_required:
        return []
    rule: Package | StandardDelivery | None = catalog.standard_delivery
    if request.service_type == ServiceType.MINI_MOVE:
        package = package_for(request, catalog)
        rule = None if package.coi_included else package
    if rule is None or not rule.coi_fee_cents:
        return []
    told = f"{LABEL}: {plus(rule.coi_fee_cents, rule.currency)}"
    inputs = {"coi_required": True}
    return [line(rule, "coi", LABEL, rule.coi_fee_cents, told, inputs=inputs)]
