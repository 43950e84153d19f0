"""What money for a vehicle makes of its buyer."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import count

import pytest

from domain.bookings.models import Booking
from domain.common.effects import Change
from domain.common.errors import InvalidInput
from domain.customers.models import GuestCheckout
from domain.flows.buying import after_money, members_to_place, place_if_due
from domain.flows.joining import join_with_code
from domain.ledger.operations.posting import post
from domain.ledger.rules import AccountRef, Leg
from domain.network.models import ActiveBuyerPeriod, Member, UnitEvent
from domain.network.operations.members import terminate
from domain.network.queries.members import is_active_buyer
from domain.staff.models import Staff
from tests.jobs import run_jobs, waiting_jobs
from tests.network.factory import (
    ENROLLER,
    NOON,
    decide,
    new_customer,
    new_member,
    node,
    placed,
    put,
    run_sql,
    vehicle_booking,
)

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
numbers = count(1)


def money(booking: Booking, cents: int, *, at: datetime = NOON, back: bool = False) -> None:
    """Put a payment or a refund into the books, and tell the network."""
    bank, advance = AccountRef("1000"), AccountRef("2300", booking.pk)
    leg = Leg(advance, bank, cents) if back else Leg(bank, advance, cents)
    post(
        key=f"test:{next(numbers)}",
        event="refund.completed" if back else "payment.captured",
        legs=[leg],
        currency="INR",
        effective_on=at.date(),
        actor=ENROLLER,
        at=at,
        booking_id=booking.pk,
    )
    told(booking, at=at)


def told(booking: Booking, *, at: datetime = NOON) -> None:
    for effect in after_money(booking, at):
        assert str(effect.preview())
        effect.apply(Change(0, ENROLLER, at))


def state(booking: Booking, name: str, *, at: datetime = NOON) -> None:
    run_sql("UPDATE domain_booking SET state = %s WHERE id = %s", name, booking.pk)
    told(Booking.objects.get(pk=booking.pk), at=at)


def periods(member: Member) -> list[tuple[date, date | None]]:
    found = ActiveBuyerPeriod.objects.filter(member=member).order_by("id")
    return list(found.values_list("started_on", "ended_on"))


def units(member: Member) -> list[tuple[int, str]]:
    found = UnitEvent.objects.filter(node=member.pk).order_by("id")
    return list(found.values_list("sign", "source_type"))


class TestActiveBuyer:
    def test_from_the_payment_that_reaches_the_threshold_over_all_bookings(self) -> None:
        member = placed(placed(), "L")
        first, second = vehicle_booking(member.customer), vehicle_booking(member.customer)
        money(first, 300_000)
        assert periods(member) == []
        money(second, 200_000, at=NOON + DAY)
        assert periods(member) == [(date(2027, 3, 2), None)]
        assert units(member) == [(1, "active_buyer")]
        period = ActiveBuyerPeriod.objects.get(member=member)
        assert (period.net_paid_cents, period.threshold_cents) == (500_000, 500_000)
        assert str(second) in period.reason

    def test_until_a_refund_or_cancellation_takes_it_below(self) -> None:
        member = placed(placed(), "L")
        booking = vehicle_booking(member.customer, state="active")
        money(booking, 500_000)
        money(booking, 1, at=NOON + 2 * DAY, back=True)
        assert periods(member) == [(date(2027, 3, 1), date(2027, 3, 3))]
        assert units(member) == [(1, "active_buyer"), (-1, "active_buyer")]
        money(booking, 1, at=NOON + 4 * DAY)
        assert periods(member)[1] == (date(2027, 3, 5), None)
        assert sum(sign for sign, _ in units(member)) == 1
        state(booking, "cancelled", at=NOON + 5 * DAY)
        assert periods(member)[1] == (date(2027, 3, 5), date(2027, 3, 6))
        assert sum(sign for sign, _ in units(member)) == 0

    def test_any_past_day_can_be_asked(self) -> None:
        member = new_member()
        booking = vehicle_booking(member.customer)
        money(booking, 500_000)
        money(booking, 500_000, at=NOON + 3 * DAY, back=True)
        days = [is_active_buyer(member.pk, date(2027, 3, day)) for day in (1, 3, 4)]
        assert days == [True, True, False]
        assert not is_active_buyer(member.pk, date(2027, 2, 28))

    def test_told_twice_is_once(self) -> None:
        member = placed(placed(), "L")
        booking = vehicle_booking(member.customer)
        money(booking, 500_000)
        told(booking)
        assert len(periods(member)) == len(units(member)) == 1

    def test_somebody_who_is_no_member_is_left_alone(self) -> None:
        money(vehicle_booking(new_customer()), 500_000)
        assert not ActiveBuyerPeriod.objects.exists()

    def test_a_delivery_is_no_vehicle(self) -> None:
        assert after_money(Booking(line="delivery"), NOON) == []


class TestUnits:
    def test_a_buyer_without_a_place_counts_once_placed(self) -> None:
        root = placed()
        member = new_member(root)
        money(vehicle_booking(member.customer), 500_000)
        assert units(member) == []
        put(member, "L")
        assert units(member) == [(1, "active_buyer")]

    def test_by_the_place_alone(self, finance: Staff, manager: Staff) -> None:
        decide("pair.unit_basis", "PLACEMENT", at=NOON, by=finance, approver=manager)
        member = placed(placed(), "L")
        money(vehicle_booking(member.customer), 500_000)
        assert units(member) == [(1, "placement")]

    def test_for_each_confirmed_booking(self, finance: Staff, manager: Staff) -> None:
        decide("pair.unit_basis", "EACH_BOOKING", at=NOON, by=finance, approver=manager)
        member = placed(placed(), "L")
        bookings = [vehicle_booking(member.customer) for _ in range(3)]
        for booking in bookings[:2]:
            state(booking, "active")
        assert units(member) == [(1, "booking"), (1, "booking")]
        state(bookings[0], "cancelled")
        told(bookings[0])
        assert sum(sign for sign, _ in units(member)) == 1

    def test_the_counters_above_wait_for_the_run(self) -> None:
        root = placed()
        member = placed(root, "L")
        money(vehicle_booking(member.customer), 500_000)
        assert node(root).left_units == 0


class TestTheTriggerOfPlacing:
    def test_the_first_confirmed_booking_places(self) -> None:
        root = placed()
        member = new_member(root)
        booking = vehicle_booking(member.customer)
        told(booking)
        assert waiting_jobs() == []
        state(booking, "active")
        assert members_to_place(at=NOON) == [member.pk]
        run_jobs()
        assert node(member).parent_id == root.pk
        assert members_to_place(at=NOON) == []
        assert place_if_due(member_id=member.pk, at=NOON) is None

    def test_registration_places_at_once(self, finance: Staff, manager: Staff) -> None:
        decide("placement.trigger", "REGISTRATION", at=NOON, by=finance, approver=manager)
        member = new_member(placed())
        assert members_to_place(at=NOON) == [member.pk]
        assert place_if_due(member_id=member.pk, at=NOON)

    def test_or_staff_alone(self, finance: Staff, manager: Staff) -> None:
        decide("placement.trigger", "STAFF", at=NOON, by=finance, approver=manager)
        member = new_member(placed())
        vehicle_booking(member.customer, state="active")
        assert members_to_place(at=NOON) == []
        assert place_if_due(member_id=member.pk, at=NOON) is None

    def test_the_terminated_are_not_placed(self, manager: Staff) -> None:
        member = new_member(placed())
        vehicle_booking(member.customer, state="active")
        terminate(member_id=member.pk, reason="left", actor=manager, at=NOON)
        assert members_to_place(at=NOON) == []
        assert place_if_due(member_id=member.pk, at=NOON) is None


class TestJoining:
    def test_a_guest_with_a_code_becomes_customer_and_member(self) -> None:
        sponsor = placed()
        booking = vehicle_booking(new_customer())
        guest = GuestCheckout.objects.create(
            first_name="Ravi",
            last_name="Nair",
            email="ravi@example.com",
            phone="+919812345678",
            created_at=NOON,
        )
        Booking.objects.filter(pk=booking.pk).update(customer=None, guest=guest)
        code = f" {sponsor.code.lower()} "
        member = join_with_code(booking_id=booking.pk, code=code, actor=ENROLLER, at=NOON)
        assert (member.referred_by, member.customer.email) == (sponsor, "ravi@example.com")
        booking = Booking.objects.get(pk=booking.pk)
        assert (booking.customer_id, booking.guest_id) == (member.pk, None)
        assert not GuestCheckout.objects.filter(pk=guest.pk).exists()

    def test_a_member_stays_with_their_own_sponsor(self) -> None:
        sponsor, other = placed(), placed()
        member = new_member(sponsor)
        booking = vehicle_booking(member.customer)
        same = join_with_code(booking_id=booking.pk, code=other.code, actor=ENROLLER, at=NOON)
        assert same.referred_by == sponsor

    def test_nobody_joins_with_their_own_code_or_with_none(self) -> None:
        member = new_member()
        booking = vehicle_booking(member.customer)
        for code, why in ((member.code, "own"), ("NOBODY22", "not valid"), ("", "not valid")):
            with pytest.raises(InvalidInput, match=why):
                join_with_code(booking_id=booking.pk, code=code, actor=ENROLLER, at=NOON)
