"""Reports of sales, debts and advances equal the books, and every figure of theirs is a door."""

from __future__ import annotations

from datetime import date, timedelta
from typing import ClassVar

import pytest

from domain.bookings.models import Booking
from domain.common.workflow import transit
from domain.ledger.queries import balance
from domain.payments.models import Payment
from domain.reports import owed_by_buyers, sales
from domain.staff.models import Staff
from domain.staff.roles import Role
from tests.factories import fill_catalog, refunded
from tests.network.factory import new_member
from tests.payouts.factory import hired
from tests.reports.doors import ReportPages
from tests.vehicles.factory import NOON, SKU, active, make_order, on_emi, pay, rows, stock_up

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
YEAR = {"since": date(2027, 1, 1), "until": date(2027, 12, 31)}
LATER = NOON + 70 * DAY


def hand_over(booking: Booking, by: Staff) -> Booking:
    return transit(Booking, booking.pk, "deliver", actor=by, at=NOON).subject


@pytest.fixture
def manager(db: None) -> Staff:
    return hired(Role.OPERATIONS_MANAGER)


@pytest.fixture
def sold(manager: Staff) -> dict[str, Booking]:
    """One handed over on instalments, one in full, one only confirmed, one waiting."""
    fill_catalog()
    stock_up(SKU, 5, manager)
    dealer = new_member(name="Dealer")
    on_plan = hand_over(active(referral_code=dealer.code), manager)
    pay(on_plan, rows(on_plan)[0].amount_cents)
    in_full = make_order(booking_amount_cents=5_000_00)
    pay(in_full, 5_000_00)
    return {
        "on_plan": on_plan,
        "in_full": hand_over(in_full, manager),
        "active": active(),
        "waiting": on_emi(referral_code=dealer.code),
    }


def refund_after(booking: Booking, cents: int, manager: Staff) -> None:
    """Give money back on the day after, as Stripe would tell it."""
    payment = Payment.objects.filter(booking=booking).order_by("pk")[0]
    refunded(payment, cents, hired(Role.CUSTOMER_SERVICE), manager, at=NOON + DAY)


class TestSales:
    def test_are_the_account_of_sales(self, sold: dict[str, Booking], manager: Staff) -> None:
        (row,) = sales.vehicle_sales(**YEAR)
        assert (row.sku, row.bookings, row.handed_over) == (SKU, 4, 2)
        assert row.sold_cents == balance("4000", "INR") == 2 * sold["on_plan"].total_cents
        assert sales.sales_agree([row], **YEAR).holds

    def test_say_when_they_are_not(self, sold: dict[str, Booking]) -> None:
        (row,) = sales.vehicle_sales(**YEAR)
        twice = [row, row]
        assert not sales.sales_agree(twice, **YEAR).holds

    def test_are_lowered_by_a_refund_on_its_own_day(
        self, sold: dict[str, Booking], manager: Staff
    ) -> None:
        refund_after(sold["on_plan"], 1_000_00, manager)
        first, second = date(2027, 3, 1), date(2027, 3, 2)
        (then,) = sales.vehicle_sales(since=first, until=first)
        (row,) = sales.vehicle_sales(since=second, until=second)
        assert then.changed_cents == 0
        assert (row.sold_cents, row.changed_cents) == (0, -1_000_00)
        assert balance("4000", "INR") == then.sales_cents + row.sales_cents


class TestDealers:
    def test_are_told_how_far_each_booking_came(self, sold: dict[str, Booking]) -> None:
        found = {row.dealer_id: row for row in sales.dealer_funnel(**YEAR)}
        dealer = found[sold["on_plan"].referred_by_id]
        assert (dealer.booked, dealer.waiting, dealer.confirmed, dealer.handed_over) == (2, 1, 1, 1)
        assert dealer.handed_over_cents == sold["on_plan"].total_cents
        assert (found[None].booked, found[None].confirmed, found[None].handed_over) == (2, 2, 1)


@pytest.mark.usefixtures("sold")
class TestInstalments:
    def test_of_vehicles_handed_over_are_the_account_of_debts(
        self, sold: dict[str, Booking]
    ) -> None:
        found = owed_by_buyers.owed_by_buyers(at=NOON)
        assert owed_by_buyers.debts_agree(found).holds
        assert sum(row.cents for row in found if row.handed_over) == balance("1200", "INR")
        bare = next(row for row in found if row.age == owed_by_buyers.WITHOUT)
        assert bare.cents == balance("1200", "INR", booking_id=sold["in_full"].pk)

    def test_age_from_the_day_after_they_were_due(self, sold: dict[str, Booking]) -> None:
        second = rows(sold["on_plan"])[1]
        due = {row.age: row for row in owed_by_buyers.owed_by_buyers(at=NOON) if row.handed_over}
        assert set(due) == {0, owed_by_buyers.WITHOUT}
        late = {row.age: row for row in owed_by_buyers.owed_by_buyers(at=LATER) if row.handed_over}
        assert (late[1].instalments, late[1].cents) == (1, second.amount_cents)
        assert owed_by_buyers.debts_agree(list(late.values())).holds

    def test_before_the_hand_over_are_a_plan_and_no_debt(self, sold: dict[str, Booking]) -> None:
        found = [row for row in owed_by_buyers.owed_by_buyers(at=LATER) if not row.handed_over]
        assert sum(row.cents for row in found) == sum(
            row.amount_cents for row in rows(sold["active"])
        )


class TestAdvances:
    def test_are_the_account_of_advances_by_age(self, sold: dict[str, Booking]) -> None:
        (row,) = owed_by_buyers.advances(at=NOON)
        assert (row.age, row.bookings) == (0, 1)
        assert row.confirmed_cents == row.cents == balance("2300", "INR") == 5_000_00
        assert owed_by_buyers.advances_held_agree([row]).holds
        (old,) = owed_by_buyers.advances(at=NOON + 366 * DAY)
        assert old.age == 3


@pytest.mark.usefixtures("sold")
class TestPages(ReportPages):
    names: ClassVar = ["vehicle-sales", "dealers", "instalments", "advances"]
