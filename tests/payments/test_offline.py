from __future__ import annotations

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from domain.common.errors import InvalidInput, NotPermitted, Refused
from domain.common.workflow import transit
from domain.ledger.models import Entry
from domain.ledger.queries import balance
from domain.payments.models import Payment, PaymentState
from domain.staff.models import Staff
from tests.factories import (
    NOON,
    assert_sound,
    begin_payment,
    fresh,
    make_booking,
    settled_booking,
)
from tests.payments.offline import approved, offline_payment, recorded

pytestmark = pytest.mark.usefixtures("shop")


class TestOfflineMoney:
    def test_counts_once_a_second_person_has_approved_it(
        self, clerk: Staff, finance: Staff
    ) -> None:
        booking = make_booking()
        payment = recorded(booking, clerk)
        assert fresh(booking).state == "pending"
        assert not Entry.objects.exists()

        payment = approved(payment, finance)

        assert (payment.state, payment.captured_cents) == ("succeeded", booking.total_cents)
        assert (payment.requested_by, payment.approved_by) == (clerk, finance)
        assert fresh(booking).state == "paid"
        assert balance("1000", "USD") == booking.total_cents
        assert balance("1010", "USD") == 0
        assert_sound()

    def test_is_not_approved_by_who_recorded_it_superusers_too(self, manager: Staff) -> None:
        payment = recorded(make_booking(), manager)
        manager.is_superuser = True
        with pytest.raises(Refused, match="somebody else"):
            approved(payment, manager)
        with pytest.raises(IntegrityError, match="payment_four_eyes"), transaction.atomic():
            Payment.objects.filter(pk=payment.pk).update(
                state="succeeded", captured_cents=payment.amount_cents, approved_by=manager
            )

    def test_that_did_not_arrive_is_rejected(self, clerk: Staff, finance: Staff) -> None:
        payment = recorded(make_booking(), clerk)
        done = transit(Payment, payment.pk, "reject", actor=finance, at=NOON, reason="no money")
        assert done.subject.state == PaymentState.CANCELLED
        assert not Entry.objects.exists()
        with pytest.raises(Refused):
            approved(payment, finance)

    def test_may_come_in_parts(self, clerk: Staff, finance: Staff) -> None:
        booking = make_booking()
        offline_payment(booking, recorder=clerk, approver=finance, amount_cents=10_000)
        assert fresh(booking).state == "pending"
        rest = booking.total_cents - 10_000
        offline_payment(booking, recorder=clerk, approver=finance, method="cash", amount_cents=rest)
        assert fresh(booking).state == "paid"
        assert_sound()

    def test_names_every_problem(self, clerk: Staff) -> None:
        booking = make_booking()
        with pytest.raises(InvalidInput) as refusal:
            recorded(
                booking,
                clerk,
                method="stripe",
                amount_cents=booking.total_cents + 1,
                reference=" ",
                received_on=date(2027, 3, 2),
                evidence="x" * 2_001,
            )
        assert set(refusal.value.field_errors) == {
            "method",
            "amount",
            "reference",
            "received_on",
            "evidence",
        }

    def test_needs_the_right(self, clerk: Staff) -> None:
        with pytest.raises(NotPermitted):
            recorded(make_booking(), Staff.objects.create_user("nobody", is_staff=True))
        with pytest.raises(NotPermitted):
            approved(recorded(make_booking(), clerk), clerk)


class TestACardPayment:
    @pytest.mark.parametrize("step", ["approve", "reject"])
    def test_is_never_decided_by_hand(self, finance: Staff, step: str) -> None:
        payment = begin_payment(make_booking())
        with pytest.raises(Refused, match="not by hand"):
            transit(Payment, payment.pk, step, actor=finance, at=NOON, reason="x")

    @pytest.mark.parametrize("step", ["succeed", "cancel", "fail", "lose", "find", "need_action"])
    def test_is_not_moved_by_staff(self, finance: Staff, step: str) -> None:
        payment = begin_payment(make_booking())
        with pytest.raises(NotPermitted, match="by the system by itself"):
            transit(Payment, payment.pk, step, actor=finance, at=NOON)

    def test_is_open_once_a_booking(self) -> None:
        booking = make_booking()
        begin_payment(booking)
        with pytest.raises(IntegrityError, match="payment_one_open_intent"), transaction.atomic():
            begin_payment(booking)

    @pytest.mark.parametrize(
        "change",
        [
            {"captured_cents": 0},
            {"reserved_cents": -1},
            {"reserved_cents": 10**9},
            {"amount_cents": 0},
        ],
    )
    def test_keeps_its_figures_in_order(self, change: dict[str, int]) -> None:
        settled_booking()
        with pytest.raises(IntegrityError), transaction.atomic():
            Payment.objects.update(**change)
