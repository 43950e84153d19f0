"""Reports equal the books, to the cent, over any days."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from domain.bookings.models import Booking
from domain.bookings.queries import due_cents
from domain.common.workflow import transit
from domain.ledger.queries import balance
from domain.ledger.rollup import roll_up
from domain.reports import money, receivables
from domain.reports.entries import Behind, lines_behind, sum_behind
from domain.reports.today import booked_so_far, days_booked, pickups_on
from tests.backoffice.support import NEW_YORK, Company

YEAR = timedelta(days=365)


def day_of(company: Company) -> date:
    return company.now.astimezone(NEW_YORK).date()


@pytest.fixture
def delivered(company: Company) -> Booking:
    booking = company.book(at=company.now - timedelta(days=9))
    company.pay(booking, at=company.now - timedelta(days=8))
    return company.deliver(booking, at=company.now - timedelta(days=4))


class TestRevenue:
    def test_is_earned_on_the_day_of_completion_without_tax(
        self, company: Company, delivered: Booking
    ) -> None:
        rows = money.revenue(since=day_of(company) - YEAR, until=day_of(company), currency="USD")
        assert [(row.service, row.deliveries) for row in rows] == [("mini_move", 1)]
        assert rows[0].day == day_of(company) - timedelta(days=4)
        assert rows[0].revenue_cents + rows[0].tax_cents == delivered.total_cents

    def test_equals_the_ledger_before_and_after_the_daily_sums_are_rolled_up(
        self, company: Company, delivered: Booking
    ) -> None:
        second = company.book(service_type="standard_delivery")
        payment = company.pay(second)
        company.deliver(second)
        company.refund(payment, 1_234)
        days = {"since": day_of(company) - YEAR, "until": day_of(company), "currency": "USD"}
        for _ in range(2):
            rows = money.revenue(**days)
            assert money.revenue_agrees(rows, **days).holds
            earned = sum(row.total_cents for row in rows)
            assert earned == balance("4005", "USD") + balance("4010", "USD")
            roll_up(at=company.now)

    def test_keeps_fees_of_cancellations_apart(self, company: Company) -> None:
        booking = company.book(days_ahead=0)
        company.pay(booking)
        transit(Booking, booking.pk, "cancel", actor=company.manager, at=company.now, reason="ill")
        rows = money.revenue(since=day_of(company), until=day_of(company), currency="USD")
        assert sum(row.fees_cents for row in rows) == balance("4010", "USD") > 0
        assert sum(row.revenue_cents for row in rows) == 0

    def test_behind_a_figure_stand_the_transfers_that_make_it(
        self, company: Company, delivered: Booking
    ) -> None:
        day = day_of(company) - timedelta(days=4)
        asked = Behind(
            since=day, until=day, currency="USD", codes=("4005",), service="mini_move",
            credits_count_up=True,
        )  # fmt: skip
        (row,) = money.revenue(since=day, until=day, currency="USD")
        assert sum_behind(asked)[1] == row.revenue_cents
        assert {line.number for line in lines_behind(asked)} == {delivered.number}
        assert sum_behind(Behind(day, day, "USD", ("4005",), service=""))[1] == 0


class TestCash:
    def test_nets_payments_and_refunds_as_the_ledger_does(self, company: Company) -> None:
        booking = company.book()
        payment = company.pay(booking)
        company.refund(payment, 5_000)
        days = {"since": day_of(company), "until": day_of(company), "currency": "USD"}
        (row,) = money.cash_days(**days)
        assert row.offline_cents == booking.total_cents
        assert row.refunds_cents == -5_000
        assert row.net_cents == balance("1000", "USD") + balance("1010", "USD")
        assert money.cash_agrees([row], **days).holds
        assert money.refunded_cents(**days) == 5_000

    @pytest.mark.parametrize(
        ("event", "code", "kind"),
        [
            ("payment.captured", "1010", "card"),
            ("payment.surplus", "1000", "offline"),
            ("refund.completed", "1010", "refunds"),
            ("dispute.lost", "1010", "disputes"),
            ("fee.stripe", "1010", "fees"),
            ("manual", "1000", "other"),
        ],
    )
    def test_names_each_movement(self, event: str, code: str, kind: str) -> None:
        assert money.kind_of_cash(event, code) == kind

    def test_says_when_it_does_not_equal_the_ledger(self, company: Company) -> None:
        company.pay(company.book())
        days = {"since": day_of(company), "until": day_of(company), "currency": "USD"}
        rows = money.cash_days(**days)
        rows[0].card_cents += 1
        assert not money.cash_agrees(rows, **days).holds


class TestReceivables:
    def test_owe_what_each_booking_owes(self, company: Company) -> None:
        unpaid = company.book(at=company.now - timedelta(days=3))
        part = company.book()
        company.pay(part, 10_000)
        company.pay(company.book())
        rows = receivables.receivables(at=company.now, currency="USD")
        assert sum(row.due_cents for row in rows) == due_cents(unpaid) + due_cents(part)
        assert sum(row.paid_cents for row in rows) == 10_000
        assert {row.age for row in rows} == {0, 1}

    def test_lists_the_bookings_behind_a_figure(self, company: Company) -> None:
        old = company.book(at=company.now - timedelta(days=3))
        company.book()
        found = receivables.owed_bookings(at=company.now, currency="USD", age=1)
        assert [each.number for each in found] == [old.number]
        assert found[0].due_cents == old.total_cents

    def test_advances_held_equal_the_account(self, company: Company, delivered: Booking) -> None:
        company.pay(company.book())
        agreement = receivables.advances_agree(currency="USD")
        assert agreement.holds
        assert agreement.ledger_cents > 0


class TestToday:
    def test_counts_the_bookings_of_each_of_fourteen_days(self, company: Company) -> None:
        company.book()
        days = days_booked(company.now, NEW_YORK)
        assert len(days) == 14
        assert (days[-1].day, days[-1].bookings) == (day_of(company), 1)

    def test_compares_with_last_week_up_to_the_same_time(self, company: Company) -> None:
        now = booking = company.book()
        company.book(at=company.now - timedelta(days=7))
        booked = booked_so_far(company.now, NEW_YORK)
        assert booked.today_cents == now.total_cents
        assert booked.before_cents > 0
        assert booked.compared_with == day_of(company) - timedelta(days=7)
        assert booking.pickup_date

    def test_tells_pickups_done_and_on_their_way(self, company: Company) -> None:
        booking = company.book(at=company.now - timedelta(days=2), days_ahead=2)
        company.pay(booking)
        assert pickups_on(company.now, NEW_YORK).total == 1
        company.deliver(booking)
        found = pickups_on(company.now, NEW_YORK)
        assert (found.total, found.done, found.late) == (1, 1, 0)
