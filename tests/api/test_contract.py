"""The API as a front end uses it, written from its contract alone."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest

from backoffice.sandbox.stripe import Sandbox
from domain.catalog.models import ChangeSet
from tests.api.conftest import ADA, ADDRESS, MONTAUK, Api, booking_wish, pickup_day, wish
from tests.api.contract import (
    AMOUNTS,
    BOOKED,
    INTENT,
    ORGANIZING,
    PACKAGE,
    QUOTE,
    SPECIALTY,
    STANDARD,
    STATUS,
    TIERS,
    body,
    holds,
    text,
    time,
)


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
