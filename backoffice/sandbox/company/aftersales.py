"""What became of the demo's vehicles: handed over, paid month by month, late, given up."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from backoffice.sandbox.company.network import Network, pay, zone
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


def live_on(network: Network) -> None:
    """Each booking from its confirmation to where it stands today."""
    bookings = Booking.objects.filter(line=Line.VEHICLE).order_by("pk")
    for booking in bookings:
        if booking.state == BookingState.PENDING:
            _expire(network, booking)
        elif booking.confirmed_at is not None:
            _after_confirming(network, booking, booking.confirmed_at)
    _remind(network)
    _waive(network)
    _run_out(network)


def _expire(network: Network, booking: Booking) -> None:
    deadline = booking.expires_at
    # Paid enough and without a vehicle, it waits for one.
    waits = booking.cases.filter(kind=CaseKind.NO_STOCK).exists()
    if deadline is not None and deadline < network.company.today and not waits:
        expire_booking(booking_id=booking.pk, at=deadline + timedelta(minutes=5))


def _after_confirming(network: Network, booking: Booking, confirmed: datetime) -> None:
    omar, leo = network.company.staff["omar"], network.company.staff["leo"]
    ready = confirmed + SOON
    if ready > network.company.today:
        return
    if booking.state == BookingState.ACTIVE and network.happens(CHANGED_THEIR_MIND):
        reason = "The buyer found another vehicle."
        transit(Booking, booking.pk, "cancel", actor=omar, at=ready, reason=reason)
        return
    if network.happens(HANDED_OVER):
        transit(Booking, booking.pk, "deliver", actor=leo, at=ready)
    for instalment in rows_of(booking.pk):
        if not instalment.open_cents:
            continue
        due = datetime.combine(instalment.due_on, time(11), tzinfo=zone())
        if due > network.company.today or not network.happens(PAID_IN_TIME):
            return
        pay(network, Booking.objects.get(pk=booking.pk), instalment.open_cents, due)


def _remind(network: Network) -> None:
    at = network.company.today - timedelta(hours=3)
    for pk in instalments_to_look_at(at=at):
        look_at_instalment(instalment_id=pk, at=at)


def _waive(network: Network) -> None:
    """Two are asked to be forgiven; one of them was."""
    carla, fiona = network.company.staff["carla"], network.company.staff["fiona"]
    at = network.company.today - timedelta(hours=2)
    for number, late in enumerate(Instalment.objects.filter(state="overdue").order_by("pk")[:2]):
        why = "The scooter stood in the workshop for a month."
        waiver = request_waiver(instalment_id=late.pk, reason=why, actor=carla, at=at)
        if number:
            transit(type(waiver), waiver.pk, "approve", actor=fiona, at=at)


def _run_out(network: Network) -> None:
    """Of one vehicle none is left, and somebody has paid for it."""
    omar, at = network.company.staff["omar"], network.company.today - timedelta(days=2)
    waiting = Booking.objects.filter(line=Line.VEHICLE, state=BookingState.PENDING).order_by("pk")
    booking = waiting.first()
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
    pay(network, booking, booking.total_cents // 2, at)
