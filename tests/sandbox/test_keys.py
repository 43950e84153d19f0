from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import stripe as library

from backoffice.sandbox.stripe import Sandbox
from tests.sandbox.conftest import Clock
from tests.sandbox.receiver import Receiver

WISH = {"amount": 5_000, "currency": "usd"}
K1 = {"idempotency_key": "k1"}


class TestTheSameKey:
    def test_gives_the_first_answer_again_and_says_so(self, client: Any, sandbox: Sandbox) -> None:
        first = client.payment_intents.create(WISH, K1)
        sandbox.pay(first.id)
        again = client.payment_intents.create(WISH, K1)

        assert again.to_dict() == first.to_dict()
        assert "Idempotent-Replayed" not in first.last_response.headers
        assert again.last_response.headers["Idempotent-Replayed"] == "true"
        assert len(sandbox.made("payment_intent")) == 1

    @pytest.mark.parametrize("change", [{"amount": 5_001}, {"description": "more"}])
    def test_is_refused_for_another_request(
        self, client: Any, sandbox: Sandbox, change: dict[str, Any]
    ) -> None:
        client.payment_intents.create(WISH, K1)
        with pytest.raises(library.IdempotencyError) as refusal:
            client.payment_intents.create({**WISH, **change}, K1)
        assert refusal.value.http_status == 400
        assert len(sandbox.made("payment_intent")) == 1

    def test_is_refused_at_another_address(self, client: Any) -> None:
        intent = client.payment_intents.create(WISH, K1)
        with pytest.raises(library.IdempotencyError):
            client.payment_intents.cancel(intent.id, {}, K1)

    def test_is_refused_while_the_first_request_is_under_way(
        self, client: Any, sandbox: Sandbox, receiver: Receiver
    ) -> None:
        sandbox.faults.add("slow", seconds=30)
        with ThreadPoolExecutor(1) as pool:
            first = pool.submit(client.payment_intents.create, WISH, K1)
            receiver.wait_for(1)
            with pytest.raises(library.APIError) as refusal:
                client.payment_intents.create(WISH, K1)
            sandbox.api.stopped.set()
            assert first.result(5).status == "requires_payment_method"
        assert refusal.value.http_status == 409
        assert refusal.value.json_body["error"]["code"] == "idempotency_key_in_use"
        assert len(sandbox.made("payment_intent")) == 1

    def test_makes_one_object_however_many_ask_at_once(self, client: Any, sandbox: Sandbox) -> None:
        def ask(_: int) -> int:
            try:
                client.payment_intents.create(WISH, K1)
            except library.APIError as error:
                return error.http_status or 0
            return 200

        with ThreadPoolExecutor(16) as pool:
            statuses = set(pool.map(ask, range(64)))
        assert 200 in statuses <= {200, 409}
        assert len(sandbox.made("payment_intent")) == 1

    def test_is_forgotten_after_a_day(self, client: Any, sandbox: Sandbox, clock: Clock) -> None:
        first = client.payment_intents.create(WISH, K1)
        clock.moment += 24 * 3600
        assert client.payment_intents.create(WISH, K1).id == first.id
        clock.moment += 1
        assert client.payment_intents.create(WISH, K1).id != first.id

    def test_may_not_be_long(self, client: Any) -> None:
        with pytest.raises(library.InvalidRequestError, match="255 characters"):
            client.payment_intents.create(WISH, {"idempotency_key": "k" * 256})


class TestWhatIsKept:
    def test_is_a_decline(self, client: Any, paid: Callable[..., str], sandbox: Sandbox) -> None:
        intent = client.payment_intents.create(WISH)
        declined = {"payment_method": "pm_card_chargeDeclined"}
        for _ in range(2):
            with pytest.raises(library.CardError):
                client.payment_intents.confirm(intent.id, declined, K1)
        assert len(sandbox.made("charge")) == 1

    def test_is_a_refusal_for_the_state_of_things(
        self, client: Any, sandbox: Sandbox, paid: Callable[..., str]
    ) -> None:
        intent_id = paid()
        made = client.refunds.create({"payment_intent": intent_id})
        wish = {"payment_intent": intent_id, "amount": 100}
        with pytest.raises(library.InvalidRequestError, match="already been refunded"):
            client.refunds.create(wish, K1)

        sandbox.fail_refund(made.id)

        with pytest.raises(library.InvalidRequestError, match="already been refunded"):
            client.refunds.create(wish, K1)
        assert client.refunds.create(wish).status == "succeeded"

    def test_is_not_a_refusal_of_the_request_itself(self, client: Any) -> None:
        with pytest.raises(library.InvalidRequestError):
            client.payment_intents.create({**WISH, "colour": "red"}, K1)
        assert client.payment_intents.create(WISH, K1).amount == 5_000
