from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from pytest_django import Settings

from backoffice.sandbox.stripe.webhooks import sign
from domain.payments import gateway


def told(**changes: Any) -> bytes:
    event = {
        "id": "evt_1",
        "object": "event",
        "type": "payment_intent.succeeded",
        "created": 1_780_000_000,
        "livemode": False,
        "data": {"object": {"id": "pi_1", "object": "payment_intent"}},
    }
    return json.dumps({**event, **changes}).encode()


class TestVerifyEvent:
    def signed(self, payload: bytes, settings: Settings, *, age: int = 0) -> str:
        moment = int(time.time()) - age
        return sign(payload.decode(), settings.STRIPE_WEBHOOK_SECRET, moment)

    def test_reads_what_stripe_signed(self, settings: Settings) -> None:
        event = gateway.verify_event(told(), self.signed(told(), settings))
        assert (event.id, event.type, event.object_type, event.object_id) == (
            "evt_1",
            "payment_intent.succeeded",
            "payment_intent",
            "pi_1",
        )
        assert event.created == datetime.fromtimestamp(1_780_000_000, UTC)
        assert not event.livemode
        assert event.payload["data"]["object"]["id"] == "pi_1"

    def test_takes_kinds_it_does_not_know(self, settings: Settings) -> None:
        payload = told(type="moon.risen", data={"object": {"object": "moon"}}, colour="red")
        event = gateway.verify_event(payload, self.signed(payload, settings))
        assert (event.type, event.object_id) == ("moon.risen", "")

    @pytest.mark.parametrize("age", [301, 86_400])
    def test_refuses_a_stale_signature(self, settings: Settings, age: int) -> None:
        with pytest.raises(gateway.BadSignature):
            gateway.verify_event(told(), self.signed(told(), settings, age=age))

    def test_refuses_one_byte_of_difference(self, settings: Settings) -> None:
        changed = told().replace(b"pi_1", b"pi_2")
        with pytest.raises(gateway.BadSignature):
            gateway.verify_event(changed, self.signed(told(), settings))

    @pytest.mark.parametrize(
        "signature", ["", "t=1,v1=x", "nonsense", "t=x,v1=é", "v1=abc", "t=1780000000,v0=abc"]
    )
    def test_refuses_other_signatures(self, signature: str) -> None:
        with pytest.raises(gateway.BadSignature):
            gateway.verify_event(told(), signature)

    @pytest.mark.parametrize(
        "payload", [b"", b"[]", b"null", b"{}", told(data={}), told(data=None), told(created="x")]
    )
    def test_refuses_what_is_signed_but_no_event(self, settings: Settings, payload: bytes) -> None:
        with pytest.raises(gateway.BadSignature):
            gateway.verify_event(payload, self.signed(payload, settings))

    def test_believes_nobody_without_a_secret(self, settings: Settings) -> None:
        settings.STRIPE_WEBHOOK_SECRET = ""
        with pytest.raises(gateway.BadSignature, match="no event can be believed"):
            gateway.verify_event(told(), self.signed(told(), settings))
