from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from domain.common.errors import Conflict, InvalidInput, NotFound, NotPermitted
from domain.customers.models import Customer
from domain.customers.operations import edit_customer, register_customer, save_address
from domain.customers.queries import customer_stats
from domain.customers.rules import normal_phone
from domain.customers.search import find_customers
from domain.flows.checkout import create_booking
from domain.payments.models import Payment
from domain.staff.models import Staff
from tests.factories import ADA, NOON, cancelled, settled, wish_for

HOME = {
    "address_line_1": "9 Old Hwy",
    "city": "Montauk",
    "state": "NY",
    "zip_code": "11954",
}


@pytest.fixture
def ada(clerk: Staff) -> Customer:
    return register_customer(contact=ADA, actor=clerk, at=NOON)


class TestRegistering:
    def test_keeps_the_contact_in_one_form(self, ada: Customer) -> None:
        assert (ada.full_name(), ada.phone) == ("Ada Lovelace", "+12125550100")

    def test_knows_who_comes_again(self, ada: Customer, clerk: Staff) -> None:
        again = ADA | {"email": "ADA@example.com", "first_name": "Augusta"}
        assert register_customer(contact=again, actor=clerk, at=NOON) == ada
        assert Customer.objects.count() == 1

    def test_refuses_a_member_of_staff(self, clerk: Staff) -> None:
        with pytest.raises(Conflict, match="member of staff"):
            register_customer(contact=ADA | {"email": clerk.email.upper()}, actor=clerk, at=NOON)

    def test_names_every_problem(self, clerk: Staff) -> None:
        contact = {"first_name": " ", "last_name": "x" * 81, "email": "a@b", "phone": "12"}
        with pytest.raises(InvalidInput) as refusal:
            register_customer(contact=contact, actor=clerk, at=NOON)
        assert set(refusal.value.field_errors) == set(contact)

    def test_needs_the_right(self, finance: Staff) -> None:
        with pytest.raises(NotPermitted):
            register_customer(contact=ADA, actor=finance, at=NOON)

    def test_is_held_apart_by_the_database_too(self, ada: Customer) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            Customer.objects.create(**(ADA | {"email": "Ada@Example.com"}), created_at=NOON)


class TestEditing:
    def test_changes_what_is_given(self, ada: Customer, clerk: Staff) -> None:
        edited = edit_customer(
            customer_id=ada.pk, values={"notes": "likes lilies"}, actor=clerk, at=NOON
        )
        assert (edited.notes, edited.email) == ("likes lilies", ada.email)
        assert ada.history.count() == 2

    def test_refuses_somebody_else_s_address(self, ada: Customer, clerk: Staff) -> None:
        other = register_customer(
            contact=ADA | {"email": "grace@example.com"}, actor=clerk, at=NOON
        )
        for email in (other.email.upper(), clerk.email):
            with pytest.raises(Conflict):
                edit_customer(customer_id=ada.pk, values={"email": email}, actor=clerk, at=NOON)
        with pytest.raises(NotFound):
            edit_customer(customer_id=10**9, values={}, actor=clerk, at=NOON)


class TestAddresses:
    def test_are_kept_by_nickname(self, ada: Customer, clerk: Staff) -> None:
        for street in ("9 Old Hwy", "10 Old Hwy"):
            save_address(
                customer_id=ada.pk,
                nickname="Home",
                address=HOME | {"address_line_1": street},
                actor=clerk,
                at=NOON,
            )
        assert ada.addresses.get().address_line_1 == "10 Old Hwy"

    def test_name_every_problem(self, ada: Customer, clerk: Staff) -> None:
        with pytest.raises(InvalidInput) as refusal:
            save_address(
                customer_id=ada.pk,
                nickname=" ",
                address={"address_line_1": "", "city": "", "state": "CA", "zip_code": "1"},
                actor=clerk,
                at=NOON,
            )
        assert set(refusal.value.field_errors) == {
            "nickname",
            "address_line_1",
            "city",
            "state",
            "zip_code",
        }


class TestPhones:
    @pytest.mark.parametrize(
        ("text", "region", "number"),
        [
            ("(212) 555-0100", "US", "+12125550100"),
            ("+1 212 555 0100", "US", "+12125550100"),
            ("98765 43210", "IN", "+919876543210"),
            ("+44 20 7946 0958", "US", "+442079460958"),
        ],
    )
    def test_are_written_one_way(self, text: str, region: str, number: str) -> None:
        assert normal_phone(text, region=region) == number

    @pytest.mark.parametrize("text", ["", "123", "call me", "٠١٢٣٤٥٦٧٨٩", "1" * 16, "+"])
    def test_must_be_phones(self, text: str) -> None:
        with pytest.raises(ValueError, match="phone"):
            normal_phone(text, region="US")


@pytest.mark.usefixtures("shop")
class TestStatistics:
    def test_are_derived_from_bookings_and_money(
        self, ada: Customer, clerk: Staff, manager: Staff
    ) -> None:
        wish = replace(wish_for(), contact=None, customer_id=ada.pk)
        first, second = (create_booking(wish=wish, actor=clerk, at=NOON) for _ in range(2))
        later = NOON + timedelta(hours=1)
        paid = settled(first)
        cancelled(second, manager)
        create_booking(wish=wish, actor=clerk, at=later)

        stats = customer_stats([ada.pk], at=later)[ada.pk]
        assert (stats.total_bookings, stats.last_booking_at) == (2, later)
        assert stats.spent_cents == {"USD": paid.captured_cents}
        assert not stats.is_vip
        assert Payment.objects.count() == 1

    def test_of_nobody_are_nothing(self, ada: Customer) -> None:
        stats = customer_stats([ada.pk], at=NOON)[ada.pk]
        assert (stats.total_bookings, dict(stats.spent_cents)) == (0, {})
        assert customer_stats([], at=NOON) == {}


class TestFinding:
    @pytest.mark.parametrize("text", ["ada", "LOVE ada", "ada@exam", "(212) 555-0100", "5550100"])
    def test_finds_by_what_people_know(self, ada: Customer, text: str) -> None:
        assert list(find_customers(text)) == [ada]

    @pytest.mark.parametrize("text", ["grace", "ada x", "nobody@example.com", "999999"])
    def test_finds_nobody_else(self, ada: Customer, text: str) -> None:
        assert not find_customers(text).exists()
