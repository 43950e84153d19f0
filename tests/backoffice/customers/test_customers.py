"""Customers: found, read, registered and changed through operations; history stays history."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import strip_tags

from backoffice.admin.customers import spent_words
from domain.common.staff_actions import StaffAction
from domain.customers.models import Customer
from domain.customers.queries import CustomerStats
from domain.staff.roles import Role
from tests.backoffice.support import Company, browser

CONTACT = {
    "first_name": "Grace",
    "last_name": "Hopper",
    "email": "grace@guest.example",
    "phone": "(212) 555-0144",
}
SENT = {"_form_submitted": "on"}


def page(client: Client, customer: Customer) -> str:
    url = reverse("admin:domain_customer_change", args=[customer.pk])
    return client.get(url).content.decode()


def do(client: Client, name: str, *args: object, **values: str) -> object:
    url = reverse(f"admin:domain_customer_{name}", args=args)
    return client.post(url, {**SENT, **values})


class TestList:
    @pytest.mark.parametrize("asked", ["hopp", "grace hop", "grace@gu", "212 555 0144", "5550144"])
    def test_finds_by_name_e_mail_and_phone(self, company: Company, asked: str) -> None:
        client = browser(company.agent)
        do(client, "new_customer", **CONTACT)
        company.customer("Ada", "Lovelace")
        url = reverse("admin:domain_customer_changelist")
        found = client.get(url, {"q": asked}).context["cl"].result_list
        assert [each.full_name() for each in found] == ["Grace Hopper"]

    def test_derives_what_was_booked_and_spent(self, company: Company) -> None:
        customer = company.customer()
        payment = company.pay(company.book(customer))
        company.refund(payment, 2_500)
        url = reverse("admin:domain_customer_changelist")
        (row,) = browser(company.agent).get(url).context["cl"].result_list
        assert row.stats.total_bookings == 1
        assert row.stats.spent_cents["USD"] == payment.amount_cents - 2_500

    def test_spent_in_each_currency(self) -> None:
        spent = spent_words(CustomerStats(spent_cents={"USD": 5_00, "INR": 1_00_000_00, "EUR": 0}))
        assert strip_tags(spent) == "₹1,00,000.00 + $5.00"
        assert strip_tags(spent_words(CustomerStats())) == "–"

    def test_is_closed_to_logistics(self, company: Company) -> None:
        leo = company[Role.LOGISTICS_COORDINATOR]
        url = reverse("admin:domain_customer_changelist")
        assert browser(leo).get(url).status_code == 403


class TestPage:
    def test_shows_contact_bookings_and_addresses(self, company: Company) -> None:
        customer = company.customer("Grace", "Hopper")
        booking = company.book(customer)
        client = browser(company.agent)
        do(
            client,
            "add_address",
            customer.pk,
            nickname="Beach house",
            address_line_1="9 Old Hwy",
            city="Montauk",
            state="NY",
            zip_code="11954",
        )
        text = page(client, customer)
        assert booking.number in text
        assert "Beach house" in text
        assert "not used yet" in text
        assert customer.email in text

    def test_is_noted_each_time_it_is_read(self, company: Company) -> None:
        customer = company.customer()
        page(browser(company.agent), customer)
        (noted,) = StaffAction.objects.filter(action="viewed customer")
        assert (noted.staff, noted.subject) == (company.agent, f"customer {customer.pk}")
        assert noted.facts == {}

    @pytest.mark.parametrize("verb", ["post", "put", "delete"])
    def test_is_read_only(self, company: Company, verb: str) -> None:
        customer = company.customer()
        url = reverse("admin:domain_customer_change", args=[customer.pk])
        getattr(browser(company.manager), verb)(url, {"first_name": "Eve"})
        customer.refresh_from_db()
        assert customer.first_name == "Ada"


class TestDialogs:
    def test_register_somebody(self, company: Company) -> None:
        do(browser(company.agent), "new_customer", **CONTACT)
        customer = Customer.objects.get(email="grace@guest.example")
        assert customer.phone == "+12125550144"

    def test_refuse_a_colleagues_address_in_the_form(self, company: Company) -> None:
        answer = do(
            browser(company.agent), "new_customer", **{**CONTACT, "email": company.finance.email}
        )
        assert "either staff or customer" in answer.content.decode()  # type: ignore[attr-defined]
        assert not Customer.objects.exists()

    def test_change_and_keep_the_history(self, company: Company) -> None:
        customer = company.customer("Ada", "Lovelace")
        client = browser(company.agent)
        values = {name: getattr(customer, name) for name in CONTACT}
        do(client, "edit", customer.pk, **{**values, "last_name": "King", "notes": "Likes tea."})
        customer.refresh_from_db()
        assert (customer.last_name, customer.notes) == ("King", "Likes tea.")
        text = page(client, customer)
        assert "Lovelace" in text
        assert customer.history.first().history_user == company.agent

    @pytest.mark.parametrize("name", ["edit", "add_address"])
    def test_are_refused_without_the_right(self, company: Company, name: str) -> None:
        customer = company.customer()
        client = browser(company.finance)
        url = reverse(f"admin:domain_customer_{name}", args=[customer.pk])
        assert client.get(url).status_code == 403
        assert client.post(url, SENT).status_code == 403

    def test_do_nothing_on_a_link(self, company: Company) -> None:
        client = browser(company.agent)
        assert client.get(reverse("admin:domain_customer_new_customer")).status_code == 200
        assert not Customer.objects.exists()


class TestHistory:
    def test_opens_for_reading_and_never_writes_back(self, company: Company) -> None:
        customer = company.customer("Ada", "Lovelace")
        client = browser(company.agent)
        values = {name: getattr(customer, name) for name in CONTACT}
        do(client, "edit", customer.pk, **{**values, "last_name": "King"})
        history = reverse("admin:domain_customer_history", args=[customer.pk])
        assert client.get(history).status_code == 200
        first = customer.history.last()
        url = reverse("admin:domain_customer_simple_history", args=[customer.pk, first.pk])
        assert client.get(url).status_code == 200
        assert client.post(url, {**values, "last_name": "Lovelace"}).status_code == 403
        assert client.post(history, {}).status_code == 403
        customer.refresh_from_db()
        assert customer.last_name == "King"
