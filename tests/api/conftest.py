"""A catalog in force, a client that speaks JSON as front ends do, and a Stripe to pay with."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from domain.catalog.models import ChangeSet
from domain.common.rate_limits import forget_shares
from tests import factories

NO_LIMITS = dict.fromkeys(
    ["guest-booking", "booking-status", "create-intent", "confirm", "pictures", "other"], 0
)


def fill_catalog() -> ChangeSet:
    """The shipped catalog, in force since yesterday began."""
    return factories.fill_catalog(factories.midnight(timezone.now() - timedelta(days=1)))


@pytest.fixture
def catalog(db: None) -> ChangeSet:
    return fill_catalog()


@pytest.fixture(autouse=True)
def _no_limits(request: pytest.FixtureRequest, settings: Settings) -> None:
    """Only the tests of limits have any."""
    forget_shares()
    if "limits" not in request.fixturenames:
        settings.API_RATE_LIMITS = dict(NO_LIMITS)


@pytest.fixture
def limits(settings: Settings) -> dict[str, int]:
    settings.API_RATE_LIMITS = {
        "guest-booking": 3,
        "booking-status": 10,
        "create-intent": 10,
        "confirm": 10,
        "pictures": 1_000,
        "other": 100,
    }
    return settings.API_RATE_LIMITS


class Api:
    """Sends JSON and reads JSON; every answer that is an error must have the one shape."""

    def __init__(self) -> None:
        self.client = Client(raise_request_exception=False)

    def get(self, path: str, **headers: str) -> Any:
        return self.checked(self.client.get(f"/api{path}", headers=headers))

    def post(self, path: str, body: object, **headers: str) -> Any:
        text = body if isinstance(body, str | bytes) else json.dumps(body)
        sent = self.client.post(
            f"/api{path}", data=text, content_type="application/json", headers=headers
        )
        return self.checked(sent)

    def checked(self, answer: Any) -> Any:
        if answer.status_code >= 400:
            assert answer["Content-Type"] == "application/json", answer.content[:200]
            told = answer.json()
            assert {"error", "error_code", "field_errors", "timestamp"} <= set(told)
            assert told["error"]
            assert told["error_code"]
            assert told["timestamp"].endswith("+00:00")
        return answer


@pytest.fixture
def api() -> Api:
    return Api()


ADDRESS = {
    "address_line_1": "200 W 57th St",
    "address_line_2": "Apt 4",
    "city": "New York",
    "state": "NY",
    "zip_code": "10019",
}
MONTAUK = ADDRESS | {"address_line_1": "9 Old Hwy", "city": "Montauk", "zip_code": "11954"}


def pickup_day() -> str:
    """A Wednesday some weeks ahead."""
    day = timezone.localdate() + timedelta(days=28)
    return (day + timedelta(days=(2 - day.weekday()) % 7)).isoformat()


def wish(**changes: Any) -> dict[str, Any]:
    """A request for a petite mini move that can be booked."""
    return {
        "service_type": "mini_move",
        "package_type": "petite",
        "pickup_date": pickup_day(),
        "pickup_time": "morning",
        "pickup_address": ADDRESS,
        "delivery_address": MONTAUK,
    } | changes


ADA = {
    "first_name": "Ada",
    "last_name": "Lovelace",
    "email": "ada@example.com",
    "phone": "+1 (212) 555-0100",
}


def booking_wish(**changes: Any) -> dict[str, Any]:
    return wish(customer_info=dict(ADA)) | changes


@pytest.fixture
def booked(api: Api, catalog: ChangeSet, stripe: Any) -> dict[str, Any]:
    """A booking as its guest knows it: the whole answer."""
    answer = api.post("/public/guest-booking/", booking_wish())
    assert answer.status_code == 201, answer.content
    told: dict[str, Any] = answer.json()
    return told
