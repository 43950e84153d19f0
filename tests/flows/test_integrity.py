"""Each invariant, broken on purpose by somebody with the keys of the database, is named with its
row. Those of the books and of the catalog are tested beside them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from domain.bookings.models import Booking
from domain.common.audit.models import AuditEntry
from domain.common.workflow import transit
from domain.customers.operations import register_customer
from domain.flows.integrity import INVARIANTS, all_breaches
from domain.flows.settlement import settle_intent
from domain.payments.models import MoneyCase, Payment, Refund, RefundPart, WebhookEvent
from domain.payments.operations.inbox import finish_event, store_event
from domain.staff.models import Staff
from tests.conftest import triggers_off
from tests.factories import (
    ADA,
    NOON,
    POLL,
    approved_refund,
    ask_refund,
    assert_sound,
    begin_payment,
    cancelled,
    intent_of,
    make_booking,
    settled,
)

pytestmark = pytest.mark.usefixtures("shop")


def execute(sql: str, values: Sequence[object] = ()) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with triggers_off(), connection.cursor() as cursor:
        cursor.execute(sql, values)


def drop(table: str, *constraints: str) -> None:
    """In this test's transaction only."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for name in constraints:
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")


def found(invariant: str) -> list[str]:
    return [breach.subject for breach in all_breaches(NOON) if breach.invariant == invariant]


@pytest.fixture
def payment() -> Payment:
    return settled(make_booking())


@pytest.fixture
def refund(payment: Payment, clerk: Staff, finance: Staff) -> Refund:
    return approved_refund(payment, asked_by=clerk, approved_by=finance)


class TestMoney:
    @pytest.mark.parametrize("change", ["captured_cents + 1", "captured_cents - 1"])
    def test_m7_names_the_booking(self, payment: Payment, change: str) -> None:
        assert_sound()
        execute(f"UPDATE domain_payment SET captured_cents = {change}")
        assert found("M7") == [f"booking {payment.booking.number}"]

    def test_m7_counts_what_went_back(self, payment: Payment, refund: Refund) -> None:
        execute("UPDATE domain_refund SET state = 'completed'")
        assert found("M7") == [f"booking {payment.booking.number}"]

    @pytest.mark.parametrize("cents", [9_999, 10_001])
    def test_m8_names_the_payment(self, payment: Payment, refund: Refund, cents: int) -> None:
        assert_sound()
        execute("UPDATE domain_payment SET reserved_cents = %s", [cents])
        assert found("M8") == [f"payment {payment.pk}"]

    def test_m8_sees_more_than_was_captured(self, payment: Payment, refund: Refund) -> None:
        drop("domain_payment", "payment_refunds_within_captured")
        execute("UPDATE domain_payment SET reserved_cents = captured_cents + 1")
        execute(
            "UPDATE domain_refund SET amount_cents = (SELECT reserved_cents FROM domain_payment)"
        )
        assert found("M8") == [f"payment {payment.pk}"]

    def test_m9_names_the_refund(self, refund: Refund) -> None:
        drop("domain_refund", "refund_four_eyes")
        execute("UPDATE domain_refund SET approved_by_id = requested_by_id")
        assert found("M9") == [f"refund {refund.pk}"]
        execute("UPDATE domain_refund SET approved_by_id = NULL")
        assert found("M9") == [f"refund {refund.pk}"]

    def test_m9_names_the_payment(self, payment: Payment, clerk: Staff) -> None:
        execute(
            "UPDATE domain_payment SET requested_by_id = %s, approved_by_id = %s",
            [clerk.pk, clerk.pk],
        )
        assert found("M9") == [f"payment {payment.pk}"]

    def test_m10_names_the_intent(self, payment: Payment) -> None:
        other = settled(make_booking())
        execute("DROP INDEX payment_intent_once")
        execute("UPDATE domain_payment SET intent_id = %s", [other.intent_id])
        assert found("M10") == [f"intent {other.intent_id}"]

    def test_m10_names_the_refund(self, payment: Payment, clerk: Staff) -> None:
        for _ in range(2):
            ask_refund(payment, clerk, amount_cents=100)
        drop("domain_refund", "refund_at_stripe_once")
        execute("UPDATE domain_refund SET stripe_refund_id = 're_1'")
        assert found("M10") == ["refund re_1"]

    def test_m14_names_the_booking(self, payment: Payment) -> None:
        execute("UPDATE domain_booking SET total_cents = total_cents + 1")
        assert found("M14") == [f"booking {payment.booking.number}"]

    def test_m14_sees_a_line_taken_out(self) -> None:
        booking = make_booking()
        execute("DELETE FROM domain_bookingline")
        assert found("M14") == [f"booking {booking.number}"]

    def test_m16_names_the_entry(self, manager: Staff) -> None:
        booking = make_booking()
        late = begin_payment(booking)
        cancelled(booking, manager)
        settle_intent(payment_id=late.pk, intent=intent_of(late), actor=POLL, at=NOON)
        assert_sound()
        execute("UPDATE domain_moneycase SET kind = 'fee'")
        assert MoneyCase.objects.count() == 1
        assert found("M16") == [f"entry payment:{late.pk}:surplus"]

    def test_m17_names_the_refund_and_the_line(self, refund: Refund) -> None:
        part = RefundPart.objects.first()
        assert part is not None
        execute(
            "UPDATE domain_refundpart SET amount_cents = amount_cents + 1 WHERE id = %s", [part.pk]
        )
        assert found("M17") == [f"refund {refund.pk}"]
        execute("UPDATE domain_refundpart SET amount_cents = %s WHERE id = %s", [10**9, part.pk])
        assert set(found("M17")) == {f"refund {refund.pk}", f"line {part.line_id}"}


