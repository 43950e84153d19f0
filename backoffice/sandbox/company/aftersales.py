"""What became of the demo's vehicles: handed over, paid month by month, late, given up."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from backoffice.sandbox.company.growth import all_sent
from backoffice.sandbox.company.house import Company
from backoffice.sandbox.company.network import Team, pay, zone
from domain.bookings.models import Booking, BookingState, Instalment, Line
from domain.bookings.vehicles.instalments import rows_of
from domain.bookings.vehicles.stock import count_stock, figures
from domain.common.workflow import transit
from domain.flows.instalments import request_waiver
from domain.flows.reminders import instalments_to_look_at, look_at_instalment
from domain.flows.sweeps import expire_booking
from domain.payments.models import CaseKind

HANDED_OVER, PAID_IN_TIME, CHANGED_THEIR_MIND = 0.45, 0.8, 0.04
SOON = timedelta(days=8)


def live_on(team: Team) -> None:
    """Each booking of a team from its confirmation to where it stands today."""
    for booking in Booking.objects.filter(pk__in=team.bookings).order_by("pk"):
        if booking.state == BookingState.PENDING:
            _expire(team.company, booking)
        elif booking.confirmed_at is not None:
            _after_confirming(team.company, booking, booking.confirmed_at)
    _remind(team)
    all_sent(team.bookings)


def look_after(company: Company) -> None:
    """What concerns but a few of all bookings."""
    _waive(company)
    _run_out(company)


def _expire(company: Company, booking: Booking) -> None:
    deadline = booking.expires_at
    # Paid enough and without a vehicle, it waits for one.
    waits = booking.cases.filter(kind=CaseKind.NO_STOCK).exists()
    if deadline is not None and deadline < company.today and not waits:
        expire_booking(booking_id=booking.pk, at=deadline + timedelta(minutes=5))


def _after_confirming(company: Company, booking: Booking, confirmed: datetime) -> None:
    omar, leo = company.staff["omar"], company.staff["leo"]
    ready = confirmed + SOON
    if ready > company.today:
        return
    if booking.state == BookingState.ACTIVE and company.happens(CHANGED_THEIR_MIND):
        reason = "The buyer found another vehicle."
        transit(Booking, booking.pk, "cancel", actor=omar, at=ready, reason=reason)
        return
    if company.happens(HANDED_OVER):
        transit(Booking, booking.pk, "deliver", actor=leo, at=ready)
    for instalment in rows_of(booking.pk):
        if not instalment.open_cents:
            continue
        due = datetime.combine(instalment.due_on, time(11), tzinfo=zone())
        if due > company.today or not company.happens(PAID_IN_TIME):
            return
        pay(company, Booking.objects.get(pk=booking.pk), instalment.open_cents, due)


def _remind(team: Team) -> None:
    at = team.company.today - timedelta(hours=3)
    due = Instalment.objects.filter(
        pk__in=instalments_to_look_at(at=at), booking_id__in=team.bookings
    )
    for pk in due.order_by("pk").values_list("pk", flat=True):
        look_at_instalment(instalment_id=pk, at=at)


def _waive(company: Company) -> None:
    """Two are asked to be forgiven; one of them was."""
    carla, fiona = company.staff["carla"], company.staff["fiona"]
    at = company.today - timedelta(hours=2)
    overdue = Instalment.objects.filter(state="overdue")
    for number, late in enumerate(overdue.order_by("due_on", "booking__created_at")[:2]):
        why = "The scooter stood in the workshop for a month."
        waiver = request_waiver(instalment_id=late.pk, reason=why, actor=carla, at=at)
        if number:
            transit(type(waiver), waiver.pk, "approve", actor=fiona, at=at)


def _run_out(company: Company) -> None:
    """Of one vehicle none is left, and somebody has paid for it."""
    omar, at = company.staff["omar"], company.today - timedelta(days=2)
    waiting = Booking.objects.filter(line=Line.VEHICLE, state=BookingState.PENDING)
    booking = waiting.order_by("created_at").first()
    if booking is None:
        return
    stock = figures([booking.vehicle_sku], at)[booking.vehicle_sku]
    count_stock(
        sku=booking.vehicle_sku,
        on_hand=stock.reserved,
        reason="Counted: the rest went to the other shop.",
        seen_on_hand=stock.on_hand,
        actor=omar,
        at=at,
    )
    pay(company, booking, booking.total_cents // 2, at)
