"""The surcharge for a pickup within one chosen hour: the most specific rule decides.

:source: docs/policies/pricing.md, "5. Time window"
"""

from __future__ import annotations

from domain.catalog.rules.lines import Inputs, QuoteLine, line
from domain.catalog.rules.requests import QuoteRequest
from domain.catalog.rules.snapshot import CatalogSnapshot, Surcharge
from domain.catalog.rules.surcharge import amount_of, because, inputs_of
from domain.catalog.rules.words import PickupTime, SurchargeType


def time_window_lines(
    request: QuoteRequest, catalog: CatalogSnapshot, base_cents: int
) -> list[QuoteLine]:
    if request.pickup_time != PickupTime.MORNING_SPECIFIC:
        return []
    rules = catalog.surcharges_of(
        SurchargeType.TIME_WINDOW,
        service_type=request.service_type,
        package_type=request.package_type,
    )
    rule = max(
        rules,
        key=lambda each: (_specificity(each), amount_of(each, base_cents), each.code),
        default=None,
    )
    if rule is None:
        return []
    amount = amount_of(rule, base_cents)
    return [_line(rule, request, base_cents, amount)] if amount else []


def _specificity(rule: Surcharge) -> int:
    if rule.applies_to_package:
        return 2
    return 0 if rule.applies_to_service_type == "all" else 1


def _line(rule: Surcharge, request: QuoteRequest, base_cents: int, amount: int) -> QuoteLine:
    hour = request.specific_pickup_hour
    when = f"Pickup between {clock(hour)} and {clock(hour + 1)}" if hour else "One-hour pickup"
    inputs: Inputs = inputs_of(rule, base_cents) | {"hour": hour}
    told = f"{when}: {because(rule, base_cents, amount)}"
    return line(rule, f"time_window:{rule.code}", rule.name, amount, told, inputs=inputs)


def clock(hour: int) -> str:
    """Write an hour as New Yorkers do: 8 → "8 AM", 12 → "12 PM"."""
    half = "AM" if hour % 24 < 12 else "PM"
    return f"{hour % 12 or 12} {half}"
