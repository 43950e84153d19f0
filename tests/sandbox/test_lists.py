from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import stripe as library

from backoffice.sandbox.stripe import Sandbox
from tests.sandbox.conftest import Clock


class TestLists:
    def test_are_paged_newest_first(self, client: Any, new_intent: Callable[..., Any]) -> None:
        ids = [new_intent().id for _ in range(25)][::-1]

        first = client.payment_intents.list()
        assert ([each.id for each in first.data], first.has_more) == (ids[:10], True)
        pages = client.payment_intents.list({"limit": 10}).auto_paging_iter()
        assert [each.id for each in pages] == ids
        last = client.payment_intents.list({"limit": 10, "starting_after": ids[19]})
        assert ([each.id for each in last.data], last.has_more) == (ids[20:], False)
        before = client.payment_intents.list({"limit": 3, "ending_before": ids[10]})
        assert [each.id for each in before.data] == ids[7:10]

    def test_are_filtered_by_creation(
        self, client: Any, clock: Clock, new_intent: Callable[..., Any]
    ) -> None:
        begun = int(clock.moment)
        ids = []
        for _ in range(4):
            ids.append(new_intent().id)
            clock.moment += 10

        def found(**created: int) -> list[str]:
            told = client.payment_intents.list({"created": created}).data
            return [each.id for each in told][::-1]

        assert found(gte=begun + 10) == ids[1:]
        assert found(gt=begun + 10) == ids[2:]
        assert found(gte=begun + 10, lt=begun + 30) == ids[1:3]
        assert found(lte=begun) == ids[:1]

    def test_expand_what_they_hold(self, client: Any, paid: Callable[..., str]) -> None:
        intent_id = paid()
        expand = ["data.latest_charge.balance_transaction"]
        [told] = client.payment_intents.list({"expand": expand}).data
        assert told.id == intent_id
        assert told.latest_charge.balance_transaction.fee == 175

    def test_of_balance_transactions_take_type_and_source(
        self, client: Any, sandbox: Sandbox, paid: Callable[..., str]
    ) -> None:
        intent_id = paid()
        made = sandbox.dashboard_refund(intent_id, 500)
        assert [each.type for each in client.balance_transactions.list().data] == [
            "refund",
            "charge",
        ]
        [charge] = client.balance_transactions.list({"type": "charge"}).data
        [refund] = client.balance_transactions.list({"source": made["id"]}).data
        assert (charge.net, refund.net) == (4_825, -500)

    def test_of_charges_and_events_take_their_filters(
        self, client: Any, paid: Callable[..., str]
    ) -> None:
        paid()
        intent_id = paid()
        [charge] = client.charges.list({"payment_intent": intent_id}).data
        events = client.events.list({"type": "payment_intent.succeeded"}).data
        assert events[0].data.object.id == intent_id
        assert len(events) == 2
        told = client.events.retrieve(events[0].id)
        assert told.data.object.latest_charge == charge.id

    @pytest.mark.parametrize(
        "params",
        [
            {"colour": "red"},
            {"limit": 0},
            {"limit": 101},
            {"limit": "x"},
            {"created": {"after": 1}},
            {"created": {"gte": "x"}},
            {"starting_after": "pi_none"},
            {"expand": ["data.colour"]},
        ],
    )
    def test_refuse_what_stripe_does_not_know(self, client: Any, params: dict[str, Any]) -> None:
        with pytest.raises(library.InvalidRequestError) as refusal:
            client.payment_intents.list(params)
        assert refusal.value.http_status == 400


class TestRetrieve:
    @pytest.mark.parametrize("kind", ["payment_intents", "refunds", "charges", "events"])
    def test_does_not_find_what_is_not_there(self, client: Any, kind: str) -> None:
        with pytest.raises(library.InvalidRequestError) as refusal:
            getattr(client, kind).retrieve("xx_none")
        assert (refusal.value.http_status, refusal.value.code) == (404, "resource_missing")

    def test_refuses_addresses_it_does_not_know(self, client: Any) -> None:
        with pytest.raises(library.InvalidRequestError, match="Unrecognized request URL"):
            client.payouts.list()

    def test_refuses_to_expand_what_holds_nothing(
        self, client: Any, new_intent: Callable[..., Any]
    ) -> None:
        with pytest.raises(library.InvalidRequestError, match="cannot be expanded"):
            client.payment_intents.retrieve(new_intent().id, {"expand": ["metadata"]})
