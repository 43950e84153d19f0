"""Money without a home, until it has one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from domain.bookings.models import Booking
from domain.bookings.queries import cash_of, due_cents
from domain.common.actors import System
from domain.common.errors import NotFound, NotPermitted, Refused
from domain.common.workflow import transit
from domain.flows.cases import (
    close_case,
    move_money,
    reactivate_with_money,
    refund_money,
    reopen_case,
)
from domain.flows.refunds import settle_refund
from domain.flows.settlement import settle_intent
from domain.ledger.queries import balance
from domain.payments.models import MoneyCase, Payment, Refund
from domain.payments.operations.cases import take_case
from domain.staff.models import Staff
from domain.staff.roles import Role
from tests.factories import (
    NOON,
    POLL,
    assert_sound,
    begin_payment,
    cancelled,
    fresh,
    intent_of,
    make_booking,
    refund_told,
    settled_booking,
)

pytestmark = pytest.mark.usefixtures("shop")


@pytest.fixture
def late() -> MoneyCase:
    """Money for a booking that had expired."""
    booking = make_booking(at=NOON - timedelta(days=2))
    payment = begin_payment(booking)
    transit(Booking, booking.pk, "expire", actor=System("job:expire"), at=NOON)
    settle_intent(payment_id=payment.pk, intent=intent_of(payment), actor=POLL, at=NOON)
    return MoneyCase.objects.get(kind="late")


def booking_of(case: MoneyCase) -> Booking:
    return Booking.objects.get(pk=case.booking_id)


class TestReactivating:
    def test_brings_the_booking_back_paid(self, late: MoneyCase, manager: Staff) -> None:
        case = reactivate_with_money(case_id=late.pk, reason="we can", actor=manager, at=NOON)

        booking = booking_of(late)
        assert (case.state, booking.state) == ("resolved", "paid")
        assert balance("2310", "USD") == 0
        assert balance("2300", "USD", booking_id=booking.pk) == booking.total_cents
        assert cash_of([booking])[booking.pk].captured_cents == booking.total_cents
        assert_sound()

    @pytest.mark.parametrize("name", [each for each in Role if each != Role.OPERATIONS_MANAGER])
    def test_is_for_who_may_reactivate_bookings(
        self, late: MoneyCase, role: Callable[..., Staff], name: Role
    ) -> None:
        with pytest.raises(NotPermitted, match="operations manager may"):
            reactivate_with_money(case_id=late.pk, reason="x", actor=role(name), at=NOON)
        assert fresh_case(late).state == "open"
        assert booking_of(late).state == "expired"

    def test_gives_no_right_to_the_other_ways(self, late: MoneyCase, manager: Staff) -> None:
        with pytest.raises(NotPermitted, match="finance manager may"):
            move(late, make_booking(), manager)
        with pytest.raises(NotPermitted, match="finance manager may"):
            refund_money(case_id=late.pk, reason="x", actor=manager, at=NOON)
        with pytest.raises(Refused, match="it takes no money"):
            transit(MoneyCase, late.pk, "reapply", actor=manager, at=NOON, reason="x")

    def test_is_too_late_after_the_pickup_day(self, late: MoneyCase, manager: Staff) -> None:
        with pytest.raises(Refused, match="is over"):
            reactivate_with_money(
                case_id=late.pk, reason="x", actor=manager, at=NOON + timedelta(days=40)
            )
        assert booking_of(late).state == "expired"
        assert_sound()


class TestMoving:
    def test_pays_another_booking(self, late: MoneyCase, finance: Staff) -> None:
        other = make_booking()
        case = move(late, other, finance)

        assert (case.state, fresh(other).state) == ("resolved", "paid")
        assert other.number in case.resolution
        assert due_cents(fresh(other)) == 0
        assert balance("2310", "USD") == 0
        assert booking_of(late).state == "expired"
        assert_sound()

    def test_happens_once(self, late: MoneyCase, finance: Staff) -> None:
        move(late, make_booking(), finance)
        with pytest.raises(Refused, match="already resolved"):
            move(late, make_booking(), finance)

    def test_refuses_a_booking_on_which_less_is_due(self, late: MoneyCase, finance: Staff) -> None:
        with pytest.raises(Refused, match="does not fit"):
            move(late, settled_booking(), finance)

    def test_refuses_a_closed_booking(
        self, late: MoneyCase, finance: Staff, manager: Staff
    ) -> None:
        with pytest.raises(Refused, match="nothing is due"):
            move(late, cancelled(make_booking(), manager), finance)
        with pytest.raises(NotFound):
            move_money(
                case_id=late.pk, booking_number="TT-999999", reason="", actor=finance, at=NOON
            )

    def test_needs_the_right(self, late: MoneyCase, manager: Staff) -> None:
        with pytest.raises(NotPermitted):
            move(late, make_booking(), manager)


class TestRefunding:
    def test_takes_the_money_from_unapplied_receipts(
        self, late: MoneyCase, finance: Staff, manager: Staff
    ) -> None:
        refund = refund_money(case_id=late.pk, reason="too late", actor=finance, at=NOON)
        assert (refund.origin, refund.state, refund.case) == ("case", "requested", late)

        complete(refund, manager)

        assert balance("2310", "USD") == 0
        assert balance("1010", "USD") == 0
        assert fresh_case(late).state == "resolved"
        assert cash_of([booking_of(late)])[late.booking_id].refunded_cents == 0
        assert_sound()

    def test_is_asked_once(self, late: MoneyCase, finance: Staff) -> None:
        refund_money(case_id=late.pk, reason="x", actor=finance, at=NOON)
        with pytest.raises(Refused):
            refund_money(case_id=late.pk, reason="x", actor=finance, at=NOON)
        with pytest.raises(Refused):
            move(late, make_booking(), finance)
        assert Refund.objects.count() == 1

    def test_that_was_denied_leaves_the_case_open(
        self, late: MoneyCase, finance: Staff, manager: Staff
    ) -> None:
        """The money still lies there: somebody has to decide again."""
        refund = refund_money(case_id=late.pk, reason="x", actor=finance, at=NOON)
        transit(Refund, refund.pk, "deny", actor=manager, at=NOON, reason="move it instead")

        assert balance("2310", "USD") == late.amount_cents
        assert fresh_case(late).state == "open"
        assert move(late, make_booking(), finance).state == "resolved"
        assert_sound()

    def test_that_bounced_is_no_money_of_the_booking(
        self, late: MoneyCase, finance: Staff, manager: Staff
    ) -> None:
        refund = refund_money(case_id=late.pk, reason="x", actor=finance, at=NOON)
        refund = complete(refund, manager)
        told = refund_told(refund, status="failed", failure="account closed")
        settle_refund(payment_id=refund.payment_id, told=told, actor=POLL, at=NOON)

        cash = cash_of([booking_of(late)])[late.booking_id]
        assert (cash.captured_cents, cash.refunded_cents) == (0, 0)
        assert balance("2310", "USD") == late.amount_cents
        again = MoneyCase.objects.get(kind="late", state="open")
        assert again.amount_cents == late.amount_cents
        assert move(again, make_booking(), finance).state == "resolved"
        assert_sound()


class TestSurplusMoney:
    def test_cannot_be_refunded_as_if_it_were_the_booking_s(
        self, clerk: Staff, finance: Staff
    ) -> None:
        """It has its own way out; taken twice, the books would owe what they do not have."""
        from domain.common.errors import InvalidInput
        from tests.factories import ask_refund
        from tests.payments.offline import offline_payment

        booking = make_booking()
        card = begin_payment(booking)
        offline_payment(booking, recorder=clerk, approver=finance)
        settle_intent(payment_id=card.pk, intent=intent_of(card), actor=POLL, at=NOON)

        with pytest.raises(InvalidInput, match=r"\$0.00 of this payment is left"):
            ask_refund(Payment.objects.get(pk=card.pk), clerk)
        case = MoneyCase.objects.get(kind="surplus")
        assert refund_money(case_id=case.pk, reason="twice", actor=finance, at=NOON).pk
        assert_sound()


class TestClosing:
    def test_never_closes_a_case_that_holds_money(self, late: MoneyCase, finance: Staff) -> None:
        with pytest.raises(Refused, match="lies here"):
            close_case(case_id=late.pk, reason="never mind", actor=finance, at=NOON)

    def test_closes_a_difference_with_a_reason(self, finance: Staff) -> None:
        payment = begin_payment(make_booking())
        told = intent_of(payment, currency="INR")
        settle_intent(payment_id=payment.pk, intent=told, actor=POLL, at=NOON)
        case = MoneyCase.objects.get()
        take_case(case_id=case.pk, actor=finance, at=NOON)
        closed = close_case(case_id=case.pk, reason="a test of ours", actor=finance, at=NOON)
        assert (closed.state, closed.resolution) == ("resolved", "a test of ours")
        assert closed.owner == finance
        again = reopen_case(case_id=case.pk, reason="not ours", actor=finance, at=NOON)
        assert (again.state, again.resolution, again.resolved_at) == ("open", "", None)
        with pytest.raises(Refused, match="holds no money"):
            refund_money(case_id=open_mismatch().pk, reason="x", actor=finance, at=NOON)
        assert_sound()


def open_mismatch() -> MoneyCase:
    payment = begin_payment(make_booking())
    told = intent_of(payment, livemode=True)
    settle_intent(payment_id=payment.pk, intent=told, actor=POLL, at=NOON)
    return MoneyCase.objects.filter(state="open").latest("pk")


def move(case: MoneyCase, booking: Booking, actor: Staff) -> MoneyCase:
    return move_money(
        case_id=case.pk, booking_number=booking.number, reason="same guest", actor=actor, at=NOON
    )


def complete(refund: Refund, approver: Staff) -> Refund:
    transit(Refund, refund.pk, "approve", actor=approver, at=NOON)
    transit(Refund, refund.pk, "send", actor=POLL, at=NOON)
    settle_refund(payment_id=refund.payment_id, told=refund_told(refund), actor=POLL, at=NOON)
    return Refund.objects.get(pk=refund.pk)


def fresh_case(case: MoneyCase) -> MoneyCase:
    return MoneyCase.objects.get(pk=case.pk)
