from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from domain.bookings.models import Booking, BookingState
from domain.common.audit.models import AuditEntry
from domain.common.audit.sealing import seal_audit
from domain.common.context import acting
from domain.common.errors import InvalidInput, NotFound, NotPermitted, Refused
from domain.customers.models import GuestCheckout
from domain.customers.operations import register_customer
from domain.flows.checkout import (
    PriceChanged,
    book_for_payment,
    create_booking,
    rebook,
    reprice,
    request_of,
)
from domain.notifications.models import Message
from domain.staff.models import Staff
from tests.factories import (
    ADA,
    GUEST,
    NOON,
    OPENING,
    PICKUP,
    assert_sound,
    cancelled,
    make_booking,
    request_for,
    settled,
    settled_booking,
    taxed_booking,
    wish_for,
)
from tests.jobs import waiting_jobs

pytestmark = pytest.mark.usefixtures("shop")


class TestCreateBooking:
    def test_keeps_the_price_with_its_reasons(self) -> None:
        booking = taxed_booking()

        lines = list(booking.lines.all())
        assert booking.state == BookingState.PENDING
        assert booking.total_cents == sum(line.amount_cents for line in lines) > 0
        assert [line.position for line in lines] == list(range(1, len(lines) + 1))
        assert all(line.explanation for line in lines)
        assert [line.code for line in lines if line.is_tax] == ["organizing_tax"]

    def test_writes_one_audit_row_and_one_message(self) -> None:
        booking = make_booking()

        entry = AuditEntry.objects.get(subject_type="booking", subject_id=booking.pk)
        assert (entry.step, entry.from_state, entry.to_state) == ("begin", "", "pending")
        assert (entry.who(), entry.version) == ("System (guest)", booking.version)
        assert Message.objects.get(booking=booking).dedupe_key == f"received:{booking.number}"
        assert waiting_jobs() == ["domain.notifications.tasks.deliver"]
        assert_sound()

    def test_begins_the_trails_of_its_message_and_its_payment_too(self) -> None:
        with acting(request_id="r1", client_ip="192.0.2.7"):
            booked = book_for_payment(wish=wish_for(), actor=GUEST, at=NOON)
        booking, payment = booked.booking, booked.payment
        assert payment is not None
        assert (payment.booking_id, payment.amount_cents) == (booking.pk, booking.total_cents)

        message = Message.objects.get(booking=booking)
        subjects = {"booking": booking.pk, "message": message.pk, "payment": payment.pk}
        entries = AuditEntry.objects.filter(booking_id=booking.pk)
        assert {each.subject_type: each.subject_id for each in entries} == subjects
        assert {(each.version, each.step, each.request_id) for each in entries} == {
            (1, "begin", "r1")
        }
        assert {each.detail.client_ip for each in entries} == {"192.0.2.7"}
        assert len({each.detail.salt for each in entries}) == 3
        assert seal_audit(at=NOON) >= 3
        assert_sound()

    def test_waits_for_payment_for_a_day(self) -> None:
        assert make_booking().expires_at == NOON + timedelta(hours=24)

    def test_numbers_bookings_in_order(self) -> None:
        first, second = make_booking(), make_booking()
        assert int(second.number[3:]) == int(first.number[3:]) + 1

    def test_refuses_a_price_that_the_guest_did_not_see(self) -> None:
        booking = make_booking()
        wish = replace(wish_for(), expected_total_cents=booking.total_cents - 1)

        with pytest.raises(PriceChanged) as refusal:
            create_booking(wish=wish, actor=GUEST, at=NOON)

        assert refusal.value.quote.total_price_cents == booking.total_cents
        assert Booking.objects.count() == 1

    def test_names_every_problem_at_once(self) -> None:
        wish = wish_for(contact=ADA | {"email": "nowhere"}, pickup_date=date(2020, 1, 1))

        with pytest.raises(InvalidInput) as refusal:
            create_booking(wish=wish, actor=GUEST, at=NOON)

        assert {"email", "pickup_date"} <= set(refusal.value.field_errors)
        assert not GuestCheckout.objects.exists()

    def test_asks_the_right_of_staff(self, finance: Staff, clerk: Staff) -> None:
        with pytest.raises(NotPermitted):
            make_booking(actor=finance)
        assert make_booking(actor=clerk).created_by == clerk

    def test_books_for_a_customer(self, clerk: Staff) -> None:
        customer = register_customer(contact=ADA, actor=clerk, at=NOON)
        wish = replace(wish_for(), contact=None, customer_id=customer.pk)

        booking = create_booking(wish=wish, actor=clerk, at=NOON)

        assert (booking.customer, booking.guest) == (customer, None)

    def test_knows_which_saved_address_was_used(self, clerk: Staff) -> None:
        customer = register_customer(contact=ADA, actor=clerk, at=NOON)
        wish = replace(wish_for(), contact=None, customer_id=customer.pk)
        create_booking(wish=replace(wish, keep_as={"pickup": "Home"}), actor=clerk, at=NOON)
        create_booking(wish=wish, actor=clerk, at=NOON)
        make_booking()

        home = customer.addresses.get()
        assert [use.kind for use in home.uses.all()] == ["pickup", "pickup"]

    def test_needs_somebody_to_write_to(self) -> None:
        with pytest.raises(NotFound):
            create_booking(wish=replace(wish_for(), contact=None), actor=GUEST, at=NOON)

    def test_keeps_addresses_apart_from_what_was_asked_for(self) -> None:
        booking = make_booking()

        assert "address" not in str(booking.asked_for)
        assert {each.kind for each in booking.addresses.all()} == {"pickup", "delivery"}
        assert request_of(booking) == request_for()


