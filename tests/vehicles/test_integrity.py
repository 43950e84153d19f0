"""Each invariant of stock and instalments, broken by somebody with the keys of the database."""

from __future__ import annotations

import pytest

from domain.bookings.integrity import instalment_breaches, stock_breaches
from domain.bookings.models import Booking, VehicleStock
from tests.factories import assert_sound
from tests.flows.test_integrity import drop, execute
from tests.kept_rows import once
from tests.vehicles.factory import NOON, SKU, active, pay, rows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shop")]


def one_sold() -> None:
    active()
    assert_sound(NOON)


@pytest.fixture
def booking() -> Booking:
    once(one_sold)
    return Booking.objects.get()


def stock_found() -> list[str]:
    return [breach.subject for breach in stock_breaches()]


def found() -> list[str]:
    return [breach.subject for breach in instalment_breaches()]


class TestV1:
    @pytest.mark.parametrize(
        "change",
        ["reserved = reserved + 1", "on_hand = on_hand + 1", "reserved = 0"],
    )
    def test_names_a_figure_that_nothing_explains(self, booking: Booking, change: str) -> None:
        execute(f"UPDATE domain_vehiclestock SET {change} WHERE sku = %s", [SKU])
        assert stock_found() == [f"vehicle {SKU}"]

    def test_names_more_promised_than_there_are(self, booking: Booking) -> None:
        drop("domain_vehiclestock", "stock_never_oversold")
        execute("UPDATE domain_vehiclestock SET reserved = on_hand + 1 WHERE sku = %s", [SKU])
        assert stock_found() == [f"vehicle {SKU}"]

    def test_names_a_booking_without_a_vehicle(self, booking: Booking) -> None:
        execute("UPDATE domain_booking SET state = 'cancelled' WHERE id = %s", [booking.pk])
        assert stock_found() == [f"vehicle {SKU}"]
        assert VehicleStock.objects.get(sku=SKU).reserved == 1


class TestV2:
    def test_names_money_that_never_came(self, booking: Booking) -> None:
        first = rows(booking)[0]
        execute("UPDATE domain_instalment SET paid_cents = 100 WHERE id = %s", [first.pk])
        assert found() == [f"booking {booking.number}"]

    def test_names_one_filled_out_of_turn(self, booking: Booking) -> None:
        first, second, *_ = rows(booking)
        pay(booking, 100)
        execute("UPDATE domain_instalment SET paid_cents = 0 WHERE id = %s", [first.pk])
        execute("UPDATE domain_instalment SET paid_cents = 100 WHERE id = %s", [second.pk])
        assert found() == [f"instalment {second.pk}"]

    def test_names_one_paid_past_its_amount(self, booking: Booking) -> None:
        drop("domain_instalment", "instalment_filled_to_its_amount")
        last = rows(booking)[-1]
        set_to = "UPDATE domain_instalment SET paid_cents = amount_cents + 1 WHERE id = %s"
        execute(set_to, [last.pk])
        assert f"instalment {last.pk}" in found()
