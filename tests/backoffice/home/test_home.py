"""The home page: what needs this person, and nothing of what is not theirs."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from backoffice.dashboard import age_of, compare, greeting
from backoffice.queues import queues
from backoffice.reports import Total
from domain.common.audit.models import AuditEntry
from domain.common.staff_actions import StaffAction
from domain.staff.roles import Role
from tests.backoffice.support import Company, browser

QUEUES = {
    Role.CUSTOMER_SERVICE: {"follow_ups", "messages", "instalments"},
    Role.LOGISTICS_COORDINATOR: {"dispatch", "overdue", "to_hand_over"},
    Role.FINANCE_MANAGER: {
        *("refunds", "payments_unknown", "offline", "cases", "dead_events", "jobs"),
        "transmissions",
        *("kyc", "pans", "accounts", "papers", "erasures"),
        *("payouts", "payouts_returned", "bank_answers", "waivers", "instalments"),
        "tax_to_deposit",
    },
    Role.OPERATIONS_MANAGER: {
        *("refunds", "payments_unknown", "offline", "entries", "dispatch", "overdue"),
        *("follow_ups", "batches", "catalog", "settings", "messages"),
        *("holding", "corrections", "transmissions", "runs", "releases"),
        *("pans", "accounts", "papers", "erasures"),
        *("payouts", "payout_batches", "bank_answers", "challans", "tax_certificates"),
        *("waivers", "instalments", "to_hand_over"),
    },
    Role.ADMIN: {"refunds", "payouts", "settings", "dead_events", "jobs"},
}


def home(client: Client) -> str:
    return client.get(reverse("admin:index")).content.decode()


class TestHome:
    @pytest.mark.parametrize("which", list(Role))
    def test_shows_each_role_its_own_queues(self, company: Company, which: Role) -> None:
        page = home(browser(company[which]))
        assert set(re.findall(r'data-queue="(\w+)"', page)) == QUEUES[which]

    @pytest.mark.torture
    def test_every_queue_leads_to_its_rows(self, company: Company) -> None:
        company.manager.is_superuser = True
        company.manager.save()
        client = browser(company.manager)
        for queue in queues(company.now):
            assert client.get(queue.url(), follow=True).status_code == 200, queue.name

    def test_counts_what_waits_and_says_how_long(self, company: Company) -> None:
        payment = company.pay(company.book())
        company.ask_refund(payment, 2_500, at=company.now - timedelta(days=3))
        page = home(browser(company.finance))
        line = page[page.index('data-queue="refunds"') :][:900]
        assert "oldest 3 d" in line
        assert "$25.00" in line
        assert re.search(r'bo-queue-count">1<', line)

    def test_shrinks_an_empty_queue_to_a_line(self, company: Company) -> None:
        page = home(browser(company.finance))
        assert "nothing needs you" in page
        assert "No refund waits for approval." in page
        assert "bo-queue-count" not in page

    def test_keeps_money_from_those_who_may_not_see_it(self, company: Company) -> None:
        company.pay(company.book())
        page = home(browser(company[Role.LOGISTICS_COORDINATOR]))
        assert not re.search(r"[$₹]\d", page)
        assert "Pickups" in page

    def test_refreshes_by_a_part_of_its_own(self, company: Company) -> None:
        client = browser(company.manager)
        part = client.get(reverse("admin:home_panels")).content.decode()
        assert "<html" not in part
        assert "Needs you" in part

    def test_tells_the_latest_events_in_words(self, company: Company) -> None:
        booking = company.book()
        company.pay(booking)
        page = home(browser(company.manager))
        assert re.search(rf"{booking.number}</a> paid", page)

    def test_writes_nothing(self, company: Company) -> None:
        before = AuditEntry.objects.count(), StaffAction.objects.count()
        home(browser(company.manager))
        assert (AuditEntry.objects.count(), StaffAction.objects.count()) == before

    def test_asks_as_much_for_many_bookings_as_for_one(
        self, company: Company, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        for _ in range(3):
            company.book()
        client = browser(company.manager)
        with django_assert_max_num_queries(25):
            home(client)


class TestMenu:
    @pytest.mark.parametrize(
        ("which", "shown", "hidden"),
        [
            (Role.CUSTOMER_SERVICE, ["Bookings", "Customers"], ["Ledger", "Reports", "Staff"]),
            (Role.LOGISTICS_COORDINATOR, ["Bookings"], ["Payments", "Customers", "Settings"]),
            (Role.FINANCE_MANAGER, ["Ledger", "Reports", "Settings"], ["Import a workbook"]),
            (Role.OPERATIONS_MANAGER, ["Import a workbook", "Staff"], ["Nothing"]),
            (Role.ADMIN, ["Staff", "Jobs"], ["Ledger", "New booking"]),
        ],
    )
    def test_offers_what_a_role_may_open(
        self, company: Company, which: Role, shown: list[str], hidden: list[str]
    ) -> None:
        client = browser(company[which])
        navigation = client.get(reverse("admin:index")).context["sidebar_navigation"]
        titles = {item["title"] for group in navigation for item in group["items"]}
        assert set(shown) <= titles
        assert not set(hidden) & titles

    @pytest.mark.torture
    @pytest.mark.parametrize("which", list(Role))
    def test_leads_nobody_to_a_closed_door(self, company: Company, which: Role) -> None:
        client = browser(company[which])
        navigation = client.get(reverse("admin:index")).context["sidebar_navigation"]
        for group in navigation:
            for item in group["items"]:
                assert client.get(item["link"]).status_code == 200, item["link"]

    def test_shows_how_much_waits(self, company: Company) -> None:
        company.record(company.book())
        navigation = (
            browser(company.finance).get(reverse("admin:index")).context["sidebar_navigation"]
        )
        counts = {
            item["title"]: item.get("badge") for group in navigation for item in group["items"]
        }
        assert counts["Payments"] == 1
        assert counts["Refunds"] is None


class TestSearch:
    def found(self, client: Client, asked: str) -> str:
        return client.get(reverse("admin:find"), {"q": asked}).content.decode()

    def test_finds_a_booking_a_customer_and_a_page(self, company: Company) -> None:
        customer = company.customer("Grace", "Hopper")
        booking = company.book(customer)
        client = browser(company.manager)
        assert booking.number in self.found(client, booking.number)
        page = self.found(client, "hopper")
        assert "Grace Hopper" in page
        assert booking.number in page
        assert reverse("admin:reports") in self.found(client, "report")

    def test_answers_the_palette_at_once_after_a_right_is_taken_away(
        self, company: Company
    ) -> None:
        company.customer("Grace", "Hopper")
        agent = company.agent
        client = browser(agent)
        assert b"Grace" in client.get(reverse("admin:search"), {"s": "grace"}).content
        agent.groups.clear()
        assert b"Grace" not in client.get(reverse("admin:search"), {"s": "grace"}).content

    def test_hides_customers_and_prices_from_logistics(self, company: Company) -> None:
        booking = company.book(company.customer("Grace", "Hopper"))
        page = self.found(browser(company[Role.LOGISTICS_COORDINATOR]), "hopper")
        assert booking.number in page
        assert not re.search(r"\$\d", page)
        assert "customer ·" not in page


class TestWords:
    def test_greet_by_the_hour(self) -> None:
        assert [greeting(hour) for hour in (2, 9, 15, 20)] == [
            *("Hello", "Good morning", "Good afternoon", "Good evening"),
        ]

    def test_tell_an_age_in_one_unit(self, company: Company) -> None:
        now = company.now
        ages = [timedelta(minutes=12), timedelta(hours=5), timedelta(days=9)]
        assert [age_of(now - age, now) for age in ages] == ["12 min", "5 h", "9 d"]
        assert age_of(None, now) == ""

    def test_compare_in_percent(self) -> None:
        assert compare(112, 100) == "▲ 12 % more than"
        assert compare(50, 100) == "▼ 50 % less than"
        assert compare(100, 100) == "as much as"
        assert compare(5, 0) == ""

    def test_compare_what_grew_a_lot_in_times(self, company: Company) -> None:
        assert compare(2_480, 100) == "▲ 25 times as much as"
        assert compare(299, 100) == "▲ 199 % more than"
        total = Total("Earned", 248_000, 10_000, "USD")
        assert total.compared == "▲ 25 times the $100.00 of the period before"
        assert Total("Refunds", -3_000, -1_000, "USD").compared.startswith("▲ 3 times")
        assert Total("Net", 3_000, -1_000, "USD").compared.startswith("▲ 400 %")
