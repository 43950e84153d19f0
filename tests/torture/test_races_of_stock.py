"""32 buyers of the last vehicle, 25 rounds: one gets it. Without the lock, more would."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import Group
from django.db import IntegrityError

from domain.bookings.models import Booking, VehicleStock
from domain.bookings.vehicles import stock
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


@pytest.fixture(autouse=True)
def _shop(db: None) -> None:
    fill_catalog()
    stock.count_in(sku=SKU, at=NOON)


class TestTheLastVehicle:
    def rounds(
        self, *, threads: int = THREADS, rounds: int = ROUNDS
    ) -> Iterator[tuple[list[int], Outcome]]:
        manager = staff(1)[0]
        manager.groups.set(Group.objects.filter(name="operations_manager"))
        manager = Staff.objects.get(pk=manager.pk)

        def prepare() -> list[int]:
            bookings = [on_emi().pk for _ in range(threads)]
            row = VehicleStock.objects.get(sku=SKU)
            stock.count_stock(
                sku=SKU,
                on_hand=row.reserved + 1,
                reason="one is left",
                seen_on_hand=row.on_hand,
                actor=manager,
                at=NOON,
            )
            return bookings

        def buy(bookings: list[int], number: int) -> object:
            return pay(Booking.objects.get(pk=bookings[number]), 5_000_00)

        return in_rounds(prepare, buy, threads=threads, rounds=rounds)

    def test_is_sold_once_and_no_money_is_refused(self) -> None:
        for bookings, outcome in self.rounds(rounds=ROUNDS // 5):
            assert outcome.errors == []
            states = Booking.objects.filter(pk__in=bookings).values_list("state", flat=True)
            assert sorted(states) == ["active"] + ["pending"] * (THREADS - 1)
        assert_sound(NOON)

    def test_is_sold_twice_without_the_lock(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def unlocked(sku: str, **_: object) -> VehicleStock:
            return VehicleStock.objects.get(sku=sku)

        monkeypatch.setattr(stock, "lock_stock", slow(unlocked))
        with without_constraint("domain_vehiclestock", "stock_never_oversold"):
            sold = 0
            for bookings, _ in self.rounds(threads=FEW_THREADS, rounds=FEW_ROUNDS):
                active = Booking.objects.filter(pk__in=bookings, state="active").count()
                sold = max(sold, active)
        assert sold > 1

    def test_is_not_oversold_by_the_database(self) -> None:
        with pytest.raises(IntegrityError, match="stock_never_oversold"):
            VehicleStock.objects.filter(sku=SKU).update(reserved=10_000)
