"""A vehicle from the preview to its instalments, over the public API."""

from __future__ import annotations

from typing import Any

import pytest

from backoffice.sandbox.stripe import Sandbox
from domain.bookings.models import Booking
from domain.catalog.models import ChangeSet
from tests.api.conftest import Api, booking_wish

PREVIEW, BOOK = "/public/pricing-preview/", "/public/guest-booking/"
INTENT = "/payments/create-intent/"
ASKED = {
    "service_type": "vehicle",
    "vehicle_sku": "EV-CITY-1",
    "colour": "Slate",
    "payment_option": "emi",
    "emi_months": 12,
    "booking_amount_cents": 500_000,
}
ASHA = {
    "first_name": "Asha",
    "last_name": "Rao",
    "email": "asha@example.com",
    "phone": "098450 12345",
}

pytestmark = pytest.mark.django_db


@pytest.fixture
def booked(api: Api, catalog: ChangeSet, stripe: Sandbox) -> dict[str, Any]:
    answer = api.post(BOOK, ASKED | {"customer_info": ASHA})
    assert answer.status_code == 201, answer.content
    told: dict[str, Any] = answer.json()
    return told


def pay(api: Api, stripe: Sandbox, told: dict[str, Any], intent: str) -> dict[str, Any]:
    stripe.pay(intent, "4242424242424242")
    asked = {"payment_intent_id": intent, "access_token": told["booking"]["access_token"]}
    found: dict[str, Any] = api.post("/payments/confirm/", asked).json()
    return found


def test_a_preview_shows_the_plan(api: Api, catalog: ChangeSet) -> None:
    told = api.post(PREVIEW, ASKED).json()
    assert told["currency"] == "INR"
    assert told["total_price_cents"] == told["base_price_cents"] == 9_850_000
    plan = told["instalments"]
    assert [row["number"] for row in plan] == list(range(1, 13))
    assert sum(row["amount_cents"] for row in plan) == 9_850_000 - 500_000
    assert {row["amount_cents"] for row in plan[:-1]} == {779_100}


def test_a_vehicle_is_booked_confirmed_and_paid_by_instalments(
    api: Api, stripe: Sandbox, booked: dict[str, Any]
) -> None:
    booking, card = booked["booking"], booked["payment"]
    assert booking["booking_number"].startswith("EV")
    assert len(booking["booking_number"]) == 10
    assert (booking["status"], card["amount_cents"]) == ("pending", 500_000)
    assert pay(api, stripe, booked, card["payment_intent_id"])["booking_status"] == "active"
    more = {"booking_id": booking["id"], "access_token": booking["access_token"]}
    first = api.post(INTENT, more).json()
    assert first["amount_cents"] == 779_100
    part = api.post(INTENT, more | {"amount_cents": 1_000_000}).json()
    assert part["payment_intent_id"] != first["payment_intent_id"]
    again = api.post(INTENT, more | {"amount_cents": 1_000_000}).json()
    assert again["payment_intent_id"] == part["payment_intent_id"]
    pay(api, stripe, booked, part["payment_intent_id"])
    number, token = booking["booking_number"], booking["access_token"]
    status = api.get(f"/public/booking-status/{number}/?token={token}").json()
    assert status["amount_paid_cents"] == 1_500_000
    assert status["amount_due_cents"] == 8_350_000
    rows = status["instalments"]
    assert [row["status"] for row in rows[:3]] == ["paid", "part_paid", "due"]
    assert rows[1]["amount_paid_cents"] == 220_900
    labels = [each["label"] for each in status["timeline"]]
    assert labels.count("Payment received") == 2
    assert "Booking confirmed" in labels


def test_too_little_first_and_too_much_ever_are_refused(api: Api, booked: dict[str, Any]) -> None:
    booking = booked["booking"]
    asked = {"booking_id": booking["id"], "access_token": booking["access_token"]}
    for cents in (49_999, 9_850_001):
        answer = api.post(INTENT, asked | {"amount_cents": cents})
        assert answer.status_code == 400
        assert list(answer.json()["field_errors"]) == ["amount_cents"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"vehicle_sku": "EV-NONE"}, "vehicle_sku"),
        ({"colour": "Pink"}, "colour"),
        ({"emi_months": 5}, "emi_months"),
        ({"payment_option": "full"}, "emi_months"),
        ({"booking_amount_cents": 100}, "booking_amount_cents"),
        ({"pickup_date": "2030-01-01"}, "pickup_date"),
        ({"referral_code": "NOBODYS2"}, "referral_code"),
    ],
)
def test_what_is_wrong_is_named(
    api: Api, catalog: ChangeSet, changes: dict[str, Any], field: str
) -> None:
    answer = api.post(BOOK, ASKED | {"customer_info": ASHA} | changes)
    assert answer.status_code == 400
    assert list(answer.json()["field_errors"]) == [field]
    assert not Booking.objects.exists()


def test_a_delivery_takes_no_fields_of_vehicles(api: Api, catalog: ChangeSet) -> None:
    answer = api.post(BOOK, booking_wish(vehicle_sku="EV-CITY-1"))
    assert list(answer.json()["field_errors"]) == ["vehicle_sku"]
