from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker, Settings

from backoffice.sandbox.stripe import Sandbox, start
from backoffice.sandbox.stripe.webhooks import sign
from domain.payments import gateway
from domain.payments.gateway import client

NOBODY = "http://127.0.0.1:9"


@pytest.fixture(autouse=True)
def _no_database_needed(django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The guard looks at the connection; it opens none."""
    with django_db_blocker.unblock():
        yield


def create(key: str = "k1", **changes: Any) -> gateway.Intent:
    asked = {
        "amount_cents": 17_250,
        "currency": "USD",
        "booking_id": 7,
        "booking_number": "TT-1",
        "payment_id": 3,
        "description": "Booking TT-1",
    }
    return gateway.create_intent(**{**asked, **changes}, key=key)


def refund(intent: gateway.Intent, amount_cents: int, key: str = "r1") -> gateway.StripeRefund:
    return gateway.create_refund(
        intent_id=intent.id, amount_cents=amount_cents, refund_id=5, key=key
    )


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


class TestErrors:
    @pytest.mark.parametrize("trouble", ["answer_lost", "error_500", "error_500_after", "reset"])
    def test_in_doubt_are_a_lost_answer(self, stripe: Sandbox, trouble: str) -> None:
        stripe.faults.add(trouble)
        with pytest.raises(gateway.AnswerLost, match="may have done it"):
            create()

    def test_after_a_lost_answer_the_key_gives_what_was_made(self, stripe: Sandbox) -> None:
        stripe.faults.add("answer_lost")
        with pytest.raises(gateway.AnswerLost):
            create()
        assert create().id == stripe.made("payment_intent")[0]["id"]
        assert len(stripe.made("payment_intent")) == 1

    def test_of_a_slow_answer_are_a_lost_answer(self, stripe: Sandbox, settings: Settings) -> None:
        settings.STRIPE_TIMEOUT_SECONDS = 0.2
        stripe.faults.add("slow", seconds=30)
        with pytest.raises(gateway.AnswerLost):
            create()
        assert len(stripe.made("payment_intent")) == 1

    @pytest.mark.parametrize("trouble", ["rate_limit", "forbidden"])
    def test_of_a_refused_visitor_say_that_nothing_happened(
        self, stripe: Sandbox, trouble: str
    ) -> None:
        stripe.faults.add(trouble)
        with pytest.raises(gateway.Unreachable, match="turned the request away"):
            create()
        assert stripe.made("payment_intent") == []

    @pytest.mark.parametrize("key", ["sk_test_", "sk_live_secret"])
    def test_of_a_wrong_key_say_no_secret(
        self, stripe: Sandbox, settings: Settings, key: str
    ) -> None:
        settings.STRIPE_SECRET_KEY = key
        with pytest.raises(gateway.Unreachable) as refusal:
            create()
        assert key not in str(refusal.value)

    @pytest.mark.parametrize("address", [NOBODY, "http://stripe.invalid"])
    def test_of_a_closed_door_say_that_nothing_happened(
        self, settings: Settings, address: str
    ) -> None:
        settings.STRIPE_API_BASE = address
        with pytest.raises(gateway.Unreachable, match="could not be reached"):
            create()

    def test_are_not_taken_for_an_earlier_one(self, stripe: Sandbox, settings: Settings) -> None:
        def create_again_when_refused() -> None:
            settings.STRIPE_API_BASE = NOBODY
            try:
                create()
            except gateway.Unreachable:
                settings.STRIPE_API_BASE = stripe.url
                create()

        stripe.faults.add("answer_lost")
        with pytest.raises(gateway.AnswerLost):
            create_again_when_refused()

    def test_of_a_bad_request_are_final(self, stripe: Sandbox) -> None:
        with pytest.raises(gateway.Declined, match="at least 50 cents"):
            create(amount_cents=49)
        with pytest.raises(gateway.Declined, match="No such payment_intent"):
            gateway.fetch_intent("pi_none")

    def test_of_a_key_used_twice_are_a_fault_of_ours(self, stripe: Sandbox) -> None:
        create()
        with pytest.raises(gateway.Misused):
            create(amount_cents=17_251)

    def test_of_a_key_that_stays_busy_are_a_lost_answer(
        self, stripe: Sandbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(client, "PAUSES", (0.0, 0.0))
        stripe.faults.add("conflict", times=2)
        with pytest.raises(gateway.AnswerLost, match="still busy"):
            create()
        assert create().id == stripe.made("payment_intent")[0]["id"]

    def test_are_all_of_one_family(self) -> None:
        for kind in (
            gateway.AnswerLost,
            gateway.Declined,
            gateway.Misused,
            gateway.Unreachable,
        ):
            assert issubclass(kind, gateway.StripeError)


class TestSettings:
    def test_are_followed_at_once(self, stripe: Sandbox, settings: Settings) -> None:
        create()
        other = start()
        settings.STRIPE_API_BASE = other.url
        create()
        assert len(stripe.made("payment_intent")) == len(other.made("payment_intent")) == 1
        other.stop()

    def test_leave_retrying_to_us(self, stripe: Sandbox) -> None:
        stripe.faults.add("error_500")
        with pytest.raises(gateway.AnswerLost):
            create()
        assert len(stripe.requests) == 1


class TestInsideATransaction:
    @pytest.mark.django_db
    def test_nothing_is_asked_though_a_test_wraps_one_of_its_own(self, stripe: Sandbox) -> None:
        create()
        with pytest.raises(gateway.NetworkInTransaction), transaction.atomic():
            create(key="k2")
        assert len(stripe.requests) == 1

    @pytest.mark.django_db(transaction=True)
    def test_nothing_is_asked_without_such_a_wrapper_either(self, stripe: Sandbox) -> None:
        create()
        with pytest.raises(gateway.NetworkInTransaction), transaction.atomic():
            gateway.fetch_intent("pi_none")
        create()
        assert len(stripe.requests) == 2


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
