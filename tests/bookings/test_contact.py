"""Mending whom a booking is for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar

import pytest

from domain.bookings.contact import edit_contact, edit_customer
from domain.bookings.models import Booking
from domain.bookings.operations import assign_booking
from domain.bookings.search import find_bookings
from domain.common.audit.models import AuditEntry
from domain.common.errors import Conflict, InvalidInput, NotPermitted, Stale
from domain.customers.models import Customer
from domain.customers.operations import register_customer
from domain.flows.checkout import Wish, create_booking
from domain.staff.models import Staff
from domain.staff.roles import Role
from tests.factories import NOON, assert_sound, fresh, make_booking, request_for

pytestmark = pytest.mark.usefixtures("shop")
GRACE = {
    "first_name": "Grace",
    "last_name": "Hopper",
    "email": "grace@example.com",
    "phone": "(212) 555-0177",
}


def edit(booking: Booking, actor: Staff, contact: Mapping[str, str] = GRACE) -> Booking:
    return edit_contact(
        booking_id=booking.pk,
        contact=contact,
        seen_version=booking.version,
        actor=actor,
        at=NOON,
    )


def found_by(text: str) -> list[Booking]:
    return list(find_bookings(Booking.objects.order_by("pk"), text))


class TestOfAGuest:
    def test_changes_the_guest_and_finds_the_booking_by_it(self, clerk: Staff) -> None:
        booking = make_booking()
        edited = edit(booking, clerk)
        guest = fresh(booking).guest
        assert guest is not None
        assert (guest.full_name(), guest.email) == ("Grace Hopper", "grace@example.com")
        assert guest.phone == "+12125550177"
        assert (found_by("hopper"), found_by("2125550177")) == ([edited], [edited])
        assert_sound()

    def test_tells_the_trail_what_changed_and_nothing_personal(self, clerk: Staff) -> None:
        booking = make_booking()
        edit(booking, clerk)
        entry = AuditEntry.objects.get(subject_type="booking", step="edit")
        assert entry.actor == clerk
        assert entry.facts == {"fields": ["first_name", "last_name", "email", "phone"]}

    def test_of_the_same_details_writes_nothing(self, clerk: Staff) -> None:
        booking = edit(make_booking(), clerk)
        assert edit(booking, clerk).version == booking.version

    def test_says_every_field_that_is_wrong(self, clerk: Staff) -> None:
        wrong = GRACE | {"first_name": " ", "email": "grace", "phone": "12"}
        with pytest.raises(InvalidInput) as refusal:
            edit(make_booking(), clerk, wrong)
        assert set(refusal.value.field_errors) == {"first_name", "email", "phone"}

    def test_refuses_the_address_of_a_colleague(self, clerk: Staff, finance: Staff) -> None:
        booking = make_booking()
        with pytest.raises(Conflict, match="member of staff"):
            edit(booking, clerk, GRACE | {"email": finance.email.upper()})
        assert fresh(booking).version == booking.version

    def test_refuses_a_stale_form(self, clerk: Staff) -> None:
        booking = make_booking()
        assign_booking(booking_id=booking.pk, staff_id=clerk.pk, actor=clerk, at=NOON)
        with pytest.raises(Stale, match="assign"):
            edit(booking, clerk)

    @pytest.mark.parametrize("name", [Role.LOGISTICS_COORDINATOR, Role.FINANCE_MANAGER, Role.ADMIN])
    def test_needs_the_right(self, role: Callable[..., Staff], name: Role) -> None:
        with pytest.raises(NotPermitted):
            edit(make_booking(), role(name))


class TestOfACustomer:
    ADA: ClassVar = {
        "first_name": "Ada",
        "last_name": "Lovelace",
        "email": "ada@lovelace.example",
        "phone": "+12125550143",
    }

    @pytest.fixture
    def ada(self, clerk: Staff) -> Customer:
        return register_customer(contact=self.ADA, actor=clerk, at=NOON)

    def book(self, ada: Customer, clerk: Staff) -> Booking:
        wish = Wish(request=request_for(), customer_id=ada.pk)
        return create_booking(wish=wish, actor=clerk, at=NOON)

    def test_changes_the_customer_and_all_of_their_bookings(
        self, ada: Customer, clerk: Staff
    ) -> None:
        first, second = self.book(ada, clerk), self.book(ada, clerk)
        edit(first, clerk)
        assert Customer.objects.get().email == "grace@example.com"
        assert Customer.objects.get().history.count() == 2
        assert found_by("hopper") == [first, second]
        assert found_by("lovelace") == []
        assert_sound()

    def test_refuses_another_customer_s_address(self, ada: Customer, clerk: Staff) -> None:
        register_customer(contact=GRACE, actor=clerk, at=NOON)
        with pytest.raises(Conflict, match="somebody else"):
            edit(self.book(ada, clerk), clerk)

    def test_is_followed_by_the_search_from_the_customer_s_page_too(
        self, ada: Customer, clerk: Staff
    ) -> None:
        booking = self.book(ada, clerk)
        edit_customer(customer_id=ada.pk, values={"last_name": "King"}, actor=clerk, at=NOON)
        assert found_by("king") == [booking]
