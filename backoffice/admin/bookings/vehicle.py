"""What a vehicle's booking shows beyond its money: the plan, the stock, who referred the buyer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, override

from django.http import HttpRequest

from backoffice.access import holds
from backoffice.admin.dialogs import DialogForm, choice_field, reason_field
from domain.bookings.conditions import local_time
from domain.bookings.models import Booking, BookingState, Instalment
from domain.bookings.queries import due_cents
from domain.bookings.rules.instalments import owed
from domain.bookings.vehicles.instalments import asked_next, parts_of, rows_of
from domain.bookings.vehicles.stock import figures
from domain.catalog import pictures
from domain.catalog.models import Vehicle
from domain.common.money import show

TONES = {
    "due": "stopped",
    "part_paid": "waiting",
    "paid": "good",
    "overdue": "needs",
    "waived": "stopped",
}


@dataclass(frozen=True, slots=True)
class Row:
    instalment: Instalment
    tone: str


def facts_of(request: HttpRequest, booking: Booking, at: datetime) -> dict[str, Any]:
    sold = Vehicle.objects.filter(pk=booking.vehicle_version_id or 0).first()
    found: dict[str, Any] = {"vehicle": sold or {"name": booking.vehicle_sku}}
    if picture := pictures.primary_of([booking.vehicle_sku]).get(booking.vehicle_sku):
        found["picture"] = {"url": pictures.address_of(picture), "says": picture.alt_text}
    if holds(request, "domain.view_vehiclestock"):
        found["stock"] = figures([booking.vehicle_sku], at)[booking.vehicle_sku]
    if holds(request, "domain.view_prices"):
        found |= _plan(booking, at)
    return found


def _plan(booking: Booking, at: datetime) -> dict[str, Any]:
    rows, today = rows_of(booking.pk), local_time(booking.line, at).date()
    due, running = due_cents(booking), booking.confirmed_at is not None
    over = booking.state in {BookingState.CANCELLED, BookingState.EXPIRED}
    threshold = min(booking.confirm_at_cents or 0, booking.total_cents)
    asked = asked_next(booking, today) if due else 0
    return {
        "schedule": [Row(row, TONES[row.state]) for row in rows],
        "paid_count": sum(not row.open_cents for row in rows),
        "is_over": over,
        "due_today": sum(owed(parts_of(rows), today)) if running and not over else 0,
        "asked_next": asked,
        "to_confirm": 0 if running else max(threshold - (booking.total_cents - due), 0),
        "waivers": list(booking.waivers.select_related("instalment").order_by("-pk")),
    }


class WaiverForm(DialogForm):
    title = "Waive an instalment"
    lead = "What is unpaid of it is forgiven once a second person has approved it."
    submit = "Ask for the waiver"

    instalment = choice_field("Which")
    reason = reason_field("Why", help_text="The person who approves reads this.")

    @override
    def prepare(self) -> None:
        rows = [row for row in rows_of(self.subject.pk) if row.open_cents]
        currency = self.subject.currency
        self.fields["instalment"].choices = [
            (str(row.pk), f"{row.number}, {row.due_on:%d %b %Y}: {show(row.open_cents, currency)}")
            for row in rows
        ]
        self.can_submit = bool(rows)
        if not rows:
            self.lead = "Nothing is left to pay by instalments."
