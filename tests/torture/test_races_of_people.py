"""Many people at the same button, and a person against Stripe's word."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from django.contrib.auth.models import Group
from django_q.models import OrmQ

from domain.bookings.models import Booking
from domain.common.audit.models import AuditEntry
from domain.common.errors import Refused
from domain.common.workflow import door, transit
from domain.flows.settlement import settle_intent
from domain.payments.models import Payment, Refund
from domain.staff.models import Staff
from tests.factories import (
    GUEST,
    NOON,
    ask_refund,
    assert_sound,
    begin_payment,
    fill_catalog,
    fresh,
    intent_of,
    make_booking,
    settled,
)
from tests.jobs import waiting_jobs
from tests.torture.threads import (
    FEW_ROUNDS,
    FEW_THREADS,
    THREADS,
    Outcome,
    in_rounds,
    slow,
    staff,
    without_constraint,
    without_locks,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _shop(db: None) -> None:
    fill_catalog()


class TestApprovingTwice:
    """Every thread is another person who may approve."""

    def rounds(self, **size: int) -> Iterator[tuple[Refund, Outcome]]:
        clerk, *approvers = staff(THREADS + 1)
        payment: list[Payment] = [settled(make_booking())]

        def prepare() -> Refund:
            return ask_refund(payment[0], clerk, amount_cents=100)

        def approve(refund: Refund, number: int) -> object:
            return transit(Refund, refund.pk, "approve", actor=approvers[number], at=NOON)

        return in_rounds(prepare, approve, **size)

    def approvals(self, refund: Refund) -> int:
        return AuditEntry.objects.filter(
            subject_type="refund", subject_id=refund.pk, step="approve"
        ).count()

    def test_lets_one_in(self) -> None:
        jobs = OrmQ.objects.count()
        for made, (refund, outcome) in enumerate(self.rounds(), start=1):
            assert len(outcome.results) == self.approvals(refund) == 1
            assert outcome.raised() == Counter({Refused.__name__: THREADS - 1})
            assert jobs_for_refunds() == made
        assert OrmQ.objects.count() > jobs
        assert_sound()

    def test_lets_many_in_without_lock_and_constraint(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        without_locks(monkeypatch)
        monkeypatch.setattr(door, "why_not", slow(door.why_not))
        with without_constraint("domain_auditentry", "audit_one_row_a_change"):
            broken = [
                self.approvals(refund) > 1
                for refund, _ in self.rounds(threads=FEW_THREADS, rounds=FEW_ROUNDS)
            ]
        assert any(broken)


def jobs_for_refunds() -> int:
    return waiting_jobs().count("domain.flows.tasks.send_refund")


class TestCancellingWhileMoneyArrives:
    """Either the booking is cancelled with a refund asked for, or the money is late: never both,
    and never neither.
    """

    def test_ends_in_one_of_two_ways(self) -> None:
        manager = staff(1)[0]
        manager.groups.add(Group.objects.get(name="operations_manager"))
        manager = Staff.objects.get(pk=manager.pk)

        def act(payment: Payment, number: int) -> object:
            if number % 2:
                return settle_intent(
                    payment_id=payment.pk,
                    intent=intent_of(payment, id=f"pi_{payment.pk}"),
                    actor=GUEST,
                    at=NOON,
                )
            return transit(
                Booking, payment.booking_id, "cancel", actor=manager, at=NOON, reason="x"
            )

        for payment, outcome in in_rounds(lambda: begin_payment(make_booking()), act, threads=8):
            assert set(outcome.raised()) <= {"Refused"}
            assert fresh(payment.booking).state == "cancelled"
            late = payment.cases.filter(kind="late").count()
            assert late + payment.refunds.filter(state="requested").count() == 1
        assert_sound()
