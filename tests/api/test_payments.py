from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from pytest_django import Settings

from backoffice.sandbox.stripe import Sandbox
from domain.bookings.models import Booking
from domain.bookings.tokens import booking_pk, public_id
from domain.catalog.models import ChangeSet
from domain.payments.models import Payment
from tests.api.conftest import ADA, Api, booking_wish
from tests.jobs import run_jobs

INTENT = "/payments/create-intent/"
CONFIRM = "/payments/confirm/"


def keys(booked: dict[str, Any]) -> dict[str, str]:
    booking = booked["booking"]
    return {"booking_id": booking["id"], "access_token": booking["access_token"]}


def confirm(api: Api, booked: dict[str, Any]) -> Any:
    return api.post(
        CONFIRM,
        {
            "payment_intent_id": booked["payment"]["payment_intent_id"],
            "access_token": booked["booking"]["access_token"],
        },
    )


def changed(token: str) -> str:
    """A token that differs in one character."""
    return ("B" if token[0] == "A" else "A") + token[1:]


@pytest.mark.django_db
class TestCreateIntent:
    def test_returns_the_one_open_intent(
        self, api: Api, booked: dict[str, Any], stripe: Sandbox
    ) -> None:
        for _ in range(3):
            told = api.post(INTENT, keys(booked)).json()
            assert told["payment_intent_id"] == booked["payment"]["payment_intent_id"]
            assert told["client_secret"] == booked["payment"]["client_secret"]
        assert len(stripe.store.all("payment_intent")) == 1

    def test_takes_the_amount_from_the_booking(self, api: Api, booked: dict[str, Any]) -> None:
        due = booked["booking"]["amount_due_cents"]
        assert api.post(INTENT, keys(booked) | {"amount_cents": due}).status_code == 200
        answer = api.post(INTENT, keys(booked) | {"amount_cents": 1})
        assert answer.status_code == 400
        assert "amount_cents" in answer.json()["field_errors"]

    def test_tells_nothing_without_the_token(self, api: Api, booked: dict[str, Any]) -> None:
        right = keys(booked)
        told = {
            without_time(api.post(INTENT, asked))
            for asked in (
                right | {"access_token": "x"},
                right | {"access_token": changed(right["access_token"])},
                right | {"booking_id": str(uuid4())},
            )
        }
        assert len(told) == 1
        assert next(iter(told))[0] == 404

    def test_refuses_a_number_for_an_id(self, api: Api, booked: dict[str, Any]) -> None:
        asked = keys(booked) | {"booking_id": Booking.objects.get().pk}
        assert api.post(INTENT, asked).status_code == 400

    def test_says_when_nothing_is_due(
        self, api: Api, booked: dict[str, Any], stripe: Sandbox
    ) -> None:
        stripe.pay(booked["payment"]["payment_intent_id"])
        confirm(api, booked)
        answer = api.post(INTENT, keys(booked))
        assert answer.status_code == 409
        assert answer.json()["error_code"] == "nothing_due"

    def test_says_that_stripe_is_silent(
        self, api: Api, booked: dict[str, Any], settings: Settings
    ) -> None:
        settings.STRIPE_API_BASE = "http://127.0.0.1:9"
        for answer in (api.post(INTENT, keys(booked)), confirm(api, booked)):
            assert answer.status_code == 502
            assert answer.json()["error_code"] == "payment_provider_unreachable"
        assert Payment.objects.get().state == "pending"

    def test_takes_an_email_address_and_checks_it(self, api: Api, booked: dict[str, Any]) -> None:
        good = api.post(INTENT, keys(booked) | {"customer_email": "ada@example.com"})
        bad = api.post(INTENT, keys(booked) | {"customer_email": "ada"})
        assert (good.status_code, bad.status_code) == (200, 400)


@pytest.mark.django_db
class TestConfirm:
    def test_believes_stripe_and_not_the_guest(self, api: Api, booked: dict[str, Any]) -> None:
        told = confirm(api, booked).json()
        assert told["payment_status"] == "pending"
        assert told["booking_status"] == "pending"

    def test_confirms_what_was_paid(
        self, api: Api, booked: dict[str, Any], stripe: Sandbox
    ) -> None:
        stripe.pay(booked["payment"]["payment_intent_id"])
        for _ in range(2):
            told = confirm(api, booked).json()
            assert told["payment_status"] == "succeeded"
            assert told["booking_status"] == "paid"
        assert Payment.objects.get().captured_cents == booked["booking"]["total_price_cents"]

    def test_waits_for_the_bank(self, api: Api, booked: dict[str, Any], stripe: Sandbox) -> None:
        stripe.pay(booked["payment"]["payment_intent_id"], card="4000002500003155")
        assert confirm(api, booked).json()["payment_status"] == "requires_action"

    def test_does_not_open_another_booking(
        self, api: Api, catalog: ChangeSet, booked: dict[str, Any], stripe: Sandbox
    ) -> None:
        other = api.post("/public/guest-booking/", booking_wish()).json()
        stripe.pay(booked["payment"]["payment_intent_id"])
        asked = {
            "payment_intent_id": booked["payment"]["payment_intent_id"],
            "access_token": other["booking"]["access_token"],
        }
        unknown = asked | {"payment_intent_id": "pi_none"}
        first, second = (without_time(api.post(CONFIRM, each)) for each in (asked, unknown))
        assert first == second
        assert first[0] == 404
        assert {each.state for each in Booking.objects.all()} == {"pending"}

    def test_leads_to_one_message(
        self, api: Api, booked: dict[str, Any], stripe: Sandbox, mailoutbox: list[Any]
    ) -> None:
        stripe.pay(booked["payment"]["payment_intent_id"])
        confirm(api, booked)
        confirm(api, booked)
        run_jobs()
        paid = [each for each in mailoutbox if each.subject.startswith("Paid")]
        assert [each.to for each in paid] == [[ADA["email"]]]


class TestThePublicId:
    def test_leads_back_to_the_booking(self) -> None:
        for pk in (1, 2, 1_000_000, 2**40):
            assert booking_pk(public_id(Booking(pk=pk))) == pk

    def test_cannot_be_made_up(self) -> None:
        known = public_id(Booking(pk=7))
        for bit in range(128):
            assert booking_pk(UUID(int=known.int ^ (1 << bit))) is None

    def test_is_a_random_looking_uuid(self) -> None:
        ids = [public_id(Booking(pk=pk)) for pk in range(1, 200)]
        assert len({each.bytes[:4] for each in ids}) == len(ids)
        assert {each.version for each in ids} == {4}


def without_time(answer: Any) -> tuple[int, tuple[str, ...]]:
    told = answer.json()
    return answer.status_code, tuple(
        str(told[name]) for name in sorted(told) if name != "timestamp"
    )
