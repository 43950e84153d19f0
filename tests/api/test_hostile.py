"""Whatever is sent, the answer is JSON, and no fault."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from domain.bookings.models import Booking
from domain.catalog.models import ChangeSet
from tests.api.conftest import ADDRESS, Api, booking_wish, wish

QUOTE = "/public/pricing-preview/"
BOOK = "/public/guest-booking/"


def changed(path: str, value: str) -> str:
    """The text of a booking request with one value written as given."""
    asked: Any = booking_wish()
    inner = asked
    *above, last = path.split(".")
    for name in above:
        inner[name] = dict(inner[name])
        inner = inner[name]
    inner[last] = "@@"
    return json.dumps(asked).replace('"@@"', value)


@pytest.mark.django_db
class TestBodies:
    @pytest.mark.parametrize(
        "body",
        [
            "",
            "null",
            "[]",
            "1",
            '"text"',
            "{",
            "{'a': 1}",
            '{"a": NaN}',
            '{"a": Infinity}',
            '{"service_type": "mini_move", "service_type": "mini_move"}',
            '{"a": "\\ud800"}',
            '{"\\udfff": 1}',
            "[" * 100_000 + "]" * 100_000,
            '{"a":' * 50 + "1" + "}" * 50,
            '{"a": ' + "9" * 5_000 + "}",
            b"\xff\xfe{\x00}\x00",
            b'{"a": "\xed\xa0\x80"}',
            b'{"a": "\x00"}',
        ],
    )
    def test_that_are_no_request_are_400(self, api: Api, body: str | bytes) -> None:
        for path in (QUOTE, BOOK, "/payments/create-intent/", "/payments/confirm/"):
            assert api.post(path, body).status_code == 400

    @pytest.mark.parametrize(
        ("path", "value"),
        [
            ("service_type", "1"),
            ("service_type", '"vehicles"'),
            ("package_type", '"Petite"'),
            ("package_type", '"petite\\u0000"'),
            ("mini_move_package_id", '"urn:uuid:5f9b0b8e-0000-4000-8000-000000000000"'),
            ("mini_move_package_id", '"{5f9b0b8e-0000-4000-8000-000000000000}"'),
            ("mini_move_package_id", "5"),
            ("include_packing", '"true"'),
            ("include_packing", "1"),
            ("include_packing", "null"),
            ("standard_delivery_item_count", '"5"'),
            ("standard_delivery_item_count", "true"),
            ("standard_delivery_item_count", "1.5"),
            ("standard_delivery_item_count", "-1"),
            ("standard_delivery_item_count", "1e400"),
            ("standard_delivery_item_count", "9" * 4_000),
            ("specialty_items", "{}"),
            ("specialty_items", '"peloton"'),
            ("specialty_items", "[1]"),
            ("specialty_items", '[{"item_type": "peloton", "quantity": 0}]'),
            ("specialty_items", '[{"item_type": "peloton", "extra": 0}]'),
            ("specialty_items", "[" + ",".join(["{}"] * 1_000) + "]"),
            ("specialty_item_ids", '["x"]'),
            ("pickup_date", '"20270616"'),
            ("pickup_date", '"2027-W24-3"'),
            ("pickup_date", '"2027-02-30"'),
            ("pickup_date", '"0000-01-01"'),
            ("pickup_date", '"9999-12-31"'),
            ("pickup_date", '"2027-06-16T00:00:00Z"'),
            ("pickup_date", "1"),
            ("pickup_time", '""'),
            ("specific_pickup_hour", "18"),
            ("pickup_address", '"here"'),
            ("pickup_address.state", '"TX"'),
            ("pickup_address.zip_code", '"11937\\n"'),
            ("pickup_address.zip_code", "11937"),
            ("pickup_address.zip_code", '"１１９３７"'),
            ("pickup_address.city", '"\\u0000"'),
            ("pickup_address.city", '"   "'),
            ("pickup_address.address_line_1", '"' + "x" * 201 + '"'),
            ("customer_info.email", '"ada@example"'),
            ("customer_info.email", '"ada@example.com\\r\\nBcc: all@example.com"'),
            ("customer_info.phone", '"0"'),
            ("customer_info.first_name", "7"),
            ("customer_info.last_name", '""'),
            ("special_instructions", '"' + "x" * 2_001 + '"'),
            ("special_instructions", '"\\u0000"'),
            ("expected_total_cents", "-1"),
            ("expected_total_cents", '"111500"'),
        ],
    )
    def test_with_a_wrong_value_name_its_field(
        self, api: Api, catalog: ChangeSet, path: str, value: str
    ) -> None:
        answer = api.post(BOOK, changed(path, value))
        assert answer.status_code == 400
        assert any(name.startswith(path) for name in answer.json()["field_errors"])
        assert not Booking.objects.exists()

    def test_with_hostile_text_are_kept_as_text(
        self, api: Api, catalog: ChangeSet, stripe: Any
    ) -> None:
        nasty = "=1+1|<script>alert(1)</script>'; DROP TABLE x;-- \u202e 👩‍🚀"
        asked = booking_wish(
            special_instructions=nasty, pickup_address=ADDRESS | {"address_line_1": nasty}
        )
        assert api.post(BOOK, asked).status_code == 201
        booking = Booking.objects.get()
        assert booking.special_instructions == nasty
        assert booking.addresses.get(kind="pickup").address_line_1 == nasty


@pytest.mark.django_db
class TestContentTypes:
    @pytest.mark.parametrize(
        "content_type",
        [
            "",
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "application/json; charset=utf-16",
            "application/json; charset=zlib",
            "application/json; charset=nonsense",
            "application/xml",
        ],
    )
    def test_other_than_json_in_utf8_are_415(self, content_type: str) -> None:
        answer = Client().generic("POST", f"/api{QUOTE}", json.dumps(wish()), content_type)
        assert answer.status_code == 415
        assert answer.json()["error_code"] == "unsupported_media_type"

    @pytest.mark.parametrize(
        "content_type", ["application/json", "Application/JSON; charset=UTF-8"]
    )
    def test_of_json_are_read(self, catalog: ChangeSet, content_type: str) -> None:
        answer = Client().generic("POST", f"/api{QUOTE}", json.dumps(wish()), content_type)
        assert answer.status_code == 200

    @pytest.mark.parametrize("accepted", ["text/html", "image/png", "nonsense", "*/*;q=0"])
    def test_that_are_accepted_change_nothing(
        self, api: Api, catalog: ChangeSet, accepted: str
    ) -> None:
        answer = api.get("/public/services/", Accept=accepted)
        assert answer["Content-Type"] == "application/json"


@pytest.mark.django_db
class TestAddresses:
    @pytest.mark.parametrize(
        "path",
        [
            "/api/",
            "/api/nothing",
            "/api/public/services",
            "/api/public/booking-status/",
            "/api/public/booking-status/%2e%2e/",
            "/api/%00",
            "/api/%ff",
            "/api/public/services/?format=html",
            "/api/admin/",
        ],
    )
    def test_are_answered_in_json(self, path: str) -> None:
        for method in ("get", "post", "delete"):
            answer = getattr(Client(raise_request_exception=False), method)(path)
            assert answer["Content-Type"] == "application/json"
            assert answer.status_code in {200, 404, 405}

    def test_of_another_host_are_answered_in_json(self) -> None:
        answer = Client(SERVER_NAME="evil.example").get("/api/public/services/")
        assert answer.status_code == 400
        assert answer.json()["error_code"] == "malformed"


@pytest.mark.django_db
class TestFaults:
    def test_of_ours_tell_nothing_but_a_reference(
        self, api: Api, catalog: ChangeSet, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: object, **__: object) -> None:
            raise RuntimeError("sk_test_secret")

        monkeypatch.setattr("api.quotes.quote", fail)
        answer = api.post(QUOTE, wish())
        assert answer.status_code == 500
        assert "sk_test" not in answer.content.decode()
        assert answer["X-Request-ID"] in answer.json()["error"]
