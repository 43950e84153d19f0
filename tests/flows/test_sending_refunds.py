"""Refunds on their way through Stripe: never twice, whatever happens to an answer."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from pytest_django import Settings

from backoffice.sandbox.stripe import Sandbox
from domain.flows.refunds import send_refund
from domain.flows.sweeps import refunds_to_send
from domain.ledger.queries import balance
from domain.payments import gateway
from domain.payments.models import Payment, Refund, RefundState
from domain.staff.models import Staff
from tests.factories import (
    NOON,
    approved_refund,
    assert_sound,
    fresh,
    make_booking,
    pay,
)
from tests.jobs import run_jobs, waiting_jobs
from tests.webhooks import named, tell, tell_all

pytestmark = pytest.mark.usefixtures("shop")
REFUNDS = "/v1/refunds"


@pytest.fixture
def payment(stripe: Sandbox) -> Payment:
    return pay(stripe, make_booking())


@pytest.fixture
def refund(payment: Payment, clerk: Staff, finance: Staff) -> Refund:
    return approved_refund(payment, asked_by=clerk, approved_by=finance)


def send(refund: Refund, at: datetime = NOON) -> str:
    return send_refund(refund_id=refund.pk, at=at)


class TestSending:
    def test_sends_the_money_back_once(self, stripe: Sandbox, refund: Refund) -> None:
        assert send(refund) == "The refund is completed."
        assert send(refund) == "The refund is completed."

        (made,) = stripe.made("refund")
        assert (made["amount"], made["metadata"]) == (10_000, {"refund_id": str(refund.pk)})
        assert fresh(refund).stripe_refund_id == made["id"]
        captured = refund.payment.captured_cents - refund.payment.fee_cents
        assert balance("1010", "USD") == captured - 10_000
        assert_sound()

    def test_is_what_the_approval_queues(self, stripe: Sandbox, refund: Refund) -> None:
        assert waiting_jobs()[-1] == "domain.flows.tasks.send_refund"
        run_jobs()
        assert fresh(refund).state == RefundState.COMPLETED

    def test_waits_until_stripe_says_it_arrived(self, stripe: Sandbox, refund: Refund) -> None:
        stripe.api.refunds.pend = True
        assert send(refund) == "The refund is on its way."
        assert fresh(refund).state == RefundState.PROCESSING
        stripe.settle_refund(stripe.made("refund")[0]["id"])
        tell(named(stripe, "charge.refund.updated"))
        assert fresh(refund).state == RefundState.COMPLETED
        assert_sound()

    def test_fails_when_stripe_refuses(
        self, stripe: Sandbox, refund: Refund, payment: Payment
    ) -> None:
        stripe.dashboard_refund(payment.intent_id or "", payment.captured_cents)
        assert "already been refunded" in send(refund)
        assert fresh(refund).state == RefundState.FAILED
        assert fresh(payment).reserved_cents == 0
        assert_sound()


class TestALostAnswer:
    @pytest.mark.parametrize("trouble", ["answer_lost", "error_500_after", "error_500", "reset"])
    def test_never_sends_the_money_twice(
        self, stripe: Sandbox, refund: Refund, trouble: str
    ) -> None:
        stripe.faults.add(trouble, path=REFUNDS)
        send(refund)
        assert fresh(refund).state == RefundState.UNKNOWN
        assert refund.pk in refunds_to_send(at=NOON + timedelta(minutes=2))

        for minutes in (2, 4, 6):
            send(refund, at=NOON + timedelta(minutes=minutes))

        assert len(stripe.made("refund")) == 1
        assert fresh(refund).state == RefundState.COMPLETED
        assert_sound()

    def test_is_looked_for_once_the_key_is_forgotten(self, stripe: Sandbox, refund: Refund) -> None:
        stripe.faults.add("answer_lost", path=REFUNDS)
        send(refund)
        later = NOON + timedelta(hours=25)
        stripe.store.clock = later.timestamp
        before = len(stripe.requests)

        send(refund, at=later)

        assert stripe.requests[before][:2] == ("GET", REFUNDS)
        assert len(stripe.made("refund")) == 1
        assert fresh(refund).state == RefundState.COMPLETED

    def test_of_a_killed_sender_is_looked_for_too(
        self, stripe: Sandbox, refund: Refund, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Killed between Stripe's answer and our noting it: the row still says it is under way."""
        create = gateway.create_refund

        def killed(**given: object) -> None:
            create(**given)  # type: ignore[arg-type]
            raise KeyboardInterrupt

        monkeypatch.setattr(gateway, "create_refund", killed)
        with pytest.raises(KeyboardInterrupt):
            send(refund)
        monkeypatch.setattr(gateway, "create_refund", create)
        assert fresh(refund).state == RefundState.PROCESSING

        later = NOON + timedelta(hours=25)
        stripe.store.clock = later.timestamp
        send(refund, at=later)

        assert len(stripe.made("refund")) == 1
        assert fresh(refund).state == RefundState.COMPLETED
        assert_sound(later)

    def test_is_settled_by_the_event_as_well(self, stripe: Sandbox, refund: Refund) -> None:
        stripe.faults.add("answer_lost", path=REFUNDS)
        send(refund)
        tell(named(stripe, "refund.created"))
        assert fresh(refund).state == RefundState.COMPLETED
        assert Refund.objects.count() == 1

    def test_leaves_it_on_its_way_while_stripe_is_away(
        self, stripe: Sandbox, refund: Refund, settings: Settings
    ) -> None:
        settings.STRIPE_API_BASE = "http://127.0.0.1:9"
        with pytest.raises(gateway.Unreachable):
            send(refund)
        settings.STRIPE_API_BASE = stripe.url
        assert refund.pk in refunds_to_send(at=NOON + timedelta(minutes=2))
        send(refund, at=NOON + timedelta(minutes=2))
        assert len(stripe.made("refund")) == 1

    @pytest.mark.torture
    def test_of_100_refunds_in_trouble_sends_each_once(
        self, stripe: Sandbox, payment: Payment, clerk: Staff, finance: Staff
    ) -> None:
        """A seeded script of troubles, each refund asked for until it is over."""
        from random import Random

        chance = Random(11)
        troubles = ["answer_lost", "error_500", "error_500_after", "rate_limit", "reset"]
        for _ in range(100):
            refund = approved_refund(payment, asked_by=clerk, approved_by=finance, amount_cents=100)
            for _ in range(chance.randint(0, 3)):
                stripe.faults.add(chance.choice(troubles), path=REFUNDS)
            for minutes in range(8):
                try:
                    send(refund, at=NOON + timedelta(minutes=minutes))
                except gateway.StripeError:
                    continue
        assert Refund.objects.filter(state="completed").count() == 100
        made = stripe.made("refund")
        assert len(made) == 100
        assert sum(each["amount"] for each in made) == 10_000
        assert fresh(payment).reserved_cents == 10_000
        assert_sound()


