"""When a booking may take a step; each says in a sentence why not."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.conf import settings

from domain.common.money import show
from domain.common.settings.queries import setting_at
from domain.common.workflow import Ask, condition

if TYPE_CHECKING:
    from domain.bookings.models import Booking


def local_zone(line: str) -> ZoneInfo:
    name = settings.DELIVERIES_TIME_ZONE if line == "delivery" else settings.VEHICLES_TIME_ZONE
    return ZoneInfo(name)


def local_time(line: str, at: datetime) -> datetime:
    """Turn a moment into the line's own calendar: New York or Kolkata."""
    return at.astimezone(local_zone(line))


def payment_deadline(at: datetime) -> datetime:
    """Until when a delivery waits for its payment, from a moment on."""
    return at + timedelta(hours=setting_at("booking.delivery_expiry_hours", at))


@condition("Fully paid")
def fully_paid(booking: Booking, ask: Ask) -> str:
    from domain.bookings.queries import due_cents  # noqa: PLC0415  # queries rest on the models

    due = due_cents(booking)
    return f"{show(due, booking.currency)} is still due." if due > 0 else ""


@condition("Payment deadline passed")
def overdue(booking: Booking, ask: Ask) -> str:
    if booking.expires_at is None or booking.expires_at > ask.at:
        return "Its payment deadline has not passed."
    return ""


@condition("Pickup still ahead")
def pickup_still_ahead(booking: Booking, ask: Ask) -> str:
    today = local_time(booking.line, ask.at).date()
    if booking.pickup_date and booking.pickup_date < today:
        return f"Its pickup day, {booking.pickup_date:%a %d %b %Y}, is over; book again instead."
    return ""
