"""How the crew gets in: notes beside each address of a booking."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from domain.bookings.models import Booking
from domain.common.actors import may
from domain.common.errors import InvalidInput, NotPermitted, Refused
from domain.common.transactions import in_transaction
from domain.common.workflow import record
from domain.common.workflow.door import lock, refuse_stale
from domain.customers.rules import ACCESS_NOTES_LENGTH
from domain.staff.models import Staff

OVER = frozenset({"completed", "cancelled", "expired"})


@in_transaction
def edit_access(
    *, booking_id: int, notes: Mapping[str, str], seen_version: int, actor: Staff, at: datetime
) -> Booking:
    """Change the crew's notes; keys ``pickup`` and ``delivery``. What was sold stays as it is.

    The trail says beside which address, never what: a door code is nobody else's.

    :raises InvalidInput: a note is too long, or about an address that was not given
    :raises Refused: the booking is over
    :raises Stale: the booking changed since the form was opened
    """
    if not may(actor, "domain.edit_booking_notes"):
        raise NotPermitted("You may not edit a booking's access notes.")
    booking = lock(Booking, booking_id)
    refuse_stale(booking, seen_version)
    if booking.state in OVER:
        raise Refused(f"{booking} is {booking.state_label().lower()}; nobody needs to get in.")
    addresses = {each.kind: each for each in booking.addresses.all()}
    if errors := _errors(notes, addresses):
        raise InvalidInput.of(errors)
    changed = [
        kind
        for kind, text in notes.items()
        if kind in addresses and addresses[kind].access_notes != text.strip()
    ]
    if not changed:
        return booking
    for kind in changed:
        addresses[kind].access_notes = notes[kind].strip()
        addresses[kind].save(update_fields=["access_notes"])
    fields = [f"{kind}_access" for kind in changed]
    return record(booking, "edit", actor=actor, at=at, facts={"fields": fields}).subject


def _errors(notes: Mapping[str, str], addresses: Mapping[str, object]) -> dict[str, list[str]]:
    errors = {}
    for kind, text in notes.items():
        if len(text.strip()) > ACCESS_NOTES_LENGTH:
            errors[kind] = [f"At most {ACCESS_NOTES_LENGTH} characters."]
        elif text.strip() and kind not in addresses:
            errors[kind] = ["This booking has no such address."]
    return errors
