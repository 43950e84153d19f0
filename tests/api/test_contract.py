"""A front end's view of the API: every field and type that it reads, and nothing of our code."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from json import loads
from typing import Any

import pytest

from backoffice.sandbox.stripe import Sandbox
from domain.catalog.models import ChangeSet
from tests.api.conftest import ADA, ADDRESS, MONTAUK, Api, booking_wish, pickup_day, wish

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


@pytest.mark.django_db
class TestTheCatalog:
    def test_lists_every_service(self, api: Api, catalog: ChangeSet) -> None:
        told = body(api.get("/public/services/"))
        holds(
            told,
            {
                "mini_move_packages": [PACKAGE],
                "standard_delivery": STANDARD,
                "specialty_items": [SPECIALTY],
                "organizing_services": [ORGANIZING],
            },
        )
        assert [each["package_type"] for each in told["mini_move_packages"]] == [
            "petite",
            "standard",
            "full",
        ]
        assert told["mini_move_packages"][0]["base_price_dollars"] == Decimal("995.00")

    def test_lists_packages_with_their_organizing(self, api: Api, catalog: ChangeSet) -> None:
        told = body(api.get("/public/services/mini-moves-with-organizing/"))
        package = PACKAGE | {"organizing_services": [ORGANIZING]}
        holds(told, {"packages": [package], "organizing_services_by_tier": TIERS})
        for each in told["packages"]:
            tiers = {service["mini_move_tier"] for service in each["organizing_services"]}
            assert tiers <= {each["package_type"]}

    def test_lists_organizing_by_tier(self, api: Api, catalog: ChangeSet) -> None:
        holds(body(api.get("/public/services/organizing-by-tier/")), TIERS)


@pytest.mark.django_db
class TestTheQuote:
    def test_adds_up(self, api: Api, catalog: ChangeSet) -> None:
        asked = wish(
            include_packing=True,
            include_unpacking=True,
            coi_required=True,
            pickup_time="morning_specific",
            specific_pickup_hour=9,
        )
        told = body(api.post("/public/pricing-preview/", asked))
        holds(told, QUOTE)
        assert told["total_price_cents"] == sum(line["amount_cents"] for line in told["lines"])
        for name in AMOUNTS:
            assert told[f"{name}_dollars"] * 100 == told[f"{name}_cents"]

    @pytest.mark.parametrize(
        "asked",
        [
            {"service_type": "mini_move", "package_type": "full"},
            {"service_type": "standard_delivery", "standard_delivery_item_count": 3},
            {
                "service_type": "specialty_item",
                "specialty_items": [{"item_type": "peloton", "quantity": 2}],
            },
            {"service_type": "mini_move", "package_type": "petite", "is_outside_core_area": True},
        ],
    )
    def test_needs_no_date_and_no_address(
        self, api: Api, catalog: ChangeSet, asked: dict[str, Any]
    ) -> None:
        answer = api.post("/public/pricing-preview/", asked)
        assert answer.status_code == 200
        holds(body(answer), QUOTE)

    def test_takes_ids_as_well_as_types(self, api: Api, catalog: ChangeSet) -> None:
        on_offer = body(api.get("/public/services/"))
        package = on_offer["mini_move_packages"][0]
        item = on_offer["specialty_items"][0]
        by_id = api.post(
            "/public/pricing-preview/",
            {"service_type": "mini_move", "mini_move_package_id": package["id"]},
        )
        assert body(by_id)["base_price_cents"] == package["base_price_cents"]
        by_ids = api.post(
            "/public/pricing-preview/",
            {"service_type": "specialty_item", "specialty_item_ids": [item["id"]]},
        )
        assert body(by_ids)["base_price_cents"] == item["price_cents"]


@pytest.mark.django_db
class TestTheWayFromBookingToStatus:
    def test_is_as_promised(self, api: Api, catalog: ChangeSet, stripe: Sandbox) -> None:
        shown = body(api.post("/public/pricing-preview/", wish()))
        answer = api.post(
            "/public/guest-booking/",
            {
                "service_type": "mini_move",
                "package_type": "petite",
                "pickup_date": pickup_day(),
                "pickup_time": "morning",
                "pickup_address": ADDRESS,
                "delivery_address": MONTAUK,
                "customer_info": ADA,
                "special_instructions": "Ring twice",
                "expected_total_cents": shown["total_price_cents"],
            },
            **{"Idempotency-Key": "5f9b"},
        )
        assert answer.status_code == 201
        told = body(answer)
        holds(told, BOOKED)
        booking, payment = told["booking"], told["payment"]
        assert booking["total_price_cents"] == shown["total_price_cents"]
        assert booking["amount_due_cents"] == payment["amount_cents"]
        assert booking["lines"] == shown["lines"]

        token = booking["access_token"]
        asked = {"booking_id": booking["id"], "access_token": token}
        intent = body(api.post("/payments/create-intent/", asked))
        holds(intent, INTENT)
        assert intent["payment_intent_id"] == payment["payment_intent_id"]

        stripe.pay(intent["payment_intent_id"])
        asked = {"payment_intent_id": intent["payment_intent_id"], "access_token": token}
        confirmed = body(api.post("/payments/confirm/", asked))
        assert confirmed["payment_status"] == "succeeded"
        assert confirmed["booking_status"] == "paid"
        assert confirmed["message"]

        path = f"/public/booking-status/{booking['booking_number']}/"
        by_query = body(api.get(f"{path}?token={token}"))
        holds(by_query, STATUS)
        assert by_query["amount_paid_cents"] == booking["total_price_cents"]
        assert by_query["amount_due_cents"] == 0
        assert body(api.get(path, **{"X-Booking-Token": token})) == by_query


@pytest.mark.django_db
class TestErrors:
    def test_have_one_shape(self, api: Api, catalog: ChangeSet) -> None:
        for answer, status in (
            (api.post("/public/pricing-preview/", "{"), 400),
            (api.post("/public/pricing-preview/", {}), 400),
            (api.get("/public/nothing/"), 404),
            (api.get("/public/pricing-preview/"), 405),
            (api.post("/public/guest-booking/", booking_wish(expected_total_cents=1)), 409),
            (api.post("/public/pricing-preview/", " " * (1024 * 1024 + 1)), 413),
        ):
            told = body(answer)
            assert answer.status_code == status
            holds(told, {"error": text, "error_code": text, "timestamp": time})
            assert re.fullmatch(r"[a-z_]+", told["error_code"])
            for sentences in told["field_errors"].values():
                assert sentences
                assert all(isinstance(each, str) for each in sentences)

    def test_send_the_fresh_quote_when_the_price_has_changed(
        self, api: Api, catalog: ChangeSet
    ) -> None:
        told = body(api.post("/public/guest-booking/", booking_wish(expected_total_cents=1)))
        assert told["error_code"] == "price_changed"
        holds(told["quote"], QUOTE)
