"""The price of a delivery: the rule families in their fixed order.

:source: docs/policies/pricing.md
"""

from __future__ import annotations

from datetime import date

from domain.catalog.rules.base import base_lines
from domain.catalog.rules.coi import coi_lines
from domain.catalog.rules.geographic import geographic_lines
from domain.catalog.rules.lines import Quote
from domain.catalog.rules.organizing import organizing_lines
from domain.catalog.rules.requests import QuoteRequest, resolve
from domain.catalog.rules.snapshot import CatalogSnapshot
from domain.catalog.rules.surcharge import surcharge_lines
from domain.catalog.rules.time_window import time_window_lines
from domain.catalog.rules.words import DELIVERY_CURRENCY


def price(request: QuoteRequest, catalog: CatalogSnapshot, quoted_on: date) -> Quote:
    """Price a request from a catalog; ``quoted_on`` selects the tax rate.

    :raises InvalidInput: the catalog lacks what is asked for; ``validate`` says all of it
    """
    wanted = resolve(request, catalog)
    base = base_lines(wanted, catalog)
    base_cents = sum(each.amount_cents for each in base)
    lines = (
        *base,
        *organizing_lines(wanted, catalog, quoted_on),
        *surcharge_lines(wanted, catalog, base_cents),
        *geographic_lines(wanted, catalog, base_cents),
        *time_window_lines(wanted, catalog, base_cents),
        *coi_lines(wanted, catalog),
    )
    return Quote(currency=DELIVERY_CURRENCY, lines=lines, quoted_on=quoted_on)
