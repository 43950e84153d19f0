from __future__ import annotations

import threading
import time
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
import stripe as library

from backoffice.sandbox.stripe import Sandbox
from backoffice.sandbox.stripe.sandbox import SECRET
from tests.sandbox.receiver import Receiver

PAID = [
    "payment_intent.created",
    "charge.succeeded",
    "payment_intent.succeeded",
]


class TestWebhooks:
    def test_are_signed_and_tell_what_happened(
        self, receiver: Receiver, paid: Callable[..., str]
    ) -> None:
        intent_id = paid()
        events = receiver.wait_for(3)

        assert [event["type"] for event in events] == PAID
        told = library.Webhook.construct_event(receiver.bodies[2], receiver.signatures[2], SECRET)
        assert told.data.object.id == intent_id
        assert (told.data.object.status, told.livemode) == ("succeeded", False)
        assert told.api_version == library.api_version

    def test_are_the_events_that_can_be_fetched(
        self, client: Any, receiver: Receiver, sandbox: Sandbox, paid: Callable[..., str]
    ) -> None:
        paid()
        ids = [event["id"] for event in receiver.wait_for(3)]
        assert ids == [event["id"] for event in sandbox.events]
        assert ids[::-1] == [event.id for event in client.events.list().data]

    def test_come_again_until_they_are_answered(
        self, receiver: Receiver, sandbox: Sandbox, new_intent: Callable[..., Any]
    ) -> None:
        receiver.statuses.extend([500, 503, 302])
        new_intent()
        receiver.wait_for(4)
        sandbox.sender.flush()
        assert receiver.types() == ["payment_intent.created"] * 4
        assert [status for _, status in sandbox.sender.deliveries] == [500, 503, 302, 200]
        assert len({event["id"] for event in receiver.events()}) == 1

    def test_are_given_up_in_the_end(
        self, receiver: Receiver, sandbox: Sandbox, new_intent: Callable[..., Any]
    ) -> None:
        sandbox.post.retries = 2
        receiver.statuses.extend([500] * 9)
        new_intent()
        sandbox.sender.flush()
        assert len(receiver.bodies) == 3

    def test_survive_a_receiver_that_is_away(
        self, sandbox: Sandbox, new_intent: Callable[..., Any]
    ) -> None:
        sandbox.post.backoff_seconds = 0.05
        sandbox.sender.url = "http://127.0.0.1:9/hooks"
        new_intent()
        back = Receiver()
        sandbox.sender.url = back.url
        back.wait_for(1)
        back.stop()

    def test_go_nowhere_without_an_address(
        self, sandbox: Sandbox, new_intent: Callable[..., Any]
    ) -> None:
        new_intent()
        sandbox.sender.flush()
        assert sandbox.sender.deliveries == []
        assert sandbox.deliver(sandbox.events) == [0]


class TestMistreatment:
    def test_copies(self, receiver: Receiver, sandbox: Sandbox, paid: Callable[..., str]) -> None:
        sandbox.post.copies = 3
        paid()
        events = receiver.wait_for(9)
        sandbox.sender.flush()
        assert len(events) == 9
        assert len({event["id"] for event in events}) == 3

    def test_drops(self, receiver: Receiver, sandbox: Sandbox, paid: Callable[..., str]) -> None:
        sandbox.post.drop = {"payment_intent.succeeded"}
        paid()
        sandbox.sender.flush()
        assert receiver.types() == PAID[:2]

    def test_delays(
        self, receiver: Receiver, sandbox: Sandbox, new_intent: Callable[..., Any]
    ) -> None:
        sandbox.post.delay_seconds = 0.1
        new_intent()
        assert receiver.bodies == []
        receiver.wait_for(1)

    def test_holds_and_delivers_in_any_order(
        self, receiver: Receiver, sandbox: Sandbox, paid: Callable[..., str]
    ) -> None:
        sandbox.post.hold = True
        for _ in range(4):
            paid()
        assert len(sandbox.sender.held) == 12

        statuses = sandbox.deliver(copies=2, shuffle=Random(7))

        assert statuses == [200] * 24
        order = [event["id"] for event in receiver.events()]
        made = [event["id"] for event in sandbox.events]
        assert sorted(order) == sorted(made * 2)
        assert order != made * 2
        assert sandbox.sender.held == []

    def test_sends_any_event_again(
        self, receiver: Receiver, sandbox: Sandbox, paid: Callable[..., str]
    ) -> None:
        paid()
        receiver.wait_for(3)
        assert sandbox.deliver(sandbox.events[-1:]) == [200]
        assert receiver.types() == [*PAID, PAID[-1]]

    @pytest.mark.parametrize(
        "forgery", [{"secret": "whsec_other"}, {"at": time.time() - 301}], ids=["secret", "stale"]
    )
    def test_forges_signatures(
        self, receiver: Receiver, sandbox: Sandbox, new_intent: Callable[..., Any], forgery: Any
    ) -> None:
        sandbox.post.hold = True
        new_intent()
        sandbox.deliver(**forgery)
        with pytest.raises(library.SignatureVerificationError):
            library.Webhook.construct_event(receiver.bodies[0], receiver.signatures[0], SECRET)

    def test_speaks_of_real_money(
        self, receiver: Receiver, sandbox: Sandbox, new_intent: Callable[..., Any]
    ) -> None:
        sandbox.store.livemode = True
        assert new_intent().livemode
        assert receiver.wait_for(1)[0]["livemode"]


class TestFlush:
    def test_says_when_it_waited_in_vain(
        self, receiver: Receiver, sandbox: Sandbox, new_intent: Callable[..., Any]
    ) -> None:
        sandbox.post.delay_seconds = 30
        new_intent()
        with pytest.raises(TimeoutError, match="1 events"):
            sandbox.sender.flush(0.05)

    def test_waits_for_what_is_repeated(
        self, receiver: Receiver, sandbox: Sandbox, new_intent: Callable[..., Any]
    ) -> None:
        receiver.statuses.extend([500] * 3)
        new_intent()
        waiting = threading.Thread(target=sandbox.sender.flush)
        waiting.start()
        waiting.join(5)
        assert len(receiver.bodies) == 4