class TestEvents:
    @pytest.fixture
    def event(self, db: None) -> WebhookEvent:
        now = timezone.now()
        return store_event(
            stripe_id="evt_1",
            type="charge.updated",
            object_id="ch_1",
            payload={},
            livemode=False,
            created_at=now,
            at=now,
        )

    def test_m12_names_one_that_waits(self, event: WebhookEvent) -> None:
        assert found("M12") == []
        long_ago = timezone.now() - timedelta(minutes=16)
        execute("UPDATE domain_webhookevent SET received_at = %s", [long_ago])
        assert found("M12") == ["event evt_1"]

    def test_m12_names_one_without_a_reason(self, event: WebhookEvent) -> None:
        finish_event(event_id=event.pk, step="ignore", outcome="why", booking_id=None, at=NOON)
        assert found("M12") == []
        execute("UPDATE domain_webhookevent SET outcome = ''")
        assert found("M12") == ["event evt_1"]


class TestStatesAndPeople:
    def test_s2_names_the_booking(self, payment: Payment) -> None:
        execute("UPDATE domain_booking SET state = 'completed'")
        assert found("S2") == [f"booking {payment.booking_id}"]

    def test_s4_names_the_entry(self) -> None:
        make_booking()
        entry = AuditEntry.objects.latest("pk")
        execute("UPDATE domain_auditentry SET role = '' WHERE id = %s", [entry.pk])
        assert found("S4") == [f"audit entry {entry.pk}"]

    def test_s4_sees_nobody(self) -> None:
        make_booking()
        entry = AuditEntry.objects.latest("pk")
        drop("domain_auditentry", "audit_has_an_actor")
        execute("UPDATE domain_auditentry SET system = '' WHERE id = %s", [entry.pk])
        assert found("S4") == [f"audit entry {entry.pk}"]

    def test_a2_names_the_entry(self) -> None:
        make_booking()
        assert_sound()
        entry = AuditEntry.objects.latest("pk")
        execute("UPDATE domain_auditentry SET step = 'x' WHERE id = %s", [entry.pk])
        assert found("A2") == [f"audit entry {entry.pk}"]

    def test_x8_names_the_customer(self, clerk: Staff) -> None:
        customer = register_customer(contact=ADA, actor=clerk, at=NOON)
        assert found("X8") == []
        execute("UPDATE domain_customer SET email = upper(%s)", [clerk.email])
        assert found("X8") == [f"customer {customer.pk}"]

    def test_b1_names_a_delivery_that_nobody_paid(self) -> None:
        booking = make_booking()
        execute("UPDATE domain_booking SET state = 'completed'")
        assert found("B1") == [f"booking {booking.number}"]


class TestTheChecks:
    def test_are_each_broken_here(self) -> None:
        """A new invariant comes with a test that breaks it."""
        broken = {name.split("_")[1].upper() for name in all_tests()}
        assert {each.id for each in INVARIANTS} <= broken

    def test_pass_after_a_whole_life(self, clerk: Staff, finance: Staff, manager: Staff) -> None:
        booking = settled(make_booking()).booking
        for step in ("dispatch", "complete"):
            transit(Booking, booking.pk, step, actor=manager, at=NOON)
        cancelled(settled(make_booking()).booking, manager)
        assert_sound()


def all_tests() -> list[str]:
    classes = (TestMoney, TestEvents, TestStatesAndPeople)
    return [name for each in classes for name in vars(each) if name.startswith("test_")]
