from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from backoffice.sandbox.stripe import Sandbox
from backoffice.sandbox.stripe.webhooks import sign
from domain.bookings.models import Booking
from domain.payments.models import Payment, WebhookEvent
from tests.jobs import run_jobs, waiting_jobs

PATH = "/api/webhooks/stripe/"


def event(intent: object, **changes: object) -> dict[str, Any]:
    return {
        "id": "evt_1",
        "object": "event",
        "type": "payment_intent.succeeded",
        "created": int(timezone.now().timestamp()),
        "livemode": False,
        "data": {"object": {"id": intent, "object": "payment_intent"}},
    } | changes


def signed(payload: str, settings: Settings, *, age: int = 0, secret: str = "") -> str:
    moment = int(timezone.now().timestamp()) - age
    return sign(payload, secret or settings.STRIPE_WEBHOOK_SECRET, moment)


def send(payload: str | bytes, signature: str | None) -> Any:
    headers = {} if signature is None else {"Stripe-Signature": signature}
    client = Client(raise_request_exception=False)
    return client.post(PATH, payload, content_type="application/json", headers=headers)


@pytest.mark.django_db
class TestStripeWebhook:
    def test_stores_an_event_once_and_rings(self, settings: Settings) -> None:
        payload = json.dumps(event("pi_none"))
        for _ in range(3):
            assert send(payload, signed(payload, settings)).status_code == 200
        assert WebhookEvent.objects.count() == 1
        assert waiting_jobs().count("domain.flows.tasks.process_event") == 1

    def test_confirms_a_booking(
        self, booked: dict[str, Any], stripe: Sandbox, settings: Settings
    ) -> None:
        stripe.pay(booked["payment"]["payment_intent_id"])
        for told in stripe.events:
            payload = json.dumps(told)
            assert send(payload, signed(payload, settings)).status_code == 200
        run_jobs()
        assert Booking.objects.get().state == "paid"

    @pytest.mark.parametrize(
        "forge",
        [
            lambda payload, settings: None,
            lambda payload, settings: "",
            lambda payload, settings: "t=1,v1=",
            lambda payload, settings: "t=é,v1=é",
            lambda payload, settings: signed(payload, settings, secret="whsec_other"),
            lambda payload, settings: signed(payload, settings).replace("v1=", "v0="),
            lambda payload, settings: signed(payload + " ", settings),
            lambda payload, settings: signed(payload, settings, age=301),
        ],
    )
    def test_refuses_what_stripe_did_not_sign(self, settings: Settings, forge: Any) -> None:
        payload = json.dumps(event("pi_1"))
        answer = send(payload, forge(payload, settings))
        assert answer.status_code == 400
        assert answer.json()["error_code"] == "bad_signature"
        assert not WebhookEvent.objects.exists()

    @pytest.mark.parametrize("payload", [b"", b"\xff\xfe", b"[]", b'"event"', b"{}", b"{"])
    def test_refuses_what_is_no_event(self, settings: Settings, payload: bytes) -> None:
        signature = signed(payload.decode(errors="replace"), settings)
        assert send(payload, signature).status_code == 400
        assert not WebhookEvent.objects.exists()

    def test_refuses_a_huge_body(self, settings: Settings) -> None:
        payload = json.dumps(event("pi_1", padding="x" * 5_000_000))
        assert send(payload, signed(payload, settings)).status_code == 413
        assert not WebhookEvent.objects.exists()

    @pytest.mark.parametrize(
        "change",
        [
            {"livemode": True},
            {"data": {"object": {"id": "pi_unknown", "object": "payment_intent"}}},
            {"type": "customer.created", "data": {"object": {"id": "cus_1", "object": "customer"}}},
        ],
    )
    def test_stores_and_ignores_what_is_not_ours(
        self, booked: dict[str, Any], settings: Settings, change: dict[str, Any]
    ) -> None:
        payload = json.dumps(event(booked["payment"]["payment_intent_id"], **change))
        assert send(payload, signed(payload, settings)).status_code == 200
        run_jobs()
        stored = WebhookEvent.objects.get()
        assert stored.state == "ignored"
        assert stored.outcome
        assert Payment.objects.get().state == "pending"

    def test_does_not_believe_the_event_itself(
        self, booked: dict[str, Any], settings: Settings
    ) -> None:
        payload = json.dumps(event(booked["payment"]["payment_intent_id"]))
        send(payload, signed(payload, settings))
        run_jobs()
        assert Booking.objects.get().state == "pending"

    def test_is_not_answered_with_200_unless_it_is_stored(
        self, settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(**_: object) -> None:
            raise RuntimeError("The disk is full.")

        monkeypatch.setattr("api.webhooks.store_event", fail)
        payload = json.dumps(event("pi_1"))
        answer = send(payload, signed(payload, settings))
        assert answer.status_code == 500
        assert "disk" not in answer.content.decode()
