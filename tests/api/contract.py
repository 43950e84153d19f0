"""The answers as a front end reads them: every field and its type, and nothing of our code."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from json import loads
from typing import Any

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def uuid(value: object) -> bool:
    return isinstance(value, str) and bool(UUID.fullmatch(value))


def text(value: object) -> bool:
    return isinstance(value, str)


def whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def number(value: object) -> bool:
    return isinstance(value, Decimal)


def flag(value: object) -> bool:
    return isinstance(value, bool)


def day(value: object) -> bool:
    return isinstance(value, str) and date.fromisoformat(value).isoformat() == value


def time(value: object) -> bool:
    return isinstance(value, str) and datetime.fromisoformat(value).utcoffset() is not None


def or_null(check: Any) -> Any:
    return lambda value: value is None or check(value)


def one_of(*values: str) -> Any:
    return lambda value: value in values


def holds(told: Any, shape: Any, place: str = "answer") -> None:
    """Check every field of a shape. Fields that the shape does not know may be there."""
    if isinstance(shape, dict):
        assert isinstance(told, dict), place
        for name, inner in shape.items():
            assert name in told, f"{place}.{name} is missing"
            holds(told[name], inner, f"{place}.{name}")
    elif isinstance(shape, list):
        assert isinstance(told, list), place
        for index, each in enumerate(told):
            holds(each, shape[0], f"{place}[{index}]")
    else:
        assert shape(told), f"{place} is {told!r}"


def body(answer: Any) -> Any:
    assert answer["Content-Type"] == "application/json"
    return loads(answer.content, parse_float=Decimal)


PACKAGE = {
    "id": uuid,
    "package_type": one_of("petite", "standard", "full"),
    "name": text,
    "description": text,
    "base_price_cents": whole,
    "base_price_dollars": number,
    "currency": one_of("USD"),
    "coi_included": flag,
    "coi_fee_cents": whole,
    "coi_fee_dollars": number,
    "max_items": or_null(whole),
    "max_weight_per_item_lbs": or_null(whole),
    "priority_scheduling": flag,
    "protective_wrapping": flag,
    "is_most_popular": flag,
}
ORGANIZING = {
    "id": uuid,
    "service_type": one_of("packing", "unpacking"),
    "mini_move_tier": one_of("petite", "standard", "full"),
    "name": text,
    "description": text,
    "price_cents": whole,
    "price_dollars": number,
    "currency": one_of("USD"),
    "duration_hours": lambda value: isinstance(value, int | Decimal),
    "organizer_count": whole,
    "supplies_allowance_cents": whole,
    "is_packing_service": flag,
}
SPECIALTY = {
    "id": uuid,
    "item_type": text,
    "name": text,
    "description": text,
    "price_cents": whole,
    "price_dollars": number,
    "currency": one_of("USD"),
    "requires_van_schedule": flag,
    "special_handling": flag,
    "max_quantity_per_booking": whole,
}
STANDARD = {
    "price_per_item_cents": whole,
    "price_per_item_dollars": number,
    "minimum_items": whole,
    "minimum_charge_cents": whole,
    "minimum_charge_dollars": number,
    "same_day_flat_rate_cents": whole,
    "same_day_flat_rate_dollars": number,
    "max_weight_per_item_lbs": whole,
    "currency": one_of("USD"),
}
TIERS = {"petite": [ORGANIZING], "standard": [ORGANIZING], "full": [ORGANIZING]}
AMOUNTS = (
    "base_price",
    "organizing_total",
    "organizing_tax",
    "surcharge",
    "geographic_surcharge",
    "time_window_surcharge",
    "coi_fee",
    "total_price",
)
LINE = {
    "code": text,
    "label": text,
    "quantity": whole,
    "unit_amount_cents": whole,
    "amount_cents": whole,
    "explanation": text,
}
QUOTE = {
    "currency": one_of("USD"),
    **{f"{name}_cents": whole for name in AMOUNTS},
    **{f"{name}_dollars": number for name in AMOUNTS},
    "lines": [LINE],
}
BOOKED = {
    "message": one_of("Booking created successfully"),
    "booking": {
        "id": uuid,
        "booking_number": lambda value: bool(re.fullmatch(r"TT-\d{6,}", value)),
        "status": one_of("pending"),
        "currency": one_of("USD"),
        "total_price_cents": whole,
        "total_price_dollars": number,
        "amount_due_cents": whole,
        "expires_at": time,
        "access_token": lambda value: isinstance(value, str) and len(value) >= 22,
        "lines": [LINE],
    },
    "payment": {
        "client_secret": text,
        "payment_intent_id": text,
        "amount_cents": whole,
        "amount": number,
        "currency": one_of("USD"),
        "publishable_key": text,
    },
}
INTENT = {
    "client_secret": text,
    "payment_intent_id": text,
    "amount_cents": whole,
    "amount": number,
    "currency": one_of("USD"),
}
STATUS = {
    "booking_number": text,
    "service_type": one_of("mini_move"),
    "status": one_of("pending", "paid"),
    "status_label": text,
    "customer_name": one_of("Ada L."),
    "pickup_date": day,
    "pickup_time": one_of("morning"),
    "total_price_cents": whole,
    "amount_paid_cents": whole,
    "amount_due_cents": whole,
    "currency": one_of("USD"),
    "lines": [LINE],
    "payments": [{"amount": number, "status": text, "at": time}],
    "instalments": [lambda _: False],
    "delivery": or_null(lambda _: False),
    "timeline": [{"at": time, "label": text}],
}
