"""When a booking's time has passed; and that no transaction waits for the network."""

from __future__ import annotations

from datetime import timedelta

import pytest

from backoffice.sandbox.stripe import Sandbox
from domain.bookings.models import Booking
from domain.common.workflow import transit
from domain.flows.payment import (
    PaymentUnavailable,
    close_intents,
)
from domain.flows.sweeps import expire_booking
from domain.payments import gateway
from domain.payments.models import MoneyCase, Payment, PaymentState
from domain.staff.models import Staff
from tests.factories import NOON, assert_sound, begin_payment, fresh, make_booking
from tests.flows.cards import INTENTS, asked, poll, start

pytestmark = pytest.mark.usefixtures("shop")


class TestExpiring:
    LATER = NOON + timedelta(hours=25)

    def test_asks_stripe_first(self, stripe: Sandbox) -> None:
        booking = make_booking()
        stripe.pay(start(booking).intent.id)
        with pytest.raises(Exception, match="is paid"):
            expire_booking(booking_id=booking.pk, at=self.LATER)
        assert fresh(booking).state == "paid"
        assert_sound(self.LATER)

    def test_decides_nothing_while_stripe_is_away(self, stripe: Sandbox) -> None:
        booking = make_booking()
        start(booking)
        stripe.faults.add("reset", path=INTENTS, method="GET")
        with pytest.raises(PaymentUnavailable):
            expire_booking(booking_id=booking.pk, at=self.LATER)
        assert fresh(booking).state == "pending"

    def test_closes_the_intent_of_a_booking_that_was_not_paid(self, stripe: Sandbox) -> None:
        booking = make_booking()
        started = start(booking)
        expire_booking(booking_id=booking.pk, at=self.LATER)
        close_intents(booking_id=booking.pk, at=self.LATER)
        assert fresh(booking).state == "expired"
        assert fresh(started.payment).state == PaymentState.CANCELLED
        assert stripe.made("payment_intent")[0]["status"] == "canceled"
        assert_sound(self.LATER)

    def test_is_not_for_a_booking_whose_time_has_not_come(self) -> None:
        booking = make_booking()
        with pytest.raises(Exception, match="has not passed"):
            expire_booking(booking_id=booking.pk, at=NOON)

    def test_opens_a_case_when_the_guest_pays_while_it_closes(self, stripe: Sandbox) -> None:
        booking = make_booking()
        started = start(booking)
        expire_booking(booking_id=booking.pk, at=self.LATER)
        stripe.pay(started.intent.id)
        close_intents(booking_id=booking.pk, at=self.LATER)
        assert MoneyCase.objects.get().kind == "late"
        assert fresh(started.payment).state == PaymentState.SUCCEEDED
        assert_sound(self.LATER)

    def test_of_a_booking_never_taken_to_stripe_asks_nothing(self, stripe: Sandbox) -> None:
        booking = make_booking()
        begin_payment(booking)
        expire_booking(booking_id=booking.pk, at=self.LATER)
        close_intents(booking_id=booking.pk, at=self.LATER)
        assert Payment.objects.get().state == PaymentState.CANCELLED


class TestTheNetwork:
    def test_is_never_used_inside_a_transaction(self, stripe: Sandbox) -> None:
        from django.db import transaction

        payment = start(make_booking()).payment
        calls = [
            lambda: gateway.fetch_intent(payment.intent_id or ""),
            lambda: gateway.cancel_intent(payment.intent_id or "", key="k"),
            lambda: gateway.find_intents(payment.pk),
            lambda: gateway.list_refunds(payment.intent_id or ""),
            lambda: gateway.fetch_refund("re_1"),
            lambda: gateway.create_refund(intent_id="x", amount_cents=1, refund_id=1, key="k"),
            lambda: gateway.list_balance_transactions(since=NOON, until=NOON),
            lambda: start(make_booking()),
            lambda: poll(payment),
        ]
        for call in calls:
            before = len(stripe.requests)
            with pytest.raises(gateway.NetworkInTransaction), transaction.atomic():
                call()
            assert len(stripe.requests) == before

    def test_is_free_after_a_step_failed(self, stripe: Sandbox, manager: Staff) -> None:
        booking = make_booking()
        with pytest.raises(Exception, match="Say why"):
            transit(Booking, booking.pk, "cancel", actor=manager, at=NOON)
        assert start(booking).intent.id
        assert asked(stripe, "POST", INTENTS) == 1
