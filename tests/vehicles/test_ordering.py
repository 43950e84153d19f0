"""A booking's number is drawn by lot; all that begins with the booking is written with it."""

from __future__ import annotations

import pytest

from domain.bookings.models import Booking
from domain.common.errors import Conflict
from domain.customers.models import GuestCheckout
from domain.flows import ordering
from domain.flows.ordering import VehicleWish, book_vehicle_for_payment
from domain.notifications.models import Message
from domain.payments.models import Payment
from tests.factories import GUEST, assert_sound
from tests.vehicles.factory import NOON, asha, make_order, request_for

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shop")]


def draw(monkeypatch: pytest.MonkeyPatch, letters: str) -> None:
    """Numbers are made of these letters, in turn."""
    left = iter(letters)
    monkeypatch.setattr(ordering, "choice", lambda _alphabet: next(left))


def test_a_number_that_somebody_has_is_drawn_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    draw(monkeypatch, "A" * 24 + "B" * 8)
    assert make_order().number == "EVAAAAAAAA"
    assert make_order().number == "EVBBBBBBBB"
    assert (GuestCheckout.objects.count(), Message.objects.count()) == (2, 2)
    assert_sound()


def test_gives_up_when_no_number_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    draw(monkeypatch, "A" * 48)
    make_order()
    with pytest.raises(Conflict, match="booking number"):
        make_order()


def test_a_booking_begins_with_its_lines_its_message_and_its_payment() -> None:
    wish = VehicleWish(request=request_for(), contact=asha())
    booked = book_vehicle_for_payment(wish=wish, actor=GUEST, at=NOON)
    kept = Booking.objects.get(pk=booked.booking.pk)
    assert [line.pk for line in booked.lines] == list(kept.lines.values_list("pk", flat=True))
    assert Payment.objects.get().booking == kept
    message = Message.objects.get()
    assert message.booking == kept
    assert "for City One in " in message.body
    assert "EV-CITY-1" not in message.body
    assert kept.guest is not None
    assert_sound()
