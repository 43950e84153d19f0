"""Money arrives: onto the booking, or into a case; never lost, never twice."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from domain.bookings.models import Booking
from domain.bookings.queries import cash_of, due_cents
from domain.common.audit.models import AuditEntry
from domain.flows.settlement import settle_intent
from domain.ledger.models import Entry
from domain.ledger.queries import balance
from domain.notifications.models import Message
from domain.payments.models import MoneyCase, Payment, PaymentState
from domain.staff.models import Staff
from tests.factories import (
    NOON,
    POLL,
    assert_sound,
    begin_payment,
    cancelled,
    expired_booking,
    fresh,
    intent_of,
    make_booking,
    settled,
)

pytestmark = pytest.mark.usefixtures("shop")


def settle(payment: Payment, **changes: Any) -> str:
    told = intent_of(payment, **changes)
    return settle_intent(payment_id=payment.pk, intent=told, actor=POLL, at=NOON)


class TestMoneyForABooking:
    def test_is_posted_and_marks_it_paid(self) -> None:
        booking = make_booking()
        payment = settled(booking, fee_cents=321)

        total = booking.total_cents
        assert (payment.state, payment.captured_cents) == (PaymentState.SUCCEEDED, total)
        assert (payment.card_brand, payment.card_last4) == ("Visa", "4242")
        assert fresh(booking).state == "paid"
        assert fresh(booking).expires_at is None
        assert balance("2300", "USD", booking_id=booking.pk) == total
        assert balance("1010", "USD") == total - 321
        assert balance("5020", "USD") == 321
        assert Message.objects.filter(kind="paid").count() == 1
        assert not MoneyCase.objects.exists()
        assert_sound()

    def test_is_posted_once_however_often_stripe_tells_it(self) -> None:
        payment = begin_payment(make_booking())
        told = intent_of(payment)
        answers = [
            settle_intent(payment_id=payment.pk, intent=told, actor=POLL, at=NOON) for _ in range(3)
        ]
        assert answers == ["The payment succeeded.", *["The payment is already succeeded."] * 2]
        assert Entry.objects.filter(event="payment.captured").count() == 1
        assert AuditEntry.objects.filter(step="mark_paid").count() == 1
        assert_sound()

    def test_is_not_there_before_stripe_says_so(self) -> None:
        booking = make_booking()
        payment = begin_payment(booking)
        assert settle(payment, status="requires_payment_method", amount_received_cents=0) == (
            "Nothing new."
        )
        assert settle(payment, status="processing", amount_received_cents=0) == "Nothing new."
        assert fresh(booking).state == "pending"
        assert not Entry.objects.exists()

    def test_may_wait_for_the_guest_s_bank(self) -> None:
        payment = begin_payment(make_booking())
        settle(payment, status="requires_action", amount_received_cents=0, id="pi_1")
        assert fresh(payment).state == PaymentState.REQUIRES_ACTION
        settle(fresh(payment), id="pi_1")
        assert fresh(payment).state == PaymentState.SUCCEEDED

    def test_never_comes_from_a_cancelled_intent(self) -> None:
        payment = begin_payment(make_booking())
        settle(payment, status="canceled", amount_received_cents=0)
        assert fresh(payment).state == PaymentState.CANCELLED
        assert not Entry.objects.exists()

    def test_may_be_only_part_of_it(self, clerk: Staff) -> None:
        from domain.bookings.operations import amend_booking

        booking = make_booking()
        payment = begin_payment(booking)
        amended = amend_booking(
            booking_id=booking.pk,
            label="Piano",
            amount_cents=7_000,
            reason="a piano",
            seen_version=booking.version,
            actor=clerk,
            at=NOON,
        )
        settle(payment)
        assert (fresh(booking).state, due_cents(amended)) == ("pending", 7_000)
        settled_rest = settled(amended)
        assert settled_rest.state == PaymentState.FAILED or fresh(booking).state
        assert_sound()


class TestMoneyThatDoesNotMatch:
    @pytest.mark.parametrize(
        ("changes", "sentence"),
        [
            ({"amount_received_cents": 100}, "received $1.00; we asked for"),
            ({"currency": "INR"}, "is in INR"),
            ({"metadata": {"booking_id": "1"}}, "names another booking"),
            ({"metadata": {}}, "names another booking"),
            ({"livemode": True}, "is of the other mode"),
        ],
    )
    def test_opens_a_case_and_changes_nothing_else(
        self, changes: dict[str, Any], sentence: str
    ) -> None:
        booking = make_booking()
        payment = begin_payment(booking)
        told = intent_of(payment, **changes)
        for _ in range(2):
            settle_intent(payment_id=payment.pk, intent=told, actor=POLL, at=NOON)

        case = MoneyCase.objects.get()
        assert sentence in case.sentence
        assert (case.kind, case.payment) == ("mismatch", payment)
        assert fresh(payment).state == PaymentState.PENDING
        assert fresh(booking).state == "pending"
        assert not Entry.objects.exists()
        assert_sound()

    def test_does_not_come_from_another_intent(self) -> None:
        payment = begin_payment(make_booking())
        Payment.objects.filter(pk=payment.pk).update(intent_id="pi_ours")
        settle(fresh(payment), id="pi_theirs")
        assert "is not the one of this payment" in MoneyCase.objects.get().sentence


class TestLateMoney:
    def check(self, booking: Booking, kind: str) -> MoneyCase:
        case = MoneyCase.objects.get()
        assert (case.kind, case.amount_cents) == (kind, booking.total_cents)
        assert balance("2310", "USD") == booking.total_cents
        assert cash_of([booking])[booking.pk].captured_cents == 0
        assert not Message.objects.filter(kind="paid").exists()
        assert_sound()
        return case

    def test_for_an_expired_booking_opens_one_case(self) -> None:
        booking = make_booking(at=NOON - timedelta(days=2))
        payment = begin_payment(booking)
        booking = expire(booking)
        told = intent_of(payment)
        for _ in range(2):
            settle_intent(payment_id=payment.pk, intent=told, actor=POLL, at=NOON)
        assert fresh(booking).state == "expired"
        self.check(booking, "late")

    def test_for_a_cancelled_booking_opens_one_case(self, manager: Staff) -> None:
        booking = make_booking()
        payment = begin_payment(booking)
        cancelled(booking, manager)
        settle(payment)
        assert fresh(booking).state == "cancelled"
        self.check(booking, "late")


class TestSurplus:
    def test_of_two_payments_at_once_is_the_second_one(self, clerk: Staff, finance: Staff) -> None:
        from tests.payments.offline import offline_payment

        booking = make_booking()
        card = begin_payment(booking)
        offline_payment(booking, recorder=clerk, approver=finance)
        settle(card)

        case = MoneyCase.objects.get()
        assert (case.kind, case.amount_cents) == ("surplus", booking.total_cents)
        assert balance("2310", "USD") == booking.total_cents
        assert balance("2300", "USD", booking_id=booking.pk) == booking.total_cents
        assert Message.objects.filter(kind="paid").count() == 1
        assert_sound()


def expire(booking: Booking) -> Booking:
    from domain.common.actors import System
    from domain.common.workflow import transit

    return transit(Booking, booking.pk, "expire", actor=System("job:expire"), at=NOON).subject


class TestAClosedPayment:
    def test_that_was_paid_all_the_same_opens_a_case(self) -> None:
        """Stripe took money under a payment that we had closed: nobody may overlook it."""
        payment = begin_payment(expired_booking())
        settle(payment, status="canceled", amount_received_cents=0, id="pi_1")
        settle(payment, id="pi_1")
        settle(payment, id="pi_1")
        case = MoneyCase.objects.get()
        assert case.amount_cents == payment.amount_cents
        assert case.payment == payment
        assert_sound()
