"""Weekend and holiday surcharges: every rule that fits adds up.

:source: docs/policies/pricing.md, "3. Surcharges"
"""

from __future__ import annotations

from datetime import date

from domain.catalog.rules.lines import Inputs, QuoteLine, line, plus
from domain.catalog.rules.requests import QuoteRequest
from domain.catalog.rules.snapshot import CatalogSnapshot, Surcharge
from domain.catalog.rules.words import (
    DELIVERY_CURRENCY,
    Calculation,
    ServiceType,
    SurchargeType,
)
from domain.common.money import percent, share, show

SATURDAY, SUNDAY = 5, 6


def surcharge_lines(
    request: QuoteRequest, catalog: CatalogSnapshot, base_cents: int
) -> list[QuoteLine]:
    if request.pickup_date is None or request.is_same_day_delivery:
        return []
    rules = catalog.surcharges_of(
        SurchargeType.WEEKEND,
        SurchargeType.HOLIDAY,
        service_type=request.service_type,
        package_type=request.package_type,
    )
    lines = []
    for rule in rules:
        amount = amount_of(rule, base_cents)
        if amount and falls_on(rule, request.pickup_date):
            lines.append(_line(rule, request.pickup_date, base_cents, amount))
    return lines


def amount_of(rule: Surcharge, base_cents: int) -> int:
    """The rule's amount in minor units; percentages are of the base price."""
    if rule.calculation_type == Calculation.PERCENTAGE:
        return share(base_cents, rule.percentage_bps)
    return rule.fixed_amount_cents


def falls_on(rule: Surcharge, day: date) -> bool:
    if rule.surcharge_type == SurchargeType.HOLIDAY:
        return rule.specific_date == day
    weekday = day.weekday()
    return (weekday == SATURDAY and rule.applies_saturday) or (
        weekday == SUNDAY and rule.applies_sunday
    )


def inputs_of(rule: Surcharge, base_cents: int) -> dict[str, str | int | bool | list[str] | None]:
    """What the amount was worked out from, to be kept with the line."""
    return {
        "base_cents": base_cents,
        "percentage_bps": rule.percentage_bps or None,
        "fixed_amount_cents": rule.fixed_amount_cents or None,
    }


def because(rule: Surcharge, base_cents: int, amount: int) -> str:
    """How the amount comes about: "+$50.00" or "+$62.50 (25% of $250.00)"."""
    told = plus(amount, DELIVERY_CURRENCY)
    if rule.calculation_type == Calculation.PERCENTAGE:
        told += f" ({percent(rule.percentage_bps)} of {show(base_cents, DELIVERY_CURRENCY)})"
    return told + scope_of(rule)


def scope_of(rule: Surcharge) -> str:
    if rule.applies_to_package:
        return f" for the {rule.applies_to_package} package"
    if rule.applies_to_service_type in set(ServiceType):
        return f" for {ServiceType(rule.applies_to_service_type).label}"
    return ""


def _line(rule: Surcharge, day: date, base_cents: int, amount: int) -> QuoteLine:
    occasion = f"{day:%A} pickup"
    if rule.surcharge_type == SurchargeType.HOLIDAY:
        occasion = f"{rule.name} pickup"
    inputs: Inputs = inputs_of(rule, base_cents) | {
        "pickup_date": day.isoformat(),
        "weekday": f"{day:%A}",
    }
    told = f"{occasion}: {because(rule, base_cents, amount)}"
    return line(rule, f"surcharge:{rule.code}", rule.name, amount, told, inputs=inputs)
