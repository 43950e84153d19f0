"""Report pages: by role, over any range, equal to the ledger, every figure a door."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from io import BytesIO, StringIO

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from backoffice.admin.report_ranges import Days, chosen
from backoffice.charts import Bar, draw
from backoffice.reports import Money
from domain.bookings.models import Booking
from domain.common.staff_actions import StaffAction
from domain.ledger.queries import balance
from domain.staff.roles import Role
from tests.backoffice.support import NEW_YORK, Company, browser
from tests.network.factory import new_member
from tests.payouts.factory import earn

NAMES = ["revenue", "payments", "receivables", "wallets"]


@pytest.fixture
def delivered(company: Company) -> Booking:
    booking = company.book(at=company.now - timedelta(days=3))
    company.pay(booking, at=company.now - timedelta(days=3))
    company.deliver(booking, at=company.now - timedelta(days=1))
    company.book()
    return booking


def report(client: Client, name: str, **asked: str) -> object:
    return client.get(reverse("admin:report", args=[name]), asked)


class TestReport:
    @pytest.mark.parametrize("name", NAMES)
    @pytest.mark.parametrize("asked", ["today", "week", "days", "month", "quarter", "year", "x"])
    def test_says_that_it_equals_the_ledger(
        self, company: Company, delivered: Booking, name: str, asked: str
    ) -> None:
        page = report(browser(company.finance), name, range=asked)
        assert page.status_code == 200  # type: ignore[attr-defined]
        assert page.context["report"].agreement.holds  # type: ignore[attr-defined]
        assert "the ledger's own" in page.content.decode()  # type: ignore[attr-defined]

    def test_of_revenue_totals_what_the_accounts_hold(
        self, company: Company, delivered: Booking
    ) -> None:
        shown = report(browser(company.finance), "revenue", range="year").context["report"]  # type: ignore[attr-defined]
        assert shown.totals[0].cents == balance("4005", "USD") + balance("4010", "USD")
        assert shown.totals[3].cents == balance("2110", "USD")

    def test_compares_with_as_many_days_before(self, company: Company, delivered: Booking) -> None:
        today = company.now.astimezone(NEW_YORK).date()
        page = report(browser(company.finance), "revenue", since=f"{today}", until=f"{today}")
        earned = page.context["report"].totals[0]  # type: ignore[attr-defined]
        assert (earned.cents, earned.before > 0) == (0, True)
        assert "▼ 100 %" in earned.compared

    @pytest.mark.parametrize("name", ["revenue", "payments", "receivables"])
    def test_every_figure_opens_what_adds_up_to_it(
        self, company: Company, delivered: Booking, name: str
    ) -> None:
        client = browser(company.finance)
        shown = report(client, name, range="year").context["report"]  # type: ignore[attr-defined]
        figures = [
            value
            for line in (*shown.lines, shown.foot)
            for value in line.values
            if isinstance(value, Money) and value.url
        ]
        assert figures
        for figure in figures:
            assert client.get(figure.url).context["cents"] == figure.cents

    @pytest.mark.parametrize(
        "address",
        [
            "/admin/reports/nothing/",
            "/admin/reports/entries/",
            "/admin/reports/entries/?codes=9999",
        ],
    )
    def test_of_another_name_is_not_there(self, company: Company, address: str) -> None:
        assert browser(company.finance).get(address).status_code == 404

    def test_takes_nonsense_for_the_usual_range(self, company: Company) -> None:
        for asked in ({"since": "x", "until": "y"}, {"since": "2027-01-02", "until": "2027-01-01"}):
            page = report(browser(company.finance), "revenue", **asked)
            assert page.context["days"].count == 30  # type: ignore[attr-defined]


class TestReportExport:
    @pytest.mark.parametrize("name", NAMES)
    def test_gives_the_table_as_shown(
        self, company: Company, delivered: Booking, name: str
    ) -> None:
        client = browser(company.finance)
        url = reverse("admin:report_export", args=[name]) + "?range=year"
        answer = client.post(url, {"format": "csv"})
        text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
        rows = list(csv.reader(StringIO(text, newline="")))
        shown = report(client, name, range="year").context["report"]  # type: ignore[attr-defined]
        assert len(rows) == 1 + len(shown.lines) + 1
        assert rows[-1][0] == "Total"
        book = load_workbook(
            BytesIO(b"".join(client.post(url, {"format": "xlsx"}).streaming_content))  # type: ignore[attr-defined]
        )
        last = list(book.active.iter_rows(values_only=True))[-1]  # type: ignore[union-attr]
        assert isinstance(last[-2], int | float)
        assert StaffAction.objects.filter(action="export").count() == 2

    def test_needs_the_right_and_a_post(self, company: Company) -> None:
        url = reverse("admin:report_export", args=["revenue"])
        assert browser(company[Role.ADMIN]).post(url).status_code == 403
        assert browser(company.agent).post(url).status_code == 403
        assert browser(company.finance).get(url).status_code == 405


class TestRanges:
    TODAY = date(2027, 5, 10)

    @pytest.mark.parametrize(
        ("name", "since", "until"),
        [
            ("today", date(2027, 5, 10), date(2027, 5, 10)),
            ("week", date(2027, 5, 4), date(2027, 5, 10)),
            ("month", date(2027, 5, 1), date(2027, 5, 10)),
            ("last_month", date(2027, 4, 1), date(2027, 4, 30)),
            ("quarter", date(2027, 4, 1), date(2027, 5, 10)),
            ("year", date(2027, 1, 1), date(2027, 5, 10)),
        ],
    )
    def test_are_named_as_people_mean_them(self, name: str, since: date, until: date) -> None:
        assert chosen({"range": name}, self.TODAY) == (Days(since, until), name)

    def test_compare_with_the_days_directly_before(self) -> None:
        days = Days(date(2027, 5, 4), date(2027, 5, 10))
        assert days.before() == Days(date(2027, 4, 27), date(2027, 5, 3))


class TestChart:
    def test_draws_what_is_below_zero_downwards(self) -> None:
        chart = draw([Bar("a", 300, "a"), Bar("b", -100, "b"), Bar("c", 0, "c")])
        up, down, none = chart.bars
        assert float(up.y) < float(chart.zero) == pytest.approx(float(down.y))
        assert (down.below, none.height) == (True, "0.0")

    def test_stands_with_nothing_to_show(self) -> None:
        assert draw([]).bars == ()
        assert draw([Bar("a", 0, "a")]).bars[0].height == "0.0"


class TestWallets:
    def test_add_up_to_what_the_ledger_owes_members(self, company: Company) -> None:
        for cents in (10_000_00, 2_500_00):
            earn(new_member(at=company.now), cents, at=company.now)

        made = report(browser(company.finance), "wallets").context["report"]  # type: ignore[attr-defined]

        assert [line.values[:2] for line in made.lines] == [("2000", "Earnings")]
        assert made.lines[0].values[2].count == 2
        assert made.totals[0].cents == balance("2000", "INR") == 12_500_00
        assert made.agreement.holds
