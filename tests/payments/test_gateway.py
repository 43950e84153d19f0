from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from backoffice.sandbox.stripe import Sandbox
from domain.payments import gateway
from tests.payments.support import create, refund

pytestmark = pytest.mark.usefixtures("no_database")


class TestCreateIntent:
    def test_tells_stripe_what_it_is_for(self, stripe: Sandbox) -> None:
        intent = create(receipt_email="ada@example.com")

        assert (intent.status, intent.amount_cents, intent.amount_received_cents) == (
            "requires_payment_method",
            17_250,
            0,
        )
        assert (intent.currency, intent.livemode, intent.charge) == ("USD", False, None)
        assert intent.metadata == {
            "booking_id": "7",
            "booking_number": "TT-1",
            "payment_id": "3",
        }
        [made] = stripe.made("payment_intent")
        assert made["automatic_payment_methods"] == {"enabled": True}
        assert (made["description"], made["receipt_email"]) == (
            "Booking TT-1",
            "ada@example.com",
        )

    def test_makes_one_however_often_the_key_comes(self, stripe: Sandbox) -> None:
        assert create() == create()
        assert len(stripe.made("payment_intent")) == 1

    def test_makes_one_when_many_ask_at_once(self, stripe: Sandbox) -> None:
        stripe.faults.add("conflict", times=3)
        with ThreadPoolExecutor(8) as pool:
            intents = set(pool.map(lambda _: create().id, range(8)))
        assert len(intents) == len(stripe.made("payment_intent")) == 1

    def test_shows_its_secret_to_no_log(self, stripe: Sandbox) -> None:
        intent = create()
        assert intent.client_secret
        assert intent.client_secret not in repr(intent)


class TestFetchIntent:
    def test_tells_the_charge_and_the_fee(self, stripe: Sandbox) -> None:
        intent = create()
        stripe.pay(intent.id, "pm_card_mastercard")
        stripe.dashboard_refund(intent.id, 1_000)

        paid = gateway.fetch_intent(intent.id)

        charge = paid.charge
        assert charge is not None
        assert (paid.status, paid.amount_received_cents) == ("succeeded", 17_250)
        assert (charge.brand, charge.last4, charge.disputed) == ("mastercard", "4444", False)
        assert (charge.amount_captured_cents, charge.amount_refunded_cents) == (17_250, 1_000)
        assert charge.fee_cents == 530
        assert charge.balance_transaction_id.startswith("txn_")

    def test_tells_why_a_card_was_declined(self, stripe: Sandbox) -> None:
        intent = create()
        with pytest.raises(Exception, match="insufficient funds"):
            stripe.pay(intent.id, "pm_card_chargeDeclinedInsufficientFunds")
        failed = gateway.fetch_intent(intent.id)
        assert (failed.charge, failed.failure) == (None, "Your card has insufficient funds.")

    def test_tells_of_real_money(self, stripe: Sandbox) -> None:
        stripe.store.livemode = True
        assert gateway.fetch_intent(create().id).livemode


class TestCancelIntent:
    def test_ends_it(self, stripe: Sandbox) -> None:
        assert gateway.cancel_intent(create().id, key="c1").status == "canceled"

    def test_returns_one_that_was_paid_meanwhile(self, stripe: Sandbox) -> None:
        intent = create()
        stripe.pay(intent.id)
        assert gateway.cancel_intent(intent.id, key="c1").status == "succeeded"

    def test_refuses_one_that_is_not_there(self, stripe: Sandbox) -> None:
        with pytest.raises(gateway.Declined, match="No such payment_intent"):
            gateway.cancel_intent("pi_none", key="c1")


class TestFindIntents:
    def test_finds_all_of_a_payment_and_no_others(self, stripe: Sandbox) -> None:
        for number in range(120):
            create(key=f"other {number}", payment_id=33)
        first, second = create(key="a"), create(key="b")
        begun = datetime.now(UTC) - timedelta(hours=1)

        assert [each.id for each in gateway.find_intents(3)] == [second.id, first.id]
        assert len(gateway.find_intents(33, since=begun)) == 120
        assert gateway.find_intents(3, since=begun + timedelta(hours=2)) == []


class TestRefunds:
    def test_are_sent_once_for_a_key(self, stripe: Sandbox) -> None:
        intent = create()
        stripe.pay(intent.id)

        first, again = refund(intent, 4_000), refund(intent, 4_000)

        assert first == again == gateway.fetch_refund(first.id)
        assert (first.status, first.amount_cents, first.currency) == ("succeeded", 4_000, "USD")
        assert (first.intent_id, first.metadata) == (intent.id, {"refund_id": "5"})

    def test_are_listed_the_oldest_first(self, stripe: Sandbox) -> None:
        intent = create()
        stripe.pay(intent.id)
        ours = refund(intent, 4_000)
        theirs = stripe.dashboard_refund(intent.id, 500)

        listed = gateway.list_refunds(intent.id)
        assert [each.id for each in listed] == [ours.id, theirs["id"]]
        assert listed[1].metadata == {}

    def test_tell_why_they_failed(self, stripe: Sandbox) -> None:
        intent = create()
        stripe.pay(intent.id)
        sent = refund(intent, 4_000)
        stripe.fail_refund(sent.id)
        failed = gateway.fetch_refund(sent.id)
        assert (failed.status, failed.failure) == ("failed", "expired_or_canceled_card")

    def test_are_declined_beyond_what_was_paid(self, stripe: Sandbox) -> None:
        intent = create()
        stripe.pay(intent.id)
        with pytest.raises(gateway.Declined, match="greater than unrefunded"):
            refund(intent, 17_251)


class TestListBalanceTransactions:
    def test_tells_every_movement_between_two_moments(self, stripe: Sandbox) -> None:
        moment = datetime(2026, 3, 1, 12, tzinfo=UTC)
        stripe.store.clock = moment.timestamp
        intent = create()
        stripe.pay(intent.id)
        stripe.dashboard_refund(intent.id, 500)

        def listed(since: datetime, until: datetime) -> list[gateway.BalanceTransaction]:
            return gateway.list_balance_transactions(since=since, until=until)

        back, came = listed(moment, moment + timedelta(seconds=1))
        assert (came.type, came.amount_cents, came.fee_cents, came.created) == (
            "charge",
            17_250,
            530,
            moment,
        )
        assert (back.type, back.amount_cents, back.currency) == ("refund", -500, "USD")
        assert back.source_id == stripe.made("refund")[0]["id"]
        assert listed(moment - timedelta(days=1), moment) == []
