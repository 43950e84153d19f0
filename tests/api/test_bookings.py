from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from backoffice.sandbox.stripe import Sandbox
from domain.bookings.models import Booking
from domain.catalog.models import ChangeSet
from domain.common.idempotency import IdempotencyKey
from domain.payments.models import Payment
from tests.api.conftest import ADA, ADDRESS, Api, booking_wish, wish

PATH = "/public/guest-booking/"


@pytest.mark.django_db
class TestGuestBooking:
    def test_charges_what_the_preview_shows(
        self, api: Api, catalog: ChangeSet, stripe: Sandbox
    ) -> None:
        wanted = {"include_packing": True, "coi_required": True}
        shown = api.post("/public/pricing-preview/", wish(**wanted)).json()
        told = api.post(PATH, booking_wish(**wanted)).json()
        assert told["booking"]["total_price_cents"] == shown["total_price_cents"]
        assert told["payment"]["amount_cents"] == shown["total_price_cents"]
        assert Booking.objects.get().total_cents == shown["total_price_cents"]

    def test_books_at_the_total_that_the_guest_saw(
        self, api: Api, catalog: ChangeSet, stripe: Sandbox
    ) -> None:
        total = api.post("/public/pricing-preview/", wish()).json()["total_price_cents"]
        assert api.post(PATH, booking_wish(expected_total_cents=total)).status_code == 201

    def test_books_nothing_at_another_total(self, api: Api, catalog: ChangeSet) -> None:
        answer = api.post(PATH, booking_wish(expected_total_cents=1), **{"Idempotency-Key": "k"})
        assert answer.status_code == 409
        assert not Booking.objects.exists()
        assert not IdempotencyKey.objects.exists()

    def test_stands_when_stripe_is_silent(
        self, api: Api, catalog: ChangeSet, settings: Settings
    ) -> None:
        settings.STRIPE_API_BASE = "http://127.0.0.1:9"
        answer = api.post(PATH, booking_wish())
        assert answer.status_code == 201
        assert answer.json()["payment"] is None
        assert Booking.objects.get().state == "pending"

    def test_can_be_paid_when_stripe_speaks_again(
        self, api: Api, catalog: ChangeSet, stripe: Sandbox
    ) -> None:
        stripe.faults.add("answer_lost", path="payment_intents")
        booking = api.post(PATH, booking_wish()).json()["booking"]
        asked = {"booking_id": booking["id"], "access_token": booking["access_token"]}
        intent = api.post("/payments/create-intent/", asked)
        assert intent.status_code == 200
        assert intent.json()["amount_cents"] == booking["total_price_cents"]
        assert len(stripe.store.all("payment_intent")) == 1

    def test_names_every_problem_at_once(self, api: Api, catalog: ChangeSet) -> None:
        asked = booking_wish(
            pickup_date="2020-01-01",
            package_type="full",
            customer_info=ADA | {"email": "ada", "phone": "12"},
            pickup_address=ADDRESS | {"zip_code": "00000-0000"},
            pickup_time="morning_specific",
        )
        told = api.post(PATH, asked).json()
        assert set(told["field_errors"]) == {
            "customer_info.email",
            "customer_info.phone",
            "pickup_date",
            "specific_pickup_hour",
        }

    @pytest.mark.parametrize(
        "missing",
        ["pickup_date", "pickup_time", "pickup_address", "delivery_address", "customer_info"],
    )
    def test_needs_what_a_preview_does_not(
        self, api: Api, catalog: ChangeSet, missing: str
    ) -> None:
        asked = booking_wish()
        del asked[missing]
        answer = api.post(PATH, asked)
        assert answer.status_code == 400
        assert missing in answer.json()["field_errors"]

    @pytest.mark.parametrize(
        ("place", "name"),
        [
            ((), "pickup_dat"),
            ((), "state"),
            ((), "total_cents"),
            ((), "internal_notes"),
            ((), "assigned_to"),
            ((), "created_by"),
            ((), "customer_id"),
            ((), "rebooked_from_id"),
            ((), "vehicle_sku"),
            (("customer_info",), "is_staff"),
            (("customer_info",), "id"),
            (("pickup_address",), "access_notes"),
            (("delivery_address",), "zip"),
        ],
    )
    def test_refuses_by_name_what_nobody_may_set(
        self, api: Api, catalog: ChangeSet, place: tuple[str, ...], name: str
    ) -> None:
        asked = booking_wish()
        inner: dict[str, Any] = asked
        for each in place:
            inner[each] = dict(inner[each])
            inner = inner[each]
        inner[name] = 1
        answer = api.post(PATH, asked)
        assert answer.status_code == 400
        assert set(answer.json()["field_errors"]) == {".".join((*place, name))}
        assert name in answer.json()["error"]
        assert not Booking.objects.exists()

    def test_takes_null_for_what_is_left_out(
        self, api: Api, catalog: ChangeSet, stripe: Sandbox
    ) -> None:
        empty = dict.fromkeys(
            (
                "mini_move_package_id",
                "standard_delivery_item_count",
                "specialty_items",
                "specialty_item_ids",
                "specific_pickup_hour",
                "special_instructions",
                "expected_total_cents",
            )
        )
        assert api.post(PATH, booking_wish(**empty)).status_code == 201

    def test_tells_no_internal_id(self, booked: dict[str, Any]) -> None:
        row = Booking.objects.get()
        assert booked["booking"]["id"] != str(row.pk)
        assert "guest" not in booked["booking"]
        assert row.access_nonce not in str(booked)

    def test_keeps_few_queries(self, api: Api, catalog: ChangeSet, settings: Settings) -> None:
        settings.STRIPE_API_BASE = "http://127.0.0.1:9"
        api.post(PATH, booking_wish())
        with CaptureQueriesContext(connection) as queries:
            api.post(PATH, booking_wish())
        asking = [each["sql"] for each in queries if "SAVEPOINT" not in each["sql"]]
        assert len(asking) <= 45, "\n".join(asking)


