"""What money makes of a vehicle's booking: confirmed, filled, owed, given back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.bookings.integrity import instalment_breaches
from domain.bookings.models import Booking, BookingState
from domain.bookings.queries import due_cents
from domain.bookings.vehicles.stock import free_of
from domain.common.errors import InvalidInput, Refused
from domain.common.workflow import transit
from domain.flows.checkout import PriceChanged
from domain.flows.instalments import due_by, fill_oldest, request_waiver, take_back
from domain.flows.ordering import VehicleWish, book_vehicle
from domain.ledger.operations import post
from domain.ledger.queries import balance
from domain.ledger.rules import AccountRef, Leg
from domain.network.models import ActiveBuyerPeriod
from domain.payments.models import MoneyCase, Payment, Refund
from domain.payments.operations.payments import record_offline_payment
from domain.payments.operations.refunds import request_refund
from domain.staff.models import Staff
from tests.factories import GUEST, POLL, assert_sound, sent_back
from tests.network.factory import new_customer, placed
from tests.vehicles.factory import (
    NOON,
    SKU,
    TODAY,
    active,
    again,
    asha,
    books,
    make_order,
    on_emi,
    pay,
    request_for,
    rows,
    stock_up,
    told,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shop")]
DAY = timedelta(days=1)


class TestConfirming:
    def test_enough_money_confirms_and_reserves(self) -> None:
        free = free_of([SKU], NOON)[SKU]
        booking = on_emi(booking_amount_cents=500_00)
        pay(booking, 4_999_99)
        assert again(booking).state == BookingState.PENDING
        assert free_of([SKU], NOON)[SKU] == free
        pay(booking, 1)
        booking = again(booking)
        assert (booking.state, booking.confirmed_at) == (BookingState.ACTIVE, NOON)
        assert booking.expires_at is None
        assert free_of([SKU], NOON)[SKU] == free - 1
        assert books(booking, "2300") == 5_000_00
        assert_sound(NOON)

    def test_the_whole_price_completes_at_once(self) -> None:
        booking = make_order(payment_option="full")
        pay(booking, booking.total_cents)
        assert again(booking).state == BookingState.COMPLETED
        assert due_cents(again(booking)) == 0
        assert_sound(NOON)

    def test_money_is_taken_though_no_vehicle_is_left(self, manager: Staff) -> None:
        stock_up(SKU, 1, manager)
        first, second = active(), on_emi()
        pay(second, 5_000_00)
        assert again(second).state == BookingState.PENDING
        case = MoneyCase.objects.get(booking=second)
        assert (case.kind, case.state) == ("no_stock", "open")
        with pytest.raises(Refused, match="waits for a vehicle"):
            transit(Booking, second.pk, "expire", actor=POLL, at=NOON + 40 * DAY)
        transit(Booking, first.pk, "cancel", actor=manager, at=NOON, reason="changed her mind")
        from domain.flows.tasks import activate_waiting

        activate_waiting(SKU)
        assert again(second).state == BookingState.ACTIVE
        assert MoneyCase.objects.get(pk=case.pk).state == "resolved"
        assert_sound(NOON)

    def test_the_buyer_becomes_an_active_buyer_by_the_code(self) -> None:
        sponsor = placed()
        booking = make_order(referral_code=sponsor.code, booking_amount_cents=5_000_00)
        assert booking.guest is None
        assert booking.referred_by_id == sponsor.pk
        assert not ActiveBuyerPeriod.objects.exists()
        pay(booking, 5_000_00)
        assert ActiveBuyerPeriod.objects.get().member_id == booking.customer_id

    def test_what_is_wrong_is_told_at_once(self) -> None:
        wish = VehicleWish(
            request=request_for(payment_option="emi", emi_months=5, booking_amount_cents=1),
            contact=asha() | {"phone": "12"},
            referral_code="NOBODYS2",
        )
        with pytest.raises(InvalidInput) as refused:
            book_vehicle(wish=wish, actor=GUEST, at=NOON)
        assert set(refused.value.field_errors) == {
            "phone",
            "referral_code",
            "emi_months",
            "booking_amount_cents",
        }

    def test_another_price_books_nothing(self) -> None:
        wish = VehicleWish(request=request_for(), contact=asha(), expected_total_cents=1)
        with pytest.raises(PriceChanged):
            book_vehicle(wish=wish, actor=GUEST, at=NOON)
        assert not Booking.objects.exists()


class TestInstalments:
    def test_the_oldest_is_filled_first(self) -> None:
        booking = active()
        each = rows(booking)[0].amount_cents
        pay(booking, each + 100)
        assert told(booking)[:3] == [(each, "paid"), (100, "part_paid"), (0, "due")]
        assert_sound(NOON)

    def test_offline_money_counts_once_a_second_person_approved(
        self, finance: Staff, manager: Staff
    ) -> None:
        booking = active()
        each = rows(booking)[0].amount_cents
        payment = record_offline_payment(
            booking_id=booking.pk,
            method="bank_transfer",
            amount_cents=each,
            reference="UTR 1",
            received_on=TODAY,
            evidence="",
            actor=finance,
            at=NOON,
        )
        assert told(booking)[0] == (0, "due")
        with pytest.raises(Refused, match="somebody else"):
            transit(Payment, payment.pk, "approve", actor=finance, at=NOON)
        transit(Payment, payment.pk, "approve", actor=manager, at=NOON)
        assert told(booking)[0] == (each, "paid")
        assert_sound(NOON)

    def test_too_much_becomes_a_case(self) -> None:
        booking = active()
        pay(booking, due_cents(booking) + 700_00)
        assert again(booking).state == BookingState.COMPLETED
        assert {state for _, state in told(booking)} == {"paid"}
        case = MoneyCase.objects.get()
        assert (case.kind, case.amount_cents) == ("surplus", 700_00)
        assert_sound(NOON)

    def test_a_refund_is_to_be_paid_again_and_does_not_unconfirm(
        self, finance: Staff, manager: Staff
    ) -> None:
        booking = active()
        each = rows(booking)[0].amount_cents
        payment = pay(booking, each)
        refund = request_refund(
            payment_id=payment.pk, amount_cents=each, reason="paid twice", actor=finance, at=NOON
        )
        transit(Refund, refund.pk, "approve", actor=manager, at=NOON)
        sent_back(refund, at=NOON)
        assert again(booking).state == BookingState.ACTIVE
        assert told(booking)[0] == (0, "due")
        assert due_cents(booking) == booking.total_cents - 5_000_00
        assert_sound(NOON)

    def test_a_waiver_takes_two_people_and_lowers_the_price(
        self, finance: Staff, manager: Staff
    ) -> None:
        booking = active()
        row = rows(booking)[0]
        waiver = request_waiver(instalment_id=row.pk, reason="goodwill", actor=finance, at=NOON)
        with pytest.raises(Refused, match="somebody else"):
            transit(type(waiver), waiver.pk, "approve", actor=finance, at=NOON)
        transit(type(waiver), waiver.pk, "approve", actor=manager, at=NOON)
        assert told(booking)[0] == (0, "waived")
        assert again(booking).total_cents == booking.total_cents - row.amount_cents
        assert sum(each.open_cents for each in rows(booking)) == due_cents(again(booking))
        assert_sound(NOON)


class TestHandingOver:
    def test_what_is_unpaid_becomes_a_debt(self, manager: Staff) -> None:
        booking = active()
        done = transit(Booking, booking.pk, "deliver", actor=manager, at=NOON)
        owed = booking.total_cents - 5_000_00
        assert done.subject.state == BookingState.DELIVERED
        assert (books(booking, "2300"), books(booking, "1200")) == (0, owed)
        assert balance("4000", "INR") == booking.total_cents
        each = rows(booking)[0].amount_cents
        pay(again(booking), each)
        assert books(booking, "1200") == owed - each == due_cents(again(booking))
        assert told(booking)[0] == (each, "paid")
        assert_sound(NOON)

    def test_a_waiver_after_it_lowers_the_sale(self, finance: Staff, manager: Staff) -> None:
        booking = active()
        transit(Booking, booking.pk, "deliver", actor=manager, at=NOON)
        row = rows(booking)[0]
        waiver = request_waiver(instalment_id=row.pk, reason="goodwill", actor=finance, at=NOON)
        transit(type(waiver), waiver.pk, "approve", actor=manager, at=NOON)
        assert books(booking, "1200") == due_cents(again(booking))
        assert balance("4000", "INR") == again(booking).total_cents
        assert_sound(NOON)


class TestMembersOwnMoney:
    def test_the_reserve_fills_the_oldest_over_all_bookings(self) -> None:
        customer = new_customer()
        first = active(customer_id=customer.pk)
        second = active(customer_id=customer.pk, at=NOON + 3 * DAY)
        each = rows(first)[0].amount_cents
        on = rows(second)[0].due_on
        _credit("2010", customer.pk, each + 500)
        assert [due.booking_id for due in due_by(customer.pk, on)] == [first.pk, second.pk]
        for _ in range(2):
            fill_oldest(
                customer_id=customer.pk,
                cents=each + 500,
                on=on,
                method="emi_reserve",
                key="reserve:1",
                from_code="2010",
                actor=POLL,
                at=NOON + 3 * DAY,
            )
        assert told(first)[0] == (each, "paid")
        assert told(second)[0] == (500, "part_paid")
        assert balance("2010", "INR") == 0
        assert_sound(NOON)

    def test_a_returned_payout_empties_them_again(self) -> None:
        customer = new_customer()
        booking = active(customer_id=customer.pk)
        on = rows(booking)[0].due_on
        legs = (Leg(AccountRef("2030"), AccountRef("2300", booking.pk), 1_000_00),)
        more = {"currency": "INR", "effective_on": TODAY, "actor": POLL, "at": NOON}
        entry = post(key="payout:1:approve", event="payout.approved", legs=legs, **more)
        asked = {"customer_id": customer.pk, "cents": 1_000_00, "on": on, "method": "payout"}
        fill_oldest(**asked, key="payout:1", actor=POLL, at=NOON)
        assert told(booking)[0] == (1_000_00, "part_paid")
        assert list(instalment_breaches()) == []
        back = tuple(leg.reversed() for leg in legs)
        post(
            key="payout:1:return", event="payout.returned", legs=back, reverses_id=entry.pk, **more
        )
        take_back(key="payout:1", actor=POLL, at=NOON)
        assert told(booking)[0] == (0, "due")
        assert list(instalment_breaches()) == []


def _credit(code: str, customer_id: int, cents: int) -> None:
    post(
        key=f"test:{code}:{customer_id}",
        event="test",
        legs=(Leg(AccountRef("5000"), AccountRef(code, customer_id=customer_id), cents),),
        currency="INR",
        effective_on=TODAY,
        actor=POLL,
        at=NOON,
    )
