"""Asking Stripe for a payment over HTTP, whatever it answers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pytest_django import Settings

from backoffice.sandbox.stripe import Sandbox
from domain.bookings.operations import amend_booking
from domain.flows import payment as flow
from domain.flows.payment import (
    NothingDue,
    PaymentUnavailable,
    close_intents,
)
from domain.flows.sweeps import open_payments, poll_open_payments
from domain.ledger.models import Entry
from domain.payments import gateway
from domain.payments.models import Payment, PaymentState
from domain.staff.models import Staff
from tests.factories import (
    NOON,
    assert_sound,
    cancelled,
    fresh,
    make_booking,
    paid_booking,
    pay,
    settled_booking,
)
from tests.flows.cards import INTENTS, poll, start

pytestmark = pytest.mark.usefixtures("shop")


class TestStarting:
    def test_asks_for_what_is_due_and_says_whose_it_is(self, stripe: Sandbox) -> None:
        booking = make_booking()
        started = start(booking)

        (intent,) = stripe.made("payment_intent")
        assert intent["amount"] == booking.total_cents
        assert intent["currency"] == "usd"
        assert intent["metadata"] == {
            "booking_id": str(booking.pk),
            "booking_number": booking.number,
            "payment_id": str(started.payment.pk),
        }
        assert fresh(started.payment).intent_id == intent["id"]
        assert started.intent.client_secret

    def test_returns_the_same_one_again(self, stripe: Sandbox) -> None:
        booking = make_booking()
        assert start(booking).intent.id == start(booking).intent.id
        assert len(stripe.made("payment_intent")) == 1

    def test_closes_the_old_one_when_more_is_due(self, stripe: Sandbox, clerk: Staff) -> None:
        booking = make_booking()
        old = start(booking)
        amend_booking(
            booking_id=booking.pk,
            label="Piano",
            amount_cents=5_000,
            reason="heavy",
            seen_version=booking.version,
            actor=clerk,
            at=NOON,
        )
        new = start(booking)
        assert new.intent.amount_cents == booking.total_cents + 5_000
        assert fresh(old.payment).state == PaymentState.CANCELLED
        assert [each["status"] for each in stripe.made("payment_intent")] == [
            "canceled",
            "requires_payment_method",
        ]
        assert_sound()

    def test_settles_one_that_was_paid_meanwhile(self, stripe: Sandbox) -> None:
        booking = make_booking()
        stripe.pay(start(booking).intent.id)
        with pytest.raises(NothingDue):
            start(booking)
        assert fresh(booking).state == "paid"

    def test_refuses_when_nothing_is_due(self, stripe: Sandbox, manager: Staff) -> None:
        for booking in (settled_booking(), cancelled(make_booking(), manager)):
            with pytest.raises(NothingDue):
                start(booking)
        assert not stripe.requests

    def test_cancels_what_it_asked_for_when_the_booking_closed_meanwhile(
        self, stripe: Sandbox, manager: Staff, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        booking = make_booking()
        create = gateway.create_intent

        def slow_create(**named: Any) -> gateway.Intent:
            intent = create(**named)
            cancelled(booking, manager)
            close_intents(booking_id=booking.pk, at=NOON)
            return intent

        monkeypatch.setattr(flow.gateway, "create_intent", slow_create)
        with pytest.raises(NothingDue, match="closed meanwhile"):
            start(booking)
        assert stripe.made("payment_intent")[0]["status"] == "canceled"
        assert_sound()


class TestALostAnswer:
    @pytest.mark.parametrize("trouble", ["answer_lost", "error_500_after"])
    def test_never_leads_to_a_second_intent(self, stripe: Sandbox, trouble: str) -> None:
        booking = make_booking()
        stripe.faults.add(trouble, path=INTENTS)
        with pytest.raises(PaymentUnavailable):
            start(booking)
        assert Payment.objects.get().state == PaymentState.UNKNOWN

        again = start(booking)

        assert [each["id"] for each in stripe.made("payment_intent")] == [again.intent.id]
        assert again.payment.state == PaymentState.PENDING
        stripe.pay(again.intent.id)
        assert poll(again.payment) == "The payment succeeded."
        assert_sound()

    @pytest.mark.parametrize("trouble", ["error_500", "rate_limit", "reset", "forbidden"])
    def test_or_none_at_all_can_be_asked_again(self, stripe: Sandbox, trouble: str) -> None:
        booking = make_booking()
        stripe.faults.add(trouble, path=INTENTS)
        with pytest.raises(PaymentUnavailable):
            start(booking)
        again = start(booking)
        assert len(stripe.made("payment_intent")) == 1
        assert Payment.objects.count() == 1
        assert again.payment.intent_id == again.intent.id

    def test_is_looked_for_a_day_later_when_the_key_is_forgotten(self, stripe: Sandbox) -> None:
        booking = make_booking()
        stripe.faults.add("answer_lost", path=INTENTS)
        with pytest.raises(PaymentUnavailable):
            start(booking)
        later = NOON + timedelta(hours=25)
        stripe.store.clock = later.timestamp

        again = start(booking, at=later)

        assert [each["id"] for each in stripe.made("payment_intent")] == [again.intent.id]

    def test_is_found_by_the_poll(self, stripe: Sandbox) -> None:
        booking = make_booking()
        stripe.faults.add("answer_lost", path=INTENTS)
        with pytest.raises(PaymentUnavailable):
            start(booking)
        (intent,) = stripe.made("payment_intent")
        stripe.pay(intent["id"])
        assert poll(Payment.objects.get()) == "The payment succeeded."
        assert fresh(booking).state == "paid"
        assert_sound()

    def test_of_what_never_arrived_ends_the_payment(self, stripe: Sandbox) -> None:
        stripe.faults.add("error_500", path=INTENTS)
        with pytest.raises(PaymentUnavailable):
            start(make_booking())
        assert "never reached" in poll(Payment.objects.get())
        assert Payment.objects.get().state == PaymentState.CANCELLED
        assert_sound()

    def test_leaves_all_as_it_is_while_stripe_is_away(
        self, stripe: Sandbox, settings: Settings
    ) -> None:
        booking = make_booking()
        settings.STRIPE_API_BASE = "http://127.0.0.1:9"
        for _ in range(2):
            with pytest.raises(PaymentUnavailable):
                start(booking)
        assert Payment.objects.get().state == PaymentState.PENDING
        settings.STRIPE_API_BASE = stripe.url
        assert start(booking).intent.amount_cents == booking.total_cents


class TestPolling:
    def test_pays_the_booking_with_card_and_fee(self, stripe: Sandbox) -> None:
        booking = paid_booking(stripe)
        payment = Payment.objects.get()
        assert booking.state == "paid"
        assert (payment.source_label(), payment.fee_cents > 0) == ("Visa card •••• 4242", True)
        assert Entry.objects.filter(event="fee.stripe").count() == 1
        assert_sound()

    def test_waits_for_the_guest_s_bank(self, stripe: Sandbox) -> None:
        started = start(make_booking())
        stripe.pay(started.intent.id, "pm_card_authenticationRequired")
        assert "waits for the guest" in poll(started.payment)
        assert fresh(started.payment).state == PaymentState.REQUIRES_ACTION
        stripe.authenticate(started.intent.id)
        assert poll(started.payment) == "The payment succeeded."
        assert_sound()

    def test_keeps_a_declined_card_open_for_another(self, stripe: Sandbox) -> None:
        booking = make_booking()
        started = start(booking)
        with pytest.raises(Exception, match="declined"):
            stripe.pay(started.intent.id, "pm_card_chargeDeclined")
        assert poll(started.payment) == "Nothing new."
        pay(stripe, booking)
        assert fresh(booking).state == "paid"

    def test_asks_for_payments_that_have_been_quiet(self, stripe: Sandbox) -> None:
        booking = make_booking()
        stripe.pay(start(booking).intent.id)
        assert open_payments(at=NOON + timedelta(minutes=4)) == []
        answers = list(poll_open_payments(at=NOON + timedelta(minutes=6)))
        assert answers == ["The payment succeeded."]
        assert fresh(booking).state == "paid"

    def test_goes_on_with_the_next_when_stripe_fails_for_one(self, stripe: Sandbox) -> None:
        first, second = (make_booking() for _ in range(2))
        for booking in (first, second):
            stripe.pay(start(booking).intent.id)
        stripe.faults.add("reset", path=INTENTS, method="GET")
        answers = list(poll_open_payments(at=NOON + timedelta(minutes=6)))
        assert answers == [
            "The payment provider did not answer. Nothing was charged; please try again.",
            "The payment succeeded.",
        ]