@pytest.mark.django_db
class TestIdempotencyKey:
    def test_gives_the_first_answer_again(
        self, api: Api, catalog: ChangeSet, stripe: Sandbox
    ) -> None:
        first = api.post(PATH, booking_wish(), **{"Idempotency-Key": "a key"})
        again = api.post(PATH, booking_wish(), **{"Idempotency-Key": "a key"})
        assert (again.status_code, again.content) == (first.status_code, first.content)
        assert Booking.objects.count() == Payment.objects.count() == 1

    def test_does_not_mind_order_and_white_space(
        self, api: Api, catalog: ChangeSet, stripe: Sandbox
    ) -> None:
        asked = booking_wish()
        first = api.post(PATH, asked, **{"Idempotency-Key": "k"})
        turned = dict(reversed(asked.items()))
        assert api.post(PATH, turned, **{"Idempotency-Key": "k"}).content == first.content

    def test_refuses_another_body(self, api: Api, catalog: ChangeSet, stripe: Sandbox) -> None:
        api.post(PATH, booking_wish(), **{"Idempotency-Key": "k"})
        other = booking_wish(special_instructions="Ring twice")
        answer = api.post(PATH, other, **{"Idempotency-Key": "k"})
        assert answer.status_code == 409
        assert answer.json()["error_code"] == "idempotency_key_reused"
        assert Booking.objects.count() == 1

    def test_is_free_again_after_a_refusal(
        self, api: Api, catalog: ChangeSet, stripe: Sandbox
    ) -> None:
        bad = booking_wish(customer_info=ADA | {"phone": "12"})
        assert api.post(PATH, bad, **{"Idempotency-Key": "k"}).status_code == 400
        assert api.post(PATH, booking_wish(), **{"Idempotency-Key": "k"}).status_code == 201

    def test_keeps_no_access_token(self, api: Api, catalog: ChangeSet, stripe: Sandbox) -> None:
        answer = api.post(PATH, booking_wish(), **{"Idempotency-Key": "k"})
        token = answer.json()["booking"]["access_token"]
        assert token not in IdempotencyKey.objects.get().response_body

    def test_may_have_255_characters(self, api: Api, catalog: ChangeSet, stripe: Sandbox) -> None:
        longest = api.post(PATH, booking_wish(), **{"Idempotency-Key": "k" * 255})
        longer = api.post(PATH, booking_wish(), **{"Idempotency-Key": "k" * 256})
        assert longest.status_code == 201
        assert longer.status_code == 400
        assert set(longer.json()["field_errors"]) == {"Idempotency-Key"}

    def test_resumes_a_call_that_died_after_booking(
        self,
        api: Api,
        catalog: ChangeSet,
        stripe: Sandbox,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        with monkeypatch.context() as patch:
            patch.setattr("api.bookings.ask_for_card", _die)
            with pytest.raises(SystemExit):
                api.post(PATH, booking_wish(), **{"Idempotency-Key": "k"})
        assert Booking.objects.count() == 1
        resumed = api.post(PATH, booking_wish(), **{"Idempotency-Key": "k"})
        again = api.post(PATH, booking_wish(), **{"Idempotency-Key": "k"})
        assert resumed.status_code == 201
        assert resumed.json()["payment"]["payment_intent_id"]
        assert again.content == resumed.content
        assert Booking.objects.count() == Payment.objects.count() == 1

    def test_works_for_payments_too(self, api: Api, booked: dict[str, Any]) -> None:
        asked = {
            "booking_id": booked["booking"]["id"],
            "access_token": booked["booking"]["access_token"],
        }
        first = api.post("/payments/create-intent/", asked, **{"Idempotency-Key": "p"})
        again = api.post("/payments/create-intent/", asked, **{"Idempotency-Key": "p"})
        other = asked | {"customer_email": "ada@example.com"}
        reused = api.post("/payments/create-intent/", other, **{"Idempotency-Key": "p"})
        assert first.status_code == 200
        assert again.content == first.content
        assert reused.json()["error_code"] == "idempotency_key_reused"


def _die(*_: object, **__: object) -> None:
    raise SystemExit