class TestARefundFromTheDashboard:
    def test_is_adopted(self, stripe: Sandbox, payment: Payment) -> None:
        stripe.dashboard_refund(payment.intent_id or "", 5_000)
        tell_all(stripe)
        refund = Refund.objects.get()
        assert (refund.origin, refund.state, refund.amount_cents) == (
            "external",
            "completed",
            5_000,
        )
        assert_sound()

    def test_that_takes_the_room_of_an_approved_one_fails_that(
        self, stripe: Sandbox, payment: Payment, refund: Refund
    ) -> None:
        """Ours cannot be sent any more; once that is known, theirs counts."""
        stripe.dashboard_refund(payment.intent_id or "", payment.captured_cents)
        event = named(stripe, "charge.refunded")
        with pytest.raises(Exception, match=r"."):
            tell(event)
        send(refund)
        assert fresh(refund).state == RefundState.FAILED

        tell(event)

        external = Refund.objects.get(origin="external")
        assert (external.state, external.amount_cents) == ("completed", payment.captured_cents)
        assert_sound()

    def test_that_came_back_is_no_refund(self, stripe: Sandbox, payment: Payment) -> None:
        made = stripe.dashboard_refund(payment.intent_id or "", 5_000)
        tell_all(stripe)
        stripe.fail_refund(made["id"])
        tell_all(stripe)
        assert Refund.objects.get().state == RefundState.FAILED
        assert fresh(payment).reserved_cents == 0
        assert_sound()
