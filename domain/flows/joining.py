"""A booking with a referral code makes its customer a member: P4.

:source: docs/policies/network.md, "Joining"
"""

from __future__ import annotations

from datetime import datetime

from domain.bookings.models import Booking
from domain.common.actors import Actor, System
from domain.common.errors import InvalidInput
from domain.common.jobs import enqueue
from domain.common.rows import read
from domain.common.settings.queries import choice_at
from domain.common.transactions import in_transaction
from domain.common.workflow import record
from domain.common.workflow.door import lock
from domain.customers.models import Customer
from domain.customers.operations import register_customer
from domain.customers.rules import CONTACT_FIELDS
from domain.flows.buying import PLACE_DUE, TRIGGER
from domain.network.models import Member
from domain.network.operations.members import enrol
from domain.network.queries.members import sponsor_for_code

JOINER = System("joining")


@in_transaction
def join_with_code(*, booking_id: int, code: str, actor: Actor, at: datetime) -> Member:
    """Make a booking's customer a member below whoever's code it carries.

    A guest becomes a customer. Somebody who is a member already stays with their own sponsor:
    the booking counts for that sponsor (``referred_by`` of the member returned).

    :raises InvalidInput: the code is nobody's, or the buyer's own
    """
    sponsor = sponsor_for_code(code)
    booking = lock(Booking, booking_id)
    customer = booking.customer or _converted(booking, actor=actor, at=at)
    if known := read(Member, customer.pk):
        if known.pk == sponsor.pk:
            raise InvalidInput.of({"referral_code": ["This is the buyer's own referral code."]})
        return known
    member = enrol(
        customer_id=customer.pk,
        sponsor_id=sponsor.pk,
        booking_id=booking.pk,
        actor=JOINER,
        at=at,
        reason=f"Booking {booking} with code {sponsor.code}",
    )
    if choice_at(TRIGGER, at) == "REGISTRATION":
        enqueue(PLACE_DUE, member.pk)
    return member


def _converted(booking: Booking, *, actor: Actor, at: datetime) -> Customer:
    """Turn a booking's guest into a customer; the details move, they are not kept twice."""
    guest = booking.guest
    assert guest is not None  # held by the constraint booking_customer_or_guest
    contact = {field: str(getattr(guest, field)) for field in CONTACT_FIELDS}
    customer = register_customer(contact=contact, actor=JOINER, at=at)
    booking.customer, booking.guest = customer, None
    record(booking, "convert_guest", actor=actor, at=at, facts={"customer": customer.pk})
    guest.delete()
    return customer
