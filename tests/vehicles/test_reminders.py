"""What the calendar does to a vehicle's booking."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from domain.bookings.models import Booking, BookingState
from domain.flows.reminders import instalments_to_look_at, look_at_instalment
from domain.flows.sweeps import bookings_to_expire, expire_booking
from domain.notifications.models import Message
from tests.factories import assert_sound
from tests.vehicles.factory import NOON, active, again, on_emi, pay, rows, told

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shop")]
KOLKATA = ZoneInfo("Asia/Kolkata")


def noon_before(booking: Booking, days: int) -> datetime:
    due_on = rows(booking)[0].due_on
    return datetime.combine(due_on, time(12), KOLKATA) - timedelta(days=days)


def look(at: datetime) -> list[str]:
    return [look_at_instalment(instalment_id=pk, at=at) for pk in instalments_to_look_at(at=at)]


def kinds() -> list[str]:
    found = Message.objects.filter(kind__startswith="instalment").order_by("pk")
    return list(found.values_list("kind", flat=True))


def test_the_buyer_is_reminded_once_before_and_once_after() -> None:
    booking = active()
    assert look(noon_before(booking, 4)) == []
    for days in (3, 2, 0):
        look(noon_before(booking, days))
    assert kinds() == ["instalment_soon"]
    look(noon_before(booking, -1))
    assert told(booking)[0] == (0, "overdue")
    assert kinds() == ["instalment_soon"]
    for days in (-2, -3):
        look(noon_before(booking, days))
    assert kinds() == ["instalment_soon", "instalment_overdue"]
    assert_sound(NOON)


def test_nobody_is_reminded_of_what_is_paid_or_not_confirmed() -> None:
    paid, pending = active(), on_emi()
    pay(paid, rows(paid)[0].amount_cents)
    look(noon_before(paid, 1))
    look(noon_before(pending, -3))
    assert kinds() == []


def test_an_unconfirmed_booking_expires_on_day_31() -> None:
    booking = on_emi()
    last = datetime.combine(NOON.date() + timedelta(days=30), time(23, 59), KOLKATA)
    assert bookings_to_expire(at=last) == []
    after = last + timedelta(minutes=1)
    assert bookings_to_expire(at=after) == [booking.pk]
    expire_booking(booking_id=booking.pk, at=after)
    assert again(booking).state == BookingState.EXPIRED
