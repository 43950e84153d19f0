"""What becomes of a vehicle's booking, and its money, when it is given up."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from domain.bookings.models import Booking
from domain.bookings.vehicles.stock import free_of
from domain.common.errors import InvalidInput, Refused
from domain.common.workflow import transit
from domain.flows.deposits import keep_for_member, send_deposit_back
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
    make_order,
    pay,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shop")]
DAY = timedelta(days=1)


def books(booking: Booking, code: str) -> int:
    return balance(code, "INR", booking_id=booking.pk)


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
