"""From a stranger with a code to a place, a unit and back, by bookings as they are in life."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.bookings.models import Booking, BookingState
from domain.common.workflow import transit
from domain.network.models import ActiveBuyerPeriod, Member, UnitEvent
from domain.network.queries.members import standing_of
from domain.staff.models import Staff
from tests.factories import assert_sound
from tests.jobs import run_jobs
from tests.network.factory import node, placed
from tests.vehicles.factory import NOON, again, make_order, pay, stock_up

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shop")]
DAY = timedelta(days=1)


def units(member: Member) -> list[int]:
    found = UnitEvent.objects.filter(node=member.pk).order_by("id")
    return list(found.values_list("sign", flat=True))


def test_a_booking_with_a_code_leads_into_the_tree_and_its_end_takes_the_unit_back(
    manager: Staff,
) -> None:
    stock_up("EV-CITY-1", 20, manager)
    sponsor = placed()
    booking = make_order(referral_code=sponsor.code)
    member = Member.objects.get(pk=again(booking).customer_id)
    assert (member.referred_by, member.placed_at) == (sponsor, None)
    assert again(booking).referred_by_id == sponsor.pk

    pay(booking, 4_999_00)
    run_jobs()
    assert Member.objects.get(pk=member.pk).placed_at is None
    assert not ActiveBuyerPeriod.objects.exists()

    pay(booking, 1_00)
    assert again(booking).state == BookingState.ACTIVE
    run_jobs()
    assert node(member).parent_id == sponsor.pk
    assert ActiveBuyerPeriod.objects.get(member=member).ended_on is None
    assert units(member) == [1]
    assert_sound()

    transit(Booking, booking.pk, "cancel", actor=manager, at=NOON + DAY, reason="buyer asked")
    period = ActiveBuyerPeriod.objects.get(member=member)
    assert str(period.ended_on) == "2027-03-02"
    assert units(member) == [1, -1]
    assert node(member).parent_id == sponsor.pk
    assert standing_of(Member.objects.get(pk=member.pk)).may_earn
    assert_sound(NOON + DAY)


def test_a_second_booking_with_another_code_counts_for_the_first_sponsor(manager: Staff) -> None:
    stock_up("EV-CITY-1", 20, manager)
    first, other = placed(), placed()
    buyer = again(make_order(referral_code=first.code)).customer_id
    second = make_order(customer_id=buyer, referral_code=other.code)
    assert again(second).referred_by_id == first.pk
    assert Member.objects.count() == 3
