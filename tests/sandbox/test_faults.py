from __future__ import annotations

from typing import Any

import pytest
import stripe as library

from backoffice.sandbox.stripe import Sandbox
from tests.sandbox.conftest import client_of

WISH = {"amount": 5_000, "currency": "usd"}
K1 = {"idempotency_key": "k1"}


def made(sandbox: Sandbox) -> int:
    return len(sandbox.made("payment_intent"))


class TestFaults:
    @pytest.mark.parametrize("trouble", ["answer_lost", "error_500_after"])
    def test_lose_the_answer_but_not_the_effect(
        self, client: Any, sandbox: Sandbox, trouble: str
    ) -> None:
        sandbox.faults.add(trouble)
        with pytest.raises((library.APIConnectionError, library.APIError)):
            client.payment_intents.create(WISH, K1)
        assert made(sandbox) == 1

    def test_of_a_lost_answer_leave_it_under_its_key(self, client: Any, sandbox: Sandbox) -> None:
        sandbox.faults.add("answer_lost")
        with pytest.raises(library.APIConnectionError):
            client.payment_intents.create(WISH, K1)
        intent = client.payment_intents.create(WISH, K1)
        assert intent.last_response.headers["Idempotent-Replayed"] == "true"
        assert made(sandbox) == 1

    def test_of_500_after_the_effect_stay_under_the_key(
        self, client: Any, sandbox: Sandbox
    ) -> None:
        sandbox.faults.add("error_500_after")
        for _ in range(2):
            with pytest.raises(library.APIError) as fault:
                client.payment_intents.create(WISH, K1)
            assert fault.value.http_status == 500
        assert made(sandbox) == 1

    @pytest.mark.parametrize(
        ("trouble", "error", "status"),
        [
            ("error_500", library.APIError, 500),
            ("rate_limit", library.RateLimitError, 429),
            ("forbidden", library.PermissionError, 403),
            ("conflict", library.APIError, 409),
            ("reset", library.APIConnectionError, None),
        ],
    )
    def test_before_the_effect_leave_nothing(
        self, client: Any, sandbox: Sandbox, trouble: str, error: type, status: int | None
    ) -> None:
        sandbox.faults.add(trouble)
        with pytest.raises(error) as fault:
            client.payment_intents.create(WISH, K1)
        assert fault.value.http_status == status
        assert made(sandbox) == 0
        client.payment_intents.create(WISH, K1)
        assert made(sandbox) == 1

    def test_make_an_answer_slow(self, sandbox: Sandbox) -> None:
        sandbox.faults.add("slow", seconds=30)
        with pytest.raises(library.APIConnectionError):
            client_of(sandbox.url, timeout=0.2).payment_intents.create(WISH)
        assert made(sandbox) == 1

    def test_strike_only_what_they_name_and_in_order(self, client: Any, sandbox: Sandbox) -> None:
        sandbox.faults.add("rate_limit", path="/refunds")
        sandbox.faults.add("error_500", path="/payment_intents", method="GET")
        sandbox.faults.add("rate_limit", path="/payment_intents", method="GET", times=2)
        intent = client.payment_intents.create(WISH)
        raised = []
        for _ in range(3):
            with pytest.raises(library.StripeError) as fault:
                client.payment_intents.retrieve(intent.id)
            raised.append(fault.value.http_status)
        assert raised == [500, 429, 429]
        assert client.payment_intents.retrieve(intent.id).id == intent.id
        assert [fault.path for fault in sandbox.faults.script] == ["/refunds"]

    def test_are_counted_among_the_requests(self, client: Any, sandbox: Sandbox) -> None:
        sandbox.faults.add("error_500")
        with pytest.raises(library.APIError):
            client.payment_intents.create(WISH)
        [(method, path, asked)] = sandbox.requests
        assert (method, path) == ("POST", "/v1/payment_intents")
        assert asked == {"amount": "5000", "currency": "usd"}

    def test_must_be_known(self, sandbox: Sandbox) -> None:
        with pytest.raises(ValueError, match="meteor"):
            sandbox.faults.add("meteor")


class TestStop:
    def test_ends_kept_connections_too(self, client: Any, sandbox: Sandbox) -> None:
        client.payment_intents.create(WISH)
        sandbox.stop()
        with pytest.raises(library.APIConnectionError):
            client.payment_intents.create(WISH)
