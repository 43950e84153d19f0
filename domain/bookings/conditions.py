"""When a booking may take a step; each says in a sentence why not."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.conf import settings

from domain.bookings.rules.vehicles import valid_until
from domain.common.money import show
from domain.common.settings.queries import setting_at
from domain.common.workflow import Ask, condition
from domain.staff.models import Staff

if TYPE_CHECKING:
    from domain.bookings.models import Booking


EXPIRY_HOURS = "booking.delivery_expiry_hours"


def local_zone(line: str) -> ZoneInfo:
    name = settings.DELIVERIES_TIME_ZONE if line == "delivery" else settings.VEHICLES_TIME_ZONE
    return ZoneInfo(name)


def local_time(line: str, at: datetime) -> datetime:
    """Turn a moment into the line's own calendar: New York or Kolkata."""
    return at.astimezone(local_zone(line))


def deadline_of(line: str, at: datetime) -> datetime:
    """Until when a booking made now waits for its money."""
    if line == "delivery":
        return payment_deadline(at)
    days = setting_at("booking.expiry_days", at)
    return valid_until(local_time(line, at).date(), days, local_zone(line))


def payment_deadline(at: datetime) -> datetime:
    """Until when a delivery waits for its payment, from a moment on."""
    return deadline_after(setting_at(EXPIRY_HOURS, at), at)


def deadline_after(hours: int, at: datetime) -> datetime:
    return at + timedelta(hours=hours)


def _sees(ask: Ask) -> bool:
    """Not all staff may see what is due."""
    return not isinstance(ask.actor, Staff) or ask.actor.has_perm("domain.view_prices")


@condition("Fully paid")
def fully_paid(booking: Booking, ask: Ask) -> str:
    from domain.bookings.queries import due_cents  # noqa: PLC0415  # queries rest on the models

    due = due_cents(booking)
    if due <= 0:
        return ""
    return f"{show(due, booking.currency)} is still due." if _sees(ask) else "It is not fully paid."


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


@condition("A delivery")
def a_delivery(booking: Booking, ask: Ask) -> str:
    return "" if booking.line == "delivery" else "This step is one of deliveries."


@condition("A vehicle")
def a_vehicle(booking: Booking, ask: Ask) -> str:
    return "" if booking.line == "vehicle" else "This step is one of vehicles."


@condition("Paid enough")
def paid_enough(booking: Booking, ask: Ask) -> str:
    missing = _missing_to_confirm(booking)
    if missing <= 0:
        return ""
    more = f"{show(missing, booking.currency)} more" if _sees(ask) else "More"
    return f"{more} has to be paid to confirm it."


@condition("Not paid enough")
def not_paid_enough(booking: Booking, ask: Ask) -> str:
    if booking.line == "delivery" or _missing_to_confirm(booking) > 0:
        return ""
    return "Enough is paid to confirm it; it waits for a vehicle in stock."


@condition("In stock")
def in_stock(booking: Booking, ask: Ask) -> str:
    from domain.bookings.vehicles.stock import free_of  # noqa: PLC0415  # rests on the models

    if free_of([booking.vehicle_sku], ask.at).get(booking.vehicle_sku, 0) > 0:
        return ""
    return f"No {booking.vehicle_sku} is free in stock."


@condition("No payment undecided")
def no_payment_undecided(booking: Booking, ask: Ask) -> str:
    """Money approved after the hand-over would be owed and not owed at once."""
    if not booking.refunds.filter(state__in=["processing", "unknown"]).exists():
        return ""
    return "A refund is on its way; wait until it has arrived, so that what is owed is known."


def _missing_to_confirm(booking: Booking) -> int:
    from domain.bookings.queries import cash_of  # noqa: PLC0415  # queries rest on the models

    threshold = min(booking.confirm_at_cents or 0, booking.total_cents)
    return threshold - cash_of([booking])[booking.pk].net_cents
