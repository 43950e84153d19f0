"""Whom a booking is for: mending a misspelled name, address or number."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from domain.bookings.models import Booking, Line
from domain.bookings.operations import refresh_search
from domain.common.actors import Actor, may
from domain.common.errors import Conflict, NotPermitted, Refused
from domain.common.transactions import in_transaction
from domain.common.workflow import record
from domain.common.workflow.door import lock, refuse_stale
from domain.customers import operations as customers
from domain.customers.models import Customer, GuestCheckout, Person
from domain.customers.operations import clean_contact, hold_email
from domain.customers.rules import CONTACT_FIELDS
from domain.staff.models import Staff

REGIONS = {Line.DELIVERY: "US", Line.VEHICLE: "IN"}


@in_transaction
def edit_contact(
    *,
    booking_id: int,
    contact: Mapping[str, str],
    seen_version: int,
    actor: Staff,
    at: datetime,
) -> Booking:
    """Change name, e-mail and phone of a booking's guest, or of its customer everywhere.

    The trail says which of them changed, never what they were: that is personal.

    :raises InvalidInput: with every field that is wrong
    :raises Conflict: the e-mail address is a member of staff's, or another customer's
    :raises Refused: the person was erased
    :raises Stale: the booking changed since the form was opened
    """
    if not may(actor, "domain.edit_booking_notes"):
        raise NotPermitted("You may not edit a booking's contact details.")
    booking = lock(Booking, booking_id)
    refuse_stale(booking, seen_version)
    cleaned = clean_contact(contact, region=REGIONS[Line(booking.line)])
    before = _contact_of(booking.contact())
    changed = [field for field in CONTACT_FIELDS if before[field] != cleaned[field]]
    if not changed:
        return booking
    if booking.customer is not None:
        if booking.customer.erased_at is not None:
            raise Refused("This person was erased; nothing of theirs is kept any more.")
        edit_customer(customer_id=booking.customer.pk, values=cleaned, actor=actor, at=at)
    else:
        assert booking.guest is not None  # held by the constraint booking_customer_or_guest
        _edit_guest(booking.guest, cleaned)
    done = record(lock(Booking, booking_id), "edit", actor=actor, at=at, facts={"fields": changed})
    refresh_search(bookings=[done.subject], at=at)
    return done.subject


def _edit_guest(guest: GuestCheckout, cleaned: Mapping[str, str]) -> None:
    hold_email(cleaned["email"])
    if Staff.objects.filter(email__iexact=cleaned["email"]).exists():
        raise Conflict(
            "This e-mail address belongs to a member of staff. "
            "One person is either staff or customer, never both."
        )
    for field, value in cleaned.items():
        setattr(guest, field, value)
    guest.save(update_fields=CONTACT_FIELDS)


@in_transaction
def edit_customer(
    *, customer_id: int, values: Mapping[str, str], actor: Actor, at: datetime
) -> Customer:
    """Change a customer; their bookings are found by the new name, e-mail and phone at once.

    Raises what ``customers.operations.edit_customer`` does.
    """
    customer = customers.edit_customer(customer_id=customer_id, values=values, actor=actor, at=at)
    refresh_search(bookings=Booking.objects.filter(customer_id=customer_id), at=at)
    return customer


@in_transaction
def forget_contact(*, booking_id: int, actor: Actor, at: datetime) -> Booking:
    """Empty what a booking itself keeps of an erased person; where it went to by town stays."""
    booking = lock(Booking, booking_id)
    booking.special_instructions, booking.internal_notes = "", ""
    done = record(booking, "erase", actor=actor, at=at)
    booking.addresses.update(
        address_line_1="Erased", address_line_2="", access_notes="", saved_address=None
    )
    refresh_search(bookings=[done.subject], at=at)
    return done.subject


def _contact_of(person: Person) -> dict[str, str]:
    return {field: getattr(person, field) for field in CONTACT_FIELDS}
