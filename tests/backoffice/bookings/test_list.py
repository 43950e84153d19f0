from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from domain.bookings.models import Booking
from domain.bookings.operations import assign_booking
from tests.backoffice.bookings.support import (
    ADA,
    AMOUNT,
    book,
    in_days,
    of_the_menu,
    paid,
    pay,
    without_the_frame,
)

pytestmark = pytest.mark.django_db
URL = "/admin/domain/booking/"
GRACE = ADA | {
    "first_name": "Grace",
    "last_name": "Hopper",
    "email": "grace@navy.example",
    "phone": "+12125559876",
}


def listed(client: Client, **query: Any) -> str:
    response = client.get(URL, query)
    assert response.status_code == 200
    return str(response.content.decode())


class TestTheList:
    def test_shows_who_what_when_and_what_is_due(self, ops: Client) -> None:
        booking = book()
        page = listed(ops)
        assert booking.number in page
        assert "Ada Lovelace" in page
        assert page.count("$1,725.00") == 2
        assert "bo-owed" in page

    def test_hides_every_price_from_logistics(self, logistics: Client) -> None:
        booking = paid()
        page = listed(logistics)
        assert booking.number in page
        assert not AMOUNT.search(without_the_frame(page))
        assert "1,725" not in logistics.get(f"{URL}totals/").content.decode()

    def test_is_refused_without_the_right_and_says_which(self, staff_with: Any) -> None:
        client = Client()
        client.force_login(staff_with("view_customer"))
        assert client.get(URL).status_code == 403

    @pytest.mark.parametrize(
        "text",
        ["hopper", "grace hop", "grace@navy.example", "+1 212 555 9876", "9876", "4444", "$1,725"],
    )
    def test_finds_by_everything_people_say(self, ops: Client, text: str) -> None:
        wanted = book(contact=GRACE)
        pay(wanted, last4="4444")
        other = book(package_type="petite")
        page = listed(ops, q=text)
        assert wanted.number in page
        assert other.number not in page

    def test_tells_logistics_nothing_by_searching_for_an_amount(self, logistics: Client) -> None:
        booking = book()
        assert booking.number not in listed(logistics, q="$1,725.00")

    def test_keeps_its_filters_when_one_searches(self, ops: Client) -> None:
        book(), paid(contact=GRACE)
        page = listed(ops, state__exact="paid", pickup_date_from=in_days(1).isoformat())
        assert '<input type="hidden" name="state__exact" value="paid">' in page
        assert "pickup_date_from" in page
        assert "state: Paid" in page
        assert "Grace" in page
        assert "Ada" not in page

    def test_filters_by_whose_work_it_is_and_when_it_was_made(self, ops: Client, role: Any) -> None:
        mine, other = book(), book(contact=GRACE)
        colleague = role("customer_service")
        assign_booking(
            booking_id=mine.pk,
            staff_id=colleague.pk,
            actor=role("operations_manager"),
            at=timezone.now(),
        )
        assert other.number not in listed(ops, assigned=str(colleague.pk))
        today = timezone.localdate().isoformat()
        assert mine.number in listed(ops, created_at_from=today, created_at_to=today)
        assert mine.number not in listed(ops, created_at_to="2020-01-01")
        assert mine.number not in listed(ops, follow_up="due")

    def test_says_why_it_is_empty_and_what_to_do(self, ops: Client) -> None:
        page = listed(ops, q="nobody-of-this-name")
        assert "No booking matches" in page
        assert "Show everything" in page

    def test_adds_up_the_filter_after_the_page(self, ops: Client) -> None:
        book(), book(contact=GRACE)
        told = ops.get(f"{URL}totals/").content.decode()
        assert ">2</strong>" in told
        assert "$3,450.00" in told

    @pytest.mark.parametrize("order", ["6", "-6", "8", "-8", "5"])
    def test_sorts_by_total_created_and_pickup(self, ops: Client, order: str) -> None:
        cheap, dear = book(package_type="petite", days=5), book(package_type="full", days=9)
        page = listed(ops, o=order)
        rising = page.index(cheap.number) < page.index(dear.number)
        assert rising is not order.startswith("-")


class TestItsCost:
    @pytest.fixture
    def fifty(self) -> None:
        for _ in range(51):
            book()

    @pytest.mark.usefixtures("fifty")
    def test_fifty_rows_take_few_queries_and_little_html(self, ops: Client) -> None:
        listed(ops)
        with CaptureQueriesContext(connection) as caught:
            page = listed(ops)
        queries = [sql for each in caught if not of_the_menu(sql := each["sql"])]
        assert page.count('class="data-row"') == 50
        assert len(page) <= 150_000
        assert len(queries) <= 15, "\n".join(queries)

    def test_counts_no_more_than_it_needs(self, ops: Client) -> None:
        book()
        with CaptureQueriesContext(connection) as queries:
            listed(ops)
        counts = [
            each["sql"] for each in queries if "COUNT(" in each["sql"] and "10001" in each["sql"]
        ]
        assert len(counts) == 1


def test_every_step_for_many_leads_to_the_plan_and_changes_nothing(ops: Client) -> None:
    first, second = paid(), paid(contact=GRACE)
    chosen = {"action": "bulk_cancel", "_selected_action": [first.pk, second.pk]}
    page = ops.post(URL, chosen).content.decode()
    assert reverse("admin:plan_prepare") in page
    assert f'name="ids" value="{first.pk},{second.pk}"' in page
    assert 'name="step" value="cancel"' in page
    assert {each.state for each in Booking.objects.all()} == {"paid"}


def test_nobody_is_offered_a_step_for_many_without_the_right(sign_in: Any) -> None:
    book()
    finance = sign_in("finance_manager")
    assert "bulk_cancel" not in listed(finance)
    assert "bulk_dispatch" not in listed(sign_in("customer_service"))


class TestTheFile:
    def test_holds_the_filtered_rows_with_amounts_as_numbers(self, ops: Client) -> None:
        wanted, _other = paid(contact=GRACE), book()
        answer = ops.post(f"{URL}export/?q=hopper", {"format": "csv"})
        lines = b"".join(answer.streaming_content).decode().splitlines()
        begins = "Number,State,Customer,Service,Pickup or due,Total,Due"
        assert lines[0].lstrip("\ufeff").startswith(begins)
        assert len(lines) == 2
        assert f"{wanted.number},Paid,Grace Hopper" in lines[1]
        assert "1725.00,0.00" in lines[1]
        assert lines[1].endswith("USD")

    def test_is_refused_without_the_right(self, service: Client) -> None:
        assert service.post(f"{URL}export/", {"format": "csv"}).status_code == 403
