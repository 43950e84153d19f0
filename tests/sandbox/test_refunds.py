from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import stripe as library

from backoffice.sandbox.stripe import Sandbox
from backoffice.sandbox.stripe.wire import ApiError


def types(sandbox: Sandbox, count: int) -> list[str]:
    return [event["type"] for event in sandbox.events][-count:]


class TestRefund:
    def test_sends_back_a_part_and_then_the_rest(
        self, client: Any, sandbox: Sandbox, paid: Callable[..., str]
    ) -> None:
        intent_id = paid(5_000)
        first = client.refunds.create(
            {
                "payment_intent": intent_id,
                "amount": 1_500,
                "reason": "requested_by_customer",
                "metadata": {"refund_id": "3"},
            }
        )
        assert (first.status, first.amount, first.reason) == (
            "succeeded",
            1_500,
            "requested_by_customer",
        )
        assert types(sandbox, 2) == ["refund.created", "charge.refunded"]
        movement = client.balance_transactions.retrieve(first.balance_transaction)
        assert (movement.type, movement.amount, movement.source) == ("refund", -1_500, first.id)

        rest = client.refunds.create({"payment_intent": intent_id})
        charge = client.charges.retrieve(rest.charge)
        assert (rest.amount, charge.amount_refunded, charge.refunded) == (3_500, 5_000, True)
        listed = client.refunds.list({"payment_intent": intent_id}).data
        assert [each.id for each in listed] == [rest.id, first.id]
        assert client.refunds.retrieve(first.id).metadata.to_dict() == {"refund_id": "3"}

    def test_never_sends_back_more_than_was_paid(
        self, client: Any, sandbox: Sandbox, paid: Callable[..., str]
    ) -> None:
        intent_id = paid(5_000)
        with pytest.raises(library.InvalidRequestError, match="greater than unrefunded") as more:
            client.refunds.create({"payment_intent": intent_id, "amount": 5_001})
        client.refunds.create({"payment_intent": intent_id})
        with pytest.raises(library.InvalidRequestError) as again:
            client.refunds.create({"payment_intent": intent_id, "amount": 1})

        assert more.value.param == "amount"
        assert again.value.code == "charge_already_refunded"
        assert len(sandbox.made("refund")) == 1

    @pytest.mark.parametrize(
        "params", [{"amount": 0}, {"amount": -5}, {"reason": "bored"}, {"colour": "red"}]
    )
    def test_refuses_what_makes_no_sense(
        self, client: Any, paid: Callable[..., str], params: dict[str, Any]
    ) -> None:
        with pytest.raises(library.InvalidRequestError):
            client.refunds.create({"payment_intent": paid(), **params})

    def test_needs_a_successful_charge(
        self, client: Any, sandbox: Sandbox, new_intent: Callable[..., Any]
    ) -> None:
        intent = new_intent()
        for _ in range(2):
            with pytest.raises(library.InvalidRequestError, match="successful charge"):
                client.refunds.create({"payment_intent": intent.id})
            with pytest.raises(ApiError):
                sandbox.pay(intent.id, "pm_card_chargeDeclined")

    def test_knows_the_refunds_of_the_dashboard(
        self, client: Any, sandbox: Sandbox, paid: Callable[..., str]
    ) -> None:
        intent_id = paid()
        made = sandbox.dashboard_refund(intent_id, 700)
        assert made["metadata"] == {}
        assert client.refunds.list({"payment_intent": intent_id}).data[0].amount == 700


class TestWhatBecomesOfARefund:
    def test_arrives_later(self, client: Any, sandbox: Sandbox, paid: Callable[..., str]) -> None:
        made = client.refunds.create({"payment_intent": paid(card="pm_card_pendingRefund")})
        assert made.status == "pending"

        assert sandbox.settle_refund(made.id)["status"] == "succeeded"
        assert types(sandbox, 2) == ["refund.updated", "charge.refund.updated"]
        with pytest.raises(ApiError, match="succeeded already"):
            sandbox.settle_refund(made.id)

    def test_comes_back_after_it_succeeded(
        self, client: Any, sandbox: Sandbox, paid: Callable[..., str]
    ) -> None:
        made = client.refunds.create({"payment_intent": paid(card="pm_card_refundFail")})
        assert made.status == "succeeded"

        failed = sandbox.settle_refund(made.id)

        assert (failed["status"], failed["failure_reason"]) == (
            "failed",
            "expired_or_canceled_card",
        )
        assert "refund.failed" in types(sandbox, 3)
        moved = client.balance_transactions.list({"source": made.id}).data
        assert {each.type: each.amount for each in moved} == {
            "refund": -5_000,
            "refund_failure": 5_000,
        }
        assert client.charges.retrieve(made.charge).amount_refunded == 0
        with pytest.raises(ApiError, match="failed already"):
            sandbox.fail_refund(made.id)

    def test_waits_whatever_the_card_when_told_to(
        self, client: Any, sandbox: Sandbox, paid: Callable[..., str]
    ) -> None:
        sandbox.refunds.pend = True
        made = client.refunds.create({"payment_intent": paid()})
        assert made.status == "pending"
        assert sandbox.fail_refund(made.id)["status"] == "failed"


class TestDispute:
    def test_takes_the_money_back_and_blocks_refunds(
        self, client: Any, sandbox: Sandbox, paid: Callable[..., str]
    ) -> None:
        intent_id = paid(5_000)
        dispute = sandbox.dispute(intent_id)

        assert types(sandbox, 2) == [
            "charge.dispute.created",
            "charge.dispute.funds_withdrawn",
        ]
        [movement] = client.balance_transactions.list({"source": dispute["id"]}).data
        assert (movement.type, movement.amount, movement.fee) == ("adjustment", -5_000, 1_500)
        assert client.charges.retrieve(dispute["charge"]).disputed
        with pytest.raises(library.InvalidRequestError) as refusal:
            client.refunds.create({"payment_intent": intent_id})
        assert refusal.value.code == "charge_disputed"
        with pytest.raises(ApiError, match="cannot be disputed"):
            sandbox.dispute(intent_id)

    def test_gives_it_back_when_won(
        self, client: Any, sandbox: Sandbox, paid: Callable[..., str]
    ) -> None:
        intent_id = paid(card="pm_card_createDispute")
        [dispute] = sandbox.made("dispute")
        sandbox.close_dispute(dispute["id"], "won")

        assert types(sandbox, 2) == [
            "charge.dispute.funds_reinstated",
            "charge.dispute.closed",
        ]
        assert client.disputes.retrieve(dispute["id"]).status == "won"
        assert client.refunds.create({"payment_intent": intent_id}).status == "succeeded"

    def test_keeps_it_when_lost(self, sandbox: Sandbox, paid: Callable[..., str]) -> None:
        dispute = sandbox.dispute(paid())
        sandbox.close_dispute(dispute["id"], "lost")
        assert types(sandbox, 1) == ["charge.dispute.closed"]
        with pytest.raises(ApiError, match="it cannot become won"):
            sandbox.close_dispute(dispute["id"], "won")
