"""32 buyers of the last vehicle, 25 rounds: each time one gets it. Without the lock, more would."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import Group
from django.db import IntegrityError, OperationalError

from domain.bookings.models import Booking, VehicleStock
from domain.bookings.vehicles import stock
from domain.flows.vehicles import settle_vehicle
from domain.staff.models import Staff
from tests.factories import assert_sound, fill_catalog
from tests.torture.threads import (
    FEW_ROUNDS,
    FEW_THREADS,
    ROUNDS,
    THREADS,
    Outcome,
    in_rounds,
    slow,
    staff,
    without_constraint,
)
from tests.vehicles.factory import NOON, SKU, on_emi, pay

pytestmark = pytest.mark.django_db(transaction=True)


def paid_and_waiting() -> int:
    """Money enough to be confirmed, and no vehicle to be had."""
    booking = on_emi()
    pay(booking, 5_000_00)
    return booking.pk


@pytest.fixture(autouse=True)
def _shop(db: None) -> None:
    fill_catalog()
    stock.count_in(sku=SKU, at=NOON)


class TestTheLastVehicle:
    def rounds(
        self, *, threads: int = THREADS, rounds: int = ROUNDS
    ) -> Iterator[tuple[list[int], Outcome]]:
        """Everybody has paid and waits; each round one more vehicle arrives, and all ask at once.

        Whoever got one is replaced for the next round, the others ask again.
        """
        manager = staff(1)[0]
        manager.groups.set(Group.objects.filter(name="operations_manager"))
        manager = Staff.objects.get(pk=manager.pk)
        self.arrive(0, manager)
        waiting = [paid_and_waiting() for _ in range(threads)]

        def prepare() -> list[int]:
            self.arrive(1, manager)
            for place, pk in enumerate(waiting):
                if Booking.objects.filter(pk=pk, state="active").exists():
                    waiting[place] = paid_and_waiting()
            return list(waiting)

        def activate(bookings: list[int], number: int) -> object:
            while True:
                try:
                    return settle_vehicle(booking_id=bookings[number], at=NOON)
                except OperationalError as slow_machine:
                    if "lock timeout" not in str(slow_machine):
                        raise

        return in_rounds(prepare, activate, threads=threads, rounds=rounds)

    def arrive(self, free: int, manager: Staff) -> None:
        row = VehicleStock.objects.get(sku=SKU)
        stock.count_stock(
            sku=SKU,
            on_hand=row.reserved + free,
            reason="counted",
            seen_on_hand=row.on_hand,
            actor=manager,
            at=NOON,
        )

    def test_is_sold_once_and_no_money_is_refused(self) -> None:
        for number, (bookings, outcome) in enumerate(self.rounds(), start=1):
            assert outcome.errors == []
            asked = Booking.objects.filter(pk__in=bookings).values_list("state", flat=True)
            assert sorted(asked) == ["active"] + ["pending"] * (THREADS - 1)
            assert Booking.objects.filter(state="active").count() == number
        assert_sound(NOON)

    def test_is_sold_twice_without_the_lock(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def unlocked(sku: str, **_: object) -> VehicleStock:
            return VehicleStock.objects.get(sku=sku)

        found = self.rounds(threads=FEW_THREADS, rounds=FEW_ROUNDS)
        monkeypatch.setattr(stock, "lock_stock", slow(unlocked))
        with without_constraint("domain_vehiclestock", "stock_never_oversold"):
            sold = 0
            for bookings, _ in found:
                active = Booking.objects.filter(pk__in=bookings, state="active").count()
                sold = max(sold, active)
        assert sold > 1

    def test_is_not_oversold_by_the_database(self) -> None:
        with pytest.raises(IntegrityError, match="stock_never_oversold"):
            VehicleStock.objects.filter(sku=SKU).update(reserved=10_000)
