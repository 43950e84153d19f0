"""The surcharge for where a delivery starts and ends: the single dearest, once.

:source: docs/policies/pricing.md, "4. Geography"
"""

from __future__ import annotations

from functools import lru_cache

from domain.catalog.rules.lines import Inputs, QuoteLine, line
from domain.catalog.rules.requests import Address, QuoteRequest
from domain.catalog.rules.snapshot import CatalogSnapshot, Surcharge, Zone
from domain.catalog.rules.surcharge import amount_of, because, inputs_of
from domain.catalog.rules.words import SurchargeType

ZIP_DIGITS = 5


def geographic_lines(
    request: QuoteRequest, catalog: CatalogSnapshot, base_cents: int
) -> list[QuoteLine]:
    rules = list(
        catalog.surcharges_of(
            SurchargeType.GEOGRAPHIC,
            service_type=request.service_type,
            package_type=request.package_type,
        )
    )
    places = [{zone.code for zone in zones_of(each, catalog)} for each in request.addresses]
    hits = [rule for rule in _hits(request, places, rules) if amount_of(rule, base_cents)]
    if not hits:
        return []
    # The code breaks ties, so that the order of the addresses cannot.
    dearest = max(hits, key=lambda rule: (amount_of(rule, base_cents), rule.code))
    return [_line(dearest, places, catalog, base_cents)]


def _hits(request: QuoteRequest, places: list[set[str]], rules: list[Surcharge]) -> list[Surcharge]:
    outside = [rule for rule in rules if not rule.zone]
    if not places:
        return outside if request.is_outside_core_area else []
    hits: list[Surcharge] = []
    for zones in places:
        hits += [rule for rule in rules if rule.zone in zones] if zones else outside
    return hits


def zones_of(address: Address, catalog: CatalogSnapshot) -> list[Zone]:
    """The zones an address lies in."""
    return [zone for zone in catalog.zones.values() if lies_in(address, zone)]


def lies_in(address: Address, zone: Zone) -> bool:
    """By ZIP pattern, else by city, else by state where the zone lists neither.

    A city counts only in the zone's states: Southampton, NJ is not in the Hamptons.
    """
    postal = address.zip_code.strip()[:ZIP_DIGITS]
    for pattern in zone.zip_codes:
        if postal.startswith(pattern[:-1]) if pattern.endswith("*") else postal == pattern:
            return True
    in_states = not zone.states or address.state in zone.states
    if zone.zip_codes or zone.cities:
        city = _plain(address.city)
        return in_states and any(city == _plain(each) for each in zone.cities)
    return bool(zone.states) and in_states


@lru_cache(maxsize=1_024)
def _plain(city: str) -> str:
    return " ".join(city.split()).casefold()


def _line(
    rule: Surcharge, places: list[set[str]], catalog: CatalogSnapshot, base_cents: int
) -> QuoteLine:
    amount = amount_of(rule, base_cents)
    zone = catalog.zones.get(rule.zone)
    where = zone.name if zone else "Outside our core area"
    inputs: Inputs = inputs_of(rule, base_cents) | {
        "zone": rule.zone or None,
        "zones_touched": sorted(set().union(*places)),
        "addresses": len(places),
    }
    told = f"{where}: {because(rule, base_cents, amount)}"
    return line(rule, f"geographic:{rule.code}", rule.name, amount, told, inputs=inputs)
