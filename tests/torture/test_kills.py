"""Killed at any statement, a flow leaves all or nothing, and doing it again finishes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from domain.bookings.models import Booking
from domain.common.audit.models import AuditEntry
from domain.common.workflow import transit
from domain.customers.models import GuestCheckout
from domain.flows.refunds import settle_refund
from domain.flows.settlement import settle_intent
from domain.ledger.models import Entry, Transfer
from domain.notifications.models import Message
from domain.payments.models import Payment, Refund
from domain.staff.models import Staff
from tests.factories import (
    NOON,
    POLL,
    approved_refund,
    ask_refund,
    assert_sound,
    begin_payment,
    intent_of,
    make_booking,
    refund_told,
    settled,
)
from tests.jobs import waiting_jobs
from tests.torture.kills import dies_at, forgotten

pytestmark = pytest.mark.usefixtures("shop")
MOST_STATEMENTS = 200
# Settings and catalog, the number, and all that a booking is made of.
OF_A_BOOKING = 3


def everything() -> tuple[object, ...]:
    """All that the flows write; the sequence of booking numbers may leave a gap."""
    return (
        list(Booking.objects.order_by("pk").values_list("pk", "state", "version")),
        list(Payment.objects.order_by("pk").values_list("pk", "state", "captured_cents")),
        list(Payment.objects.order_by("pk").values_list("reserved_cents", "version")),
        list(Refund.objects.order_by("pk").values_list("pk", "state", "version")),
        [model.objects.count() for model in (AuditEntry, Entry, Transfer, Message, GuestCheckout)],
        waiting_jobs(),
    )


@dataclass(frozen=True)
class Flow:
    """Something to do, how to tell that it was done, and the fewest statements it takes."""

    run: Callable[[], object]
    done: Callable[[], bool]
    statements: int = 6


def booking_flow(clerk: Staff, finance: Staff, manager: Staff) -> Flow:
    return Flow(make_booking, lambda: Booking.objects.count() == 1, OF_A_BOOKING)


def settling(clerk: Staff, finance: Staff, manager: Staff) -> Flow:
    payment = begin_payment(make_booking())
    told = intent_of(payment, fee_cents=30)
    return Flow(
        lambda: settle_intent(payment_id=payment.pk, intent=told, actor=POLL, at=NOON),
        lambda: Booking.objects.get().state == "paid",
    )


def cancelling(clerk: Staff, finance: Staff, manager: Staff) -> Flow:
    booking = settled(make_booking()).booking
    late = NOON.replace(day=23)
    return Flow(
        lambda: transit(Booking, booking.pk, "cancel", actor=manager, at=late, reason="x"),
        lambda: Refund.objects.count() == 1 and Booking.objects.get().state == "cancelled",
    )


def completing_a_refund(clerk: Staff, finance: Staff, manager: Staff) -> Flow:
    payment = settled(make_booking())
    refund = approved_refund(payment, asked_by=clerk, approved_by=finance)
    transit(Refund, refund.pk, "send", actor=POLL, at=NOON)
    told = refund_told(refund)
    return Flow(
        lambda: settle_refund(payment_id=payment.pk, told=told, actor=POLL, at=NOON),
        lambda: Refund.objects.get().state == "completed",
    )


def approving_a_refund(clerk: Staff, finance: Staff, manager: Staff) -> Flow:
    payment = settled(make_booking())
    refund = ask_refund(payment, clerk)
    return Flow(
        lambda: transit(Refund, refund.pk, "approve", actor=finance, at=NOON),
        lambda: waiting_jobs()[-1] == "domain.flows.tasks.send_refund",
    )


FLOWS = [booking_flow, settling, cancelling, completing_a_refund, approving_a_refund]


@pytest.fixture(autouse=True)
def _warm(shop: object) -> None:
    """Fill the caches of the process, or the first kills would strike while they are filled."""
    with forgotten():
        make_booking()


class TestAKilledFlow:
    @pytest.mark.parametrize("prepare", FLOWS, ids=lambda flow: flow.__name__)
    def test_leaves_all_or_nothing_and_can_be_done_again(
        self, prepare: Callable[..., Flow], clerk: Staff, finance: Staff, manager: Staff
    ) -> None:
        flow = prepare(clerk, finance, manager)
        before = everything()
        points = 0
        while points < MOST_STATEMENTS:
            with forgotten():
                died = dies_at(points, flow.run)
                if died:
                    assert everything() == before, f"half a state after statement {points}"
            if not died:
                break
            points += 1
        assert flow.statements <= points < MOST_STATEMENTS

        flow.run()
        assert flow.done()
        assert_sound(NOON.replace(day=24))

    def test_would_be_seen_if_it_left_half(self) -> None:
        """Two bookings that are no one transaction: killed in between, there is one."""

        def two_by_two() -> None:
            make_booking()
            make_booking()

        before, halves = everything(), 0
        for point in range(MOST_STATEMENTS):
            with forgotten():
                if not dies_at(point, two_by_two):
                    break
                halves += everything() != before
        assert halves == OF_A_BOOKING
