"""What is wrong with a request: every problem at once, by the public API's field names.

:source: docs/policies/pricing.md, "What may be asked for"
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum

from domain.catalog.rules.organizing import TAXED, wanted_services
from domain.catalog.rules.requests import Address, QuoteRequest, SpecialtyChoice, resolve
from domain.catalog.rules.snapshot import CatalogSnapshot
from domain.catalog.rules.time_window import clock
from domain.catalog.rules.words import STATES, PickupTime, ServiceType

ZIP = re.compile(r"\d{5}(-\d{4})?", re.ASCII)
FIRST_HOUR, LAST_HOUR = 8, 17
MOST_PIECES = 5
MOST_ITEMS = 1_000
LONGEST = {"address_line_1": 200, "address_line_2": 200, "city": 100}


class Purpose(Enum):
    """What the price is for: a preview may leave out the date and the addresses; a
    re-pricing of an old booking does not look at the calendar.
    """

    PREVIEW = "preview"
    BOOKING = "booking"
    REPRICE = "reprice"


@dataclass(frozen=True, slots=True)
class Limits:
    """The settings in force that bound a pickup."""

    months_ahead: int = 18
    same_day_cutoff_hour: int = 11


@dataclass(slots=True)
class _Problems:
    found: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def add(self, name: str, sentence: str) -> None:
        if sentence not in self.found[name]:
            self.found[name].append(sentence)

    def one_of(self, name: str, value: str, allowed: Collection[str]) -> None:
        if value not in allowed:
            self.add(name, f"Choose one of: {', '.join(allowed)}.")


def validate(
    request: QuoteRequest,
    catalog: CatalogSnapshot,
    *,
    now: datetime,
    limits: Limits,
    purpose: Purpose = Purpose.PREVIEW,
) -> dict[str, list[str]]:
    """Return every problem by field; empty when the request can be priced.

    :param now: the moment of asking, in the deliveries' local time
    """
    problems = _Problems()
    wanted = resolve(request, catalog)
    problems.one_of("service_type", request.service_type, [*ServiceType])
    _check_organizing(wanted, catalog, problems, now.date())
    match request.service_type:
        case ServiceType.MINI_MOVE:
            _check_package(wanted, catalog, problems)
        case ServiceType.STANDARD_DELIVERY:
            _check_items(wanted, catalog, problems)
        case ServiceType.SPECIALTY_ITEM:
            _check_pieces(wanted, catalog, problems)
    _check_time(request, problems, purpose)
    if purpose is not Purpose.REPRICE:
        _check_date(request, problems, now, limits, purpose)
    _check_addresses(request, problems, purpose)
    return dict(problems.found)


def _check_organizing(
    request: QuoteRequest, catalog: CatalogSnapshot, problems: _Problems, today: date
) -> None:
    for service in wanted_services(request):
        name = f"include_{service}"
        if request.service_type != ServiceType.MINI_MOVE:
            problems.add(name, f"{service.capitalize()} comes with mini moves only.")
        elif (
            request.package_type in catalog.packages
            and (service, request.package_type) not in catalog.organizing
        ):
            problems.add(name, f"There is no {service} for the {request.package_type} package.")
        elif catalog.tax_rate(TAXED, today) is None:
            problems.add(name, "No tax rate is in force for organizing services.")


def _check_package(request: QuoteRequest, catalog: CatalogSnapshot, problems: _Problems) -> None:
    package = catalog.packages.get(request.package_type)
    named = None
    if request.mini_move_package_id is not None:
        named = catalog.package_of(request.mini_move_package_id)
        if named is None:
            problems.add("mini_move_package_id", "There is no such package.")
            return
    if not request.package_type:
        problems.add("package_type", "Choose a package.")
    elif package is None:
        problems.one_of("package_type", request.package_type, list(catalog.packages))
    elif named is not None and named != package:
        problems.add("mini_move_package_id", "This is not the package that package_type names.")
    count = request.standard_delivery_item_count
    if package and package.max_items and count and count > package.max_items:
        problems.add(
            "standard_delivery_item_count",
            f"{package.name} takes at most {package.max_items} items.",
        )


def _check_items(request: QuoteRequest, catalog: CatalogSnapshot, problems: _Problems) -> None:
    config = catalog.standard_delivery
    name = "standard_delivery_item_count"
    if config is None:
        problems.add("service_type", "Standard delivery is not offered at the moment.")
        return
    least = max(config.minimum_items, 1)
    count = request.standard_delivery_item_count
    if count is None:
        problems.add(name, "Say how many items.")
    elif count < least:
        problems.add(name, f"At least {least} item{'' if least == 1 else 's'}.")
    elif count > MOST_ITEMS:
        problems.add(name, f"At most {MOST_ITEMS} items.")


def _check_pieces(request: QuoteRequest, catalog: CatalogSnapshot, problems: _Problems) -> None:
    for item_id in request.specialty_item_ids:
        if catalog.specialty_item_of(item_id) is None:
            problems.add("specialty_item_ids", f"There is no specialty item {item_id}.")
    for choice in request.specialty_items:
        _check_choice(choice, catalog, problems)
    pieces = sum(max(choice.quantity, 0) for choice in request.specialty_items)
    if not request.specialty_items and not request.specialty_item_ids:
        problems.add("specialty_items", "Choose at least one specialty item.")
    elif pieces > MOST_PIECES:
        problems.add(
            "specialty_items", f"At most {MOST_PIECES} specialty pieces; this is {pieces}."
        )


def _check_choice(choice: SpecialtyChoice, catalog: CatalogSnapshot, problems: _Problems) -> None:
    item = catalog.specialty_items.get(choice.item_type)
    if item is None:
        known = ", ".join(catalog.specialty_items)
        problems.add("specialty_items", f"{choice.item_type!r} is none of: {known}.")
    elif choice.quantity < 1:
        problems.add("specialty_items", f"{item.name}: at least 1.")
    elif choice.quantity > item.max_quantity_per_booking:
        most = item.max_quantity_per_booking
        problems.add("specialty_items", f"{item.name}: at most {most} in one booking.")


def _check_time(request: QuoteRequest, problems: _Problems, purpose: Purpose) -> None:
    if request.pickup_time:
        problems.one_of("pickup_time", request.pickup_time, [*PickupTime])
    elif purpose is Purpose.BOOKING:
        problems.add("pickup_time", "Choose a pickup time.")
    hour = request.specific_pickup_hour
    name = "specific_pickup_hour"
    if hour is None:
        if request.pickup_time == PickupTime.MORNING_SPECIFIC:
            problems.add(name, "Choose the hour of the pickup.")
    elif not FIRST_HOUR <= hour <= LAST_HOUR:
        problems.add(name, f"Choose an hour from {FIRST_HOUR} to {LAST_HOUR}.")


def _check_date(
    request: QuoteRequest, problems: _Problems, now: datetime, limits: Limits, purpose: Purpose
) -> None:
    today, day = now.date(), request.pickup_date
    if request.is_same_day_delivery:
        _check_same_day(request, problems, now, limits)
    if day is None:
        if purpose is Purpose.BOOKING:
            problems.add("pickup_date", "Choose a pickup date.")
        return
    last = months_after(today, limits.months_ahead)
    if day < today:
        problems.add("pickup_date", "The pickup date is in the past.")
    elif day > last:
        problems.add("pickup_date", f"We book at most until {last.isoformat()}.")


def _check_same_day(
    request: QuoteRequest, problems: _Problems, now: datetime, limits: Limits
) -> None:
    name = "is_same_day_delivery"
    if request.service_type != ServiceType.STANDARD_DELIVERY:
        problems.add(name, "Same-day delivery comes with standard delivery only.")
    elif request.pickup_date not in (None, now.date()):
        problems.add(name, "Same-day delivery is for today only.")
    elif now.hour >= limits.same_day_cutoff_hour:
        cutoff = clock(limits.same_day_cutoff_hour)
        problems.add(name, f"Same-day deliveries can be booked until {cutoff}.")


def months_after(day: date, months: int) -> date:
    """The same day so many months later, or the month's last day."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _check_addresses(request: QuoteRequest, problems: _Problems, purpose: Purpose) -> None:
    both = {
        "pickup_address": request.pickup_address,
        "delivery_address": request.delivery_address,
    }
    for name, address in both.items():
        if address is not None:
            _check_address(name, address, problems)
        elif purpose is Purpose.BOOKING:
            problems.add(name, "Give the address.")


def _check_address(name: str, address: Address, problems: _Problems) -> None:
    for part in ("address_line_1", "city"):
        if not getattr(address, part).strip():
            problems.add(f"{name}.{part}", "This field is required.")
    for part, longest in LONGEST.items():
        if len(getattr(address, part)) > longest:
            problems.add(f"{name}.{part}", f"At most {longest} characters.")
    if address.state not in STATES:
        problems.add(f"{name}.state", f"We serve {', '.join(STATES)} only.")
    if not ZIP.fullmatch(address.zip_code):
        problems.add(f"{name}.zip_code", "Write the ZIP code as 12345 or 12345-6789.")
