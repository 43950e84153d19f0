from __future__ import annotations

from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from domain.common.errors import Conflict, InvalidInput, NotPermitted, Refused
from domain.common.workflow import transit
from domain.flows.disputes import settle_dispute
from domain.flows.refunds import settle_refund
from domain.ledger.models import Entry
from domain.ledger.queries import balance
from domain.payments.models import MoneyCase, Payment, Refund, RefundState
from domain.payments.operations.refunds import adopt_refund, request_refund
from domain.staff.models import Staff
from tests.factories import (
    NOON,
    POLL,
    approved_refund,
    ask_refund,
    assert_sound,
    fresh,
    make_booking,
    refund_told,
    settled,
    taxed_booking,
)
from tests.jobs import waiting_jobs
from tests.payments.offline import offline_payment
from tests.payments.steps import completed, step

pytestmark = pytest.mark.usefixtures("shop")


class TestRequesting:
    def test_reserves_the_amount(self, payment: Payment, clerk: Staff) -> None:
        refund = ask_refund(payment, clerk, amount_cents=10_000)
        assert (refund.state, refund.requested_by) == (RefundState.REQUESTED, clerk)
        assert fresh(payment).reserved_cents == 10_000
        assert not Entry.objects.filter(event="refund.completed").exists()
        assert_sound()

    def test_refuses_more_than_is_left(self, payment: Payment, clerk: Staff) -> None:
        ask_refund(payment, clerk, amount_cents=payment.captured_cents - 100)
        for amount in (101, 0, -5):
            with pytest.raises(InvalidInput, match=r"\$1.00 of this payment is left"):
                ask_refund(payment, clerk, amount_cents=amount)
        ask_refund(payment, clerk, amount_cents=100)
        assert fresh(payment).refundable_cents() == 0

    def test_asks_once_for_a_form(self, payment: Payment, clerk: Staff) -> None:
        form = {"payment_id": payment.pk, "reason": "x", "actor": clerk, "at": NOON}
        key = uuid4()
        first = request_refund(amount_cents=500, form_key=key, **form)
        assert request_refund(amount_cents=500, form_key=key, **form) == first
        with pytest.raises(Conflict):
            request_refund(amount_cents=600, form_key=key, **form)
        assert fresh(payment).reserved_cents == 500

    def test_needs_a_reason_and_the_right(
        self, payment: Payment, clerk: Staff, staff_with: object
    ) -> None:
        with pytest.raises(InvalidInput, match="Say why"):
            request_refund(payment_id=payment.pk, amount_cents=1, reason=" ", actor=clerk, at=NOON)
        nobody = Staff.objects.create_user("nobody", is_staff=True)
        with pytest.raises(NotPermitted):
            ask_refund(payment, nobody)

    def test_spreads_over_the_lines_tax_included(self, clerk: Staff) -> None:
        booking = taxed_booking()
        payment = settled(booking)
        refund = ask_refund(payment, clerk, amount_cents=booking.total_cents // 3)
        parts = {part.line: part.amount_cents for part in refund.parts.all()}
        assert sum(parts.values()) == refund.amount_cents
        for line, cents in parts.items():
            assert abs(cents - line.amount_cents / 3) <= 1
        rest = ask_refund(payment, clerk, amount_cents=fresh(payment).refundable_cents())
        for part in rest.parts.all():
            assert parts[part.line] + part.amount_cents == part.line.amount_cents
        assert_sound()

    def test_gives_the_parts_of_a_denied_one_back(
        self, payment: Payment, clerk: Staff, manager: Staff
    ) -> None:
        whole = payment.captured_cents
        step(ask_refund(payment, clerk, amount_cents=whole), "deny", manager, "no")
        assert fresh(payment).reserved_cents == 0
        again = ask_refund(payment, clerk, amount_cents=whole)
        assert sum(part.amount_cents for part in again.parts.all()) == whole
        assert_sound()


class TestDeciding:
    def test_is_for_another_person_superusers_too(self, payment: Payment, manager: Staff) -> None:
        refund = ask_refund(payment, manager)
        manager.is_superuser = True
        for name in ("approve", "deny"):
            with pytest.raises(Refused, match="somebody else"):
                step(refund, name, manager, "x")
        with pytest.raises(IntegrityError, match="refund_four_eyes"), transaction.atomic():
            Refund.objects.filter(pk=refund.pk).update(state="approved", approved_by=manager)

    def test_queues_the_sending(self, payment: Payment, clerk: Staff, finance: Staff) -> None:
        refund = step(ask_refund(payment, clerk), "approve", finance)
        assert (refund.state, refund.approved_by) == ("approved", finance)
        assert waiting_jobs()[-1] == "domain.flows.tasks.send_refund"

    def test_above_the_limit_is_for_operations_and_admin(
        self, clerk: Staff, finance: Staff, manager: Staff
    ) -> None:
        payment = settled(big_booking())
        assert payment.captured_cents > 500_001
        small = ask_refund(payment, clerk, amount_cents=500_000)
        step(small, "approve", finance)
        payment = settled(big_booking())
        large = ask_refund(payment, clerk, amount_cents=500_001)
        with pytest.raises(Refused, match=r"is above \$5,000.00"):
            step(large, "approve", finance)
        assert step(large, "approve", manager).state == "approved"

    def test_waits_while_the_payment_is_disputed(
        self, payment: Payment, clerk: Staff, finance: Staff
    ) -> None:
        refund = ask_refund(payment, clerk)
        dispute(payment, "needs_response")
        with pytest.raises(Refused, match="is disputed"):
            step(refund, "approve", finance)
        dispute(payment, "won")
        assert step(refund, "approve", finance).state == "approved"

    @pytest.mark.parametrize("name", ["deny", "withdraw"])
    def test_against_it_frees_the_money(
        self, payment: Payment, clerk: Staff, finance: Staff, name: str
    ) -> None:
        refund = step(ask_refund(payment, clerk), name, finance, "no")
        assert fresh(payment).reserved_cents == 0
        with pytest.raises(Refused):
            step(refund, "approve", finance)
        assert_sound()

    def test_needs_the_right(self, payment: Payment, clerk: Staff, finance: Staff) -> None:
        with pytest.raises(NotPermitted, match="finance manager"):
            step(ask_refund(payment, finance), "approve", clerk)


class TestCompleting:
    def test_takes_the_money_from_the_advance(
        self, payment: Payment, clerk: Staff, finance: Staff
    ) -> None:
        completed(approved_refund(payment, asked_by=clerk, approved_by=finance))
        left = payment.captured_cents - 10_000
        assert balance("2300", "USD", booking_id=payment.booking_id) == left
        assert balance("1010", "USD") == left
        assert fresh(payment.booking).state == "paid"
        assert_sound()

    def test_takes_it_from_revenue_and_tax_after_delivery(
        self, clerk: Staff, finance: Staff, manager: Staff
    ) -> None:
        booking = taxed_booking()
        payment = settled(booking)
        from domain.bookings.models import Booking

        for name in ("dispatch", "complete"):
            transit(Booking, booking.pk, name, actor=manager, at=NOON)
        tax = booking.lines.get(is_tax=True).amount_cents
        assert balance("2110", "USD") == tax
        assert balance("4005", "USD") == booking.total_cents - tax

        whole = approved_refund(
            payment, asked_by=clerk, approved_by=manager, amount_cents=booking.total_cents
        )
        completed(whole)

        assert balance("2110", "USD") == balance("4005", "USD") == balance("1010", "USD") == 0
        assert_sound()

    def test_happens_once(self, payment: Payment, clerk: Staff, finance: Staff) -> None:
        refund = completed(approved_refund(payment, asked_by=clerk, approved_by=finance))
        told = refund_told(refund)
        for _ in range(2):
            settle_refund(payment_id=payment.pk, told=told, actor=POLL, at=NOON)
        assert Entry.objects.filter(event="refund.completed").count() == 1
        assert_sound()

    def test_may_bounce_later(self, payment: Payment, clerk: Staff, finance: Staff) -> None:
        refund = completed(approved_refund(payment, asked_by=clerk, approved_by=finance))
        told = refund_told(refund, status="failed", failure="account closed")
        for _ in range(2):
            settle_refund(payment_id=payment.pk, told=told, actor=POLL, at=NOON)

        assert (fresh(refund).state, fresh(refund).failure) == ("failed", "account closed")
        assert fresh(payment).reserved_cents == 0
        assert balance("1010", "USD") == payment.captured_cents
        assert MoneyCase.objects.get().kind == "refund_failed"
        assert_sound()

    def test_fails_when_stripe_says_so(
        self, payment: Payment, clerk: Staff, finance: Staff
    ) -> None:
        refund = approved_refund(payment, asked_by=clerk, approved_by=finance)
        transit(Refund, refund.pk, "send", actor=POLL, at=NOON)
        told = refund_told(refund, status="canceled")
        settle_refund(payment_id=payment.pk, told=told, actor=POLL, at=NOON)
        assert fresh(refund).state == "failed"
        assert fresh(payment).reserved_cents == 0
        assert_sound()

    def test_by_hand_is_for_offline_money(
        self, payment: Payment, clerk: Staff, finance: Staff, manager: Staff
    ) -> None:
        card = approved_refund(payment, asked_by=clerk, approved_by=finance)
        with pytest.raises(Refused, match="through Stripe by itself"):
            step(card, "settle", manager, "TRN 1")

        paid = offline_payment(make_booking(), recorder=clerk, approver=finance)
        refund = approved_refund(paid, asked_by=clerk, approved_by=finance)
        assert "send_refund" not in waiting_jobs()[-1]
        refund = step(refund, "settle", manager, "TRN 78")

        assert (refund.state, refund.reference) == ("completed", "TRN 78")
        assert balance("1000", "USD") == paid.captured_cents - 10_000
        assert_sound()


class TestARefundMadeAtStripe:
    def adopt(self, payment: Payment, cents: int, name: str = "re_theirs") -> Refund:
        return adopt_refund(
            payment_id=payment.pk,
            stripe_refund_id=name,
            amount_cents=cents,
            actor=POLL,
            at=NOON,
        )

    def test_counts_once(self, payment: Payment) -> None:
        first = self.adopt(payment, 10_000)
        assert self.adopt(payment, 10_000) == first
        assert (first.origin, fresh(payment).reserved_cents) == ("external", 10_000)

    def test_makes_room_by_withdrawing_the_newest_requests(
        self, payment: Payment, clerk: Staff
    ) -> None:
        third = payment.captured_cents // 3
        old, new = (ask_refund(payment, clerk, amount_cents=third) for _ in range(2))
        self.adopt(payment, 2 * third)
        assert (fresh(old).state, fresh(new).state) == ("requested", "withdrawn")
        assert fresh(payment).reserved_cents == 3 * third
        assert_sound()


def big_booking() -> object:
    from domain.bookings.operations import amend_booking

    booking = make_booking()
    boss = Staff.objects.create_superuser(f"boss{booking.pk}", f"boss{booking.pk}@x.example")
    return amend_booking(
        booking_id=booking.pk,
        label="Grand piano",
        amount_cents=600_000,
        reason="heavy",
        seen_version=booking.version,
        actor=boss,
        at=NOON,
    )


def dispute(payment: Payment, status: str) -> None:
    told = {
        "id": "dp_1",
        "amount": payment.captured_cents,
        "currency": "usd",
        "status": status,
        "reason": "fraudulent",
    }
    settle_dispute(payment_id=payment.pk, told=told, actor=POLL, at=NOON)
