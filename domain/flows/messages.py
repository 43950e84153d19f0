"""Telling guests what happened to their booking, as an effect of the step that did it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings

from domain.bookings.conditions import local_time
from domain.bookings.models import Booking, Line, ServiceType
from domain.bookings.queries import sold_as
from domain.bookings.tokens import access_token
from domain.common.effects import NO_MONEY, Change, Effect, Preview
from domain.common.money import show
from domain.notifications.models import Message
from domain.notifications.operations import new_message, queue_message
from domain.notifications.rules import MessageKind, Wording, compose, masked


@dataclass(frozen=True, slots=True)
class Tell(Effect):
    """E-mail the person who booked. ``key`` makes it once, however often it is caused.

    ``sold`` says what a vehicle is called whose lines are not written yet.
    """

    kind: MessageKind
    booking: Booking
    key: str
    facts: Mapping[str, str] = field(default_factory=dict)
    hold: bool = False
    sold: str = ""

    def preview(self) -> Preview:
        to = masked(self.booking.contact().email)
        verb = "holds an e-mail to" if self.hold else "e-mails"
        return Preview(f"{verb} {to} “{self._wording().subject}”", message_to=to)

    def money(self) -> Preview:
        return NO_MONEY

    def apply(self, change: Change) -> None:
        queue_message(message=self.message(change.at), actor=change.actor, at=change.at)

    def message(self, at: datetime) -> Message:
        """The e-mail, not yet written; the booking may be as new."""
        wording = self._wording()
        return new_message(
            kind=self.kind,
            recipient=self.booking.contact().email,
            subject=wording.subject,
            body=wording.body,
            dedupe_key=self.key,
            booking_id=self.booking.pk,
            at=at,
            hold=self.hold,
        )

    def _wording(self) -> Wording:
        return compose(self.kind, {**booking_facts(self.booking, self.sold), **self.facts})


def what_of(booking: Booking, sold: str = "") -> str:
    """What was booked, as a sentence goes on with it."""
    if booking.line == Line.VEHICLE:
        colour = f" in {booking.colour}" if booking.colour else ""
        return f"{sold or sold_as(booking)}{colour}"
    when = f"{booking.pickup_date:%A %d %B %Y}" if booking.pickup_date else "the agreed day"
    return f"{ServiceType(booking.service_type).label.lower()} on {when}"


def booking_facts(booking: Booking, sold: str = "") -> dict[str, str]:
    deadline = (
        f"{local_time(booking.line, booking.expires_at):%d %B, %H:%M}"
        if booking.expires_at
        else "soon"
    )
    return {
        "number": booking.number,
        "first_name": booking.contact().first_name,
        "what": what_of(booking, sold),
        "total": show(booking.total_cents, booking.currency),
        "deadline": deadline,
        "status_url": settings.GUEST_STATUS_URL.format(
            number=booking.number, token=access_token(booking)
        ),
    }