class TestReprice:
    def test_gives_the_price_sold_and_changes_nothing(self) -> None:
        booking = make_booking()
        later = NOON + timedelta(days=400)

        assert reprice(booking, as_of=booking.priced_at, at=later).total_price_cents == (
            booking.total_cents
        )
        assert Booking.objects.get().version == booking.version

    def test_knows_no_prices_before_the_first_catalog(self) -> None:
        with pytest.raises(InvalidInput):
            reprice(make_booking(), as_of=OPENING - timedelta(days=1), at=NOON)


class TestAccessNotes:
    def test_stand_with_their_address_and_follow_a_rebooking(self, manager: Staff) -> None:
        wish = replace(wish_for(), access_notes={"delivery": " Freight lift "})
        booking = create_booking(wish=wish, actor=manager, at=NOON)
        settled(booking)
        notes = dict(booking.addresses.values_list("kind", "access_notes"))
        assert notes == {"pickup": "", "delivery": "Freight lift"}
        again = rebook(
            booking_id=booking.pk,
            pickup_date=NOON.date() + timedelta(days=9),
            pickup_time="morning",
            actor=manager,
            at=NOON,
        )
        assert dict(again.addresses.values_list("kind", "access_notes")) == notes

    def test_are_bounded(self) -> None:
        with pytest.raises(InvalidInput) as refusal:
            create_booking(
                wish=replace(wish_for(), access_notes={"pickup": "x" * 301}), actor=GUEST, at=NOON
            )
        assert set(refusal.value.field_errors) == {"pickup_address.access_notes"}


class TestRebook:
    def test_copies_a_paid_booking_to_another_day(self, manager: Staff) -> None:
        old = settled_booking()
        day = PICKUP + timedelta(days=7)

        new = rebook(
            booking_id=old.pk, pickup_date=day, pickup_time="afternoon", actor=manager, at=NOON
        )

        assert (new.rebooked_from, new.state, new.pickup_date) == (old, "pending", day)
        assert new.total_cents == old.total_cents
        assert new.number != old.number

    def test_refuses_what_was_never_paid(self, manager: Staff) -> None:
        booking = cancelled(make_booking(), manager)
        with pytest.raises(Refused, match="only a paid one"):
            rebook(
                booking_id=booking.pk,
                pickup_date=PICKUP,
                pickup_time="morning",
                actor=manager,
                at=NOON,
            )
