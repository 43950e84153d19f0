"""What becomes of a vehicle's booking, and its money, when it is given up."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from domain.bookings.models import Booking
from domain.bookings.vehicles.stock import free_of
from domain.common.errors import InvalidInput, NotFound, Refused
from domain.common.workflow import transit
from domain.flows.deposits import keep_for_member, move_deposit, send_deposit_back
from domain.ledger.queries import balance
from domain.payments.models import MoneyCase, Payment, Refund
from domain.payments.operations.refunds import request_refund
from domain.staff.models import Staff
from tests.factories import POLL, assert_sound
from tests.network.factory import decide, new_customer
from tests.vehicles.factory import (
    NOON,
    SKU,
    active,
    again,
    books,
    make_order,
    pay,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shop")]
DAY = timedelta(days=1)


def move_case(expired: Booking, to: Booking, *, by: Staff, at: datetime) -> None:
    case = MoneyCase.objects.get(booking=expired)
    number = to.number.lower()
    move_deposit(case_id=case.pk, booking_number=number, reason="hers too", actor=by, at=at)


class TestGivingUp:
    def test_it_expires_on_day_31_and_keeps_its_money_for_staff(self) -> None:
        booking = make_order()
        pay(booking, booking.booking_amount_cents)
        booking = again(booking)
        assert booking.expires_at is not None
        with pytest.raises(Refused, match="has not passed"):
            transit(Booking, booking.pk, "expire", actor=POLL, at=booking.expires_at - DAY)
        transit(Booking, booking.pk, "expire", actor=POLL, at=booking.expires_at)
        case = MoneyCase.objects.get()
        assert (case.kind, case.amount_cents) == ("deposit", booking.booking_amount_cents)
        assert books(booking, "2300") == booking.booking_amount_cents

    def test_the_deposit_goes_back_less_what_is_kept(self, finance: Staff, manager: Staff) -> None:
        decide("booking.forfeit_bps", 2_000, at=NOON, by=finance, approver=manager)
        booking = self.expired()
        case = MoneyCase.objects.get()
        later = NOON + 40 * DAY
        send_deposit_back(case_id=case.pk, reason="too late", actor=finance, at=later)
        assert Refund.objects.get().amount_cents == 400_00
        assert balance("4010", "INR") == 100_00
        assert books(booking, "2300") == 400_00
        assert_sound(later)

    def test_or_stays_with_a_customer_untaxed(self, finance: Staff) -> None:
        booking = self.expired(customer_id=new_customer().pk)
        case = MoneyCase.objects.get()
        later = NOON + 40 * DAY
        keep_for_member(case_id=case.pk, reason="buys later", actor=finance, at=later)
        assert (balance("2005", "INR"), books(booking, "2300")) == (500_00, 0)
        payment = Payment.objects.get()
        with pytest.raises(InvalidInput):
            request_refund(
                payment_id=payment.pk, amount_cents=1, reason="x", actor=finance, at=later
            )
        assert_sound(later)

    def test_or_pays_for_another_booking(self, finance: Staff, manager: Staff) -> None:
        decide("booking.forfeit_bps", 2_000, at=NOON, by=finance, approver=manager)
        expired, other = self.expired(), make_order(booking_amount_cents=4_500_00)
        pay(other, 4_500_00)
        later = NOON + 40 * DAY
        move_case(expired, other, by=finance, at=later)
        assert (books(expired, "2300"), books(other, "2300")) == (0, 5_000_00)
        assert balance("2310", "INR") == 0
        assert again(other).state == "active"
        payment = Payment.objects.get(booking=expired)
        with pytest.raises(InvalidInput):
            request_refund(
                payment_id=payment.pk, amount_cents=1, reason="x", actor=finance, at=later
            )
        assert_sound(later)

    def test_what_was_moved_asks_again_when_that_booking_is_given_up(
        self, finance: Staff, manager: Staff
    ) -> None:
        expired, other = self.expired(), make_order(customer_id=new_customer().pk)
        later = NOON + 40 * DAY
        move_case(expired, other, by=finance, at=later)
        transit(Booking, other.pk, "cancel", actor=manager, at=later, reason="moved away")
        case = MoneyCase.objects.get(booking=other)
        assert (case.kind, case.amount_cents, Refund.objects.count()) == ("deposit", 500_00, 0)
        with pytest.raises(Refused, match="keep it for the buyer"):
            send_deposit_back(case_id=case.pk, reason="x", actor=finance, at=later)
        keep_for_member(case_id=case.pk, reason="buys later", actor=finance, at=later)
        assert (balance("2005", "INR"), books(other, "2300")) == (500_00, 0)
        assert_sound(later)

    def test_is_moved_only_to_where_as_much_is_due(self, finance: Staff) -> None:
        expired, paid = self.expired(), make_order()
        pay(paid, paid.total_cents - 499_99)
        for other, why in ((paid, "does not fit"), (expired, "nothing is due")):
            with pytest.raises(Refused, match=why):
                move_case(expired, other, by=finance, at=NOON)
        with pytest.raises(NotFound):
            move_case(expired, Booking(number="EVNOSUCH"), by=finance, at=NOON)
        assert books(expired, "2300") == 500_00

    def expired(self, **changes: Any) -> Booking:
        booking = make_order(booking_amount_cents=500_00, **changes)
        pay(booking, 500_00)
        transit(Booking, booking.pk, "expire", actor=POLL, at=NOON + 40 * DAY)
        return again(booking)

    def test_a_cancelled_one_gives_the_vehicle_back(self, manager: Staff) -> None:
        free = free_of([SKU], NOON)[SKU]
        booking = active()
        transit(Booking, booking.pk, "cancel", actor=manager, at=NOON, reason="changed her mind")
        assert free_of([SKU], NOON)[SKU] == free
        assert Refund.objects.get().amount_cents == 5_000_00
        assert_sound(NOON)
