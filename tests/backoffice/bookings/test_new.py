from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from domain.bookings.models import Booking
from domain.common.actors import System
from domain.customers.models import Customer, GuestCheckout
from domain.customers.operations import save_address
from tests.backoffice.bookings.support import ADA, customer, everything, in_days

pytestmark = pytest.mark.django_db
URL = "/admin/domain/booking/add/"
PLACES = {
    f"{place}_{part}": value
    for place in ("pickup", "delivery")
    for part, value in {
        "address_line_1": "200 W 57th St",
        "city": "New York",
        "state": "NY",
        "zip_code": "10019",
    }.items()
}


def typed(**changes: Any) -> dict[str, Any]:
    filled = {
        "form_key": str(uuid4()),
        "service_type": "mini_move",
        "package_type": "standard",
        "pickup_date": in_days(20).isoformat(),
        "pickup_time": "morning",
        "internal_notes": "Sounded in a hurry",
        "expected_total_cents": "172500",
    }
    return filled | ADA | PLACES | changes


class TestThePage:
    def test_is_for_those_who_may_book(self, service: Client, logistics: Client) -> None:
        assert service.get(URL).status_code == 200
        for path in (URL, f"{URL}quote/", f"{URL}customers/"):
            assert logistics.get(path).status_code == 403
            assert logistics.post(path, typed()).status_code == 403

    def test_opens_with_a_customer_and_their_addresses(self, service: Client) -> None:
        who = customer()
        save_address(
            customer_id=who.pk,
            nickname="Home",
            address={
                "address_line_1": "1 Main St",
                "city": "New York",
                "state": "NY",
                "zip_code": "10001",
            },
            actor=System("test"),
            at=timezone.now(),
        )
        page = service.get(URL, {"customer": who.pk}).content.decode()
        assert "Ada Lovelace" in page
        assert 'data-saved-address="Home"' in page

    def test_finds_customers_while_one_types(self, service: Client) -> None:
        customer()
        assert "Ada Lovelace" in service.get(f"{URL}customers/", {"q": "love"}).content.decode()
        assert "Nobody found" in service.get(f"{URL}customers/", {"q": "xyz"}).content.decode()


class TestTheLiveQuote:
    def test_prices_what_is_there_and_writes_nothing(self, service: Client) -> None:
        before = everything()
        half = {"service_type": "mini_move", "package_type": "standard", "include_packing": "on"}
        told = service.post(f"{URL}quote/", half).content.decode()
        assert "Sales tax" in told
        assert 'name="expected_total_cents"' in told
        assert everything() == before

    def test_says_what_is_still_needed(self, service: Client) -> None:
        told = service.post(f"{URL}quote/", {"service_type": "standard_delivery"})
        assert "Say how many items." in told.content.decode()

    def test_changes_nothing_by_get(self, service: Client) -> None:
        assert service.get(f"{URL}quote/").status_code == 405

    @pytest.mark.parametrize(
        "service_type", ["mini_move", "standard_delivery", "specialty_item", "", "x"]
    )
    def test_never_breaks(self, service: Client, service_type: str) -> None:
        junk = {
            "service_type": service_type,
            "standard_delivery_item_count": "many",
            "pickup_date": "soon",
        }
        assert service.post(f"{URL}quote/", junk).status_code == 200


class TestBooking:
    def test_keeps_how_to_get_in_with_the_booking_and_the_customer(self, service: Client) -> None:
        who = customer()
        asked = {"pickup_access_notes": "Doorman Joe", "pickup_keep_as": "Home"}
        answer = service.post(URL, typed(customer=who.pk, **asked))
        page = service.get(answer.headers["Location"]).content.decode()
        assert "Access: Doorman Joe" in page
        saved = who.addresses.get()
        assert (saved.nickname, saved.access_notes, saved.uses.count()) == (
            "Home",
            "Doorman Joe",
            2,  # from there and to there
        )
        again = service.get(URL, {"customer": who.pk}).content.decode()
        assert 'data-access_notes="Doorman Joe"' in again

    def test_keeps_no_address_of_a_guest(self, service: Client) -> None:
        page = service.post(URL, typed(pickup_keep_as="Home")).content.decode()
        assert "Only a customer&#x27;s addresses are kept." in page
        assert not Booking.objects.exists()

    def test_books_for_a_guest_and_shows_how_to_pay(self, service: Client) -> None:
        answer = service.post(URL, typed())
        booking = Booking.objects.get()
        assert answer.headers["Location"] == f"/admin/domain/booking/{booking.pk}/change/"
        assert (booking.total_cents, booking.internal_notes) == (172_500, "Sounded in a hurry")
        page = service.get(answer.headers["Location"]).content.decode()
        assert "is booked" in page
        assert "How to pay" in page

    def test_books_for_a_known_customer(self, service: Client) -> None:
        who = customer()
        service.post(URL, typed(customer=who.pk, first_name="", email="", phone="", last_name=""))
        assert Booking.objects.get().customer == who

    def test_remembers_a_new_customer(self, service: Client) -> None:
        service.post(URL, typed(keep="on"))
        assert Booking.objects.get().customer == Customer.objects.get()
        assert not GuestCheckout.objects.exists()

    def test_books_specialty_pieces(self, service: Client) -> None:
        pieces = {
            "service_type": "specialty_item",
            "package_type": "",
            "piece_peloton": "1",
            "expected_total_cents": "",
        }
        service.post(URL, typed(**pieces))
        assert Booking.objects.get().asked_for["specialty_items"] == [
            {"item_type": "peloton", "quantity": 1}
        ]

    def test_shows_every_problem_at_its_field_and_keeps_what_was_typed(
        self, service: Client
    ) -> None:
        wrong = typed(email="ada", pickup_zip_code="1", pickup_time="", delivery_city="")
        for changes in ({}, {"keep": "on"}):
            answer = service.post(URL, wrong | changes)
            page = answer.content.decode()
            assert answer.status_code == 422
            assert "Give an e-mail address such as" in page
            assert "Write the ZIP code as" in page
            assert "Choose a pickup time." in page
            assert 'value="Lovelace"' in page
            assert "Sounded in a hurry" in page
        assert not Booking.objects.exists()
        assert not Customer.objects.exists()

    def test_books_once_for_a_double_click(self, service: Client) -> None:
        same = typed()
        first, second = service.post(URL, same), service.post(URL, same)
        assert first.headers["Location"] == second.headers["Location"]
        assert Booking.objects.count() == 1

    def test_stops_when_the_price_is_another_one(self, service: Client) -> None:
        page = service.post(URL, typed(expected_total_cents="1")).content.decode()
        assert "The price has changed; it is now $1,725.00" in page
        assert not Booking.objects.exists()

    def test_one_person_is_staff_or_customer(self, service: Client, role: Any) -> None:
        colleague = role("admin")
        page = service.post(URL, typed(keep="on", email=colleague.email)).content.decode()
        assert "belongs to a member of staff" in page
