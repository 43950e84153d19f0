from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from domain.bookings.conditions import local_zone
from domain.bookings.models import Booking, BookingState, CancellationPolicy, Line
from domain.bookings.rules import (
    CancellationTerms,
    Policy,
    cancellation_terms,
    pickup_moment,
)
from domain.bookings.rules.vehicles import deposit_terms
from domain.common.errors import Refused
from domain.common.prepared import rows_prepared
from domain.common.settings.queries import setting_at
from domain.ledger.queries import BookingCash, booking_cash
from domain.ledger.rules import AccountRef

# Nothing more is asked of a guest whose booking is in one of these states.
CLOSED = frozenset({BookingState.CANCELLED, BookingState.EXPIRED})

SOLD = """
SELECT label FROM domain_bookingline WHERE booking_id = %s AND kind = 'sold'
ORDER BY position LIMIT 1
"""


def cash_of(bookings: Sequence[Booking]) -> dict[int, BookingCash]:
    """Ask the ledger what each booking was paid and refunded, in one query."""
    return booking_cash([booking.pk for booking in bookings])


def due_cents(booking: Booking, cash: BookingCash | None = None) -> int:
    """What is still to be paid, in minor units; nothing once cancelled or expired."""
    if booking.state in CLOSED:
        return 0
    cash = cash or cash_of([booking])[booking.pk]
    if booking.line == Line.VEHICLE:
        # Until it is settled, what went back has to be paid again.
        return max(booking.total_cents - cash.net_cents - cash.allowed_cents, 0)
    # A refund after payment does not make the booking payable again.
    paid = cash.captured_cents - cash.disputed_cents
    return max(booking.total_cents - paid, 0)


def sold_as(booking: Booking) -> str:
    """What a vehicle is called in the booking's own lines."""
    assert booking.pk is not None  # its lines are written
    rows = rows_prepared(SOLD, [booking.pk])
    return str(rows[0][0]) if rows else booking.vehicle_sku


def customer_account(booking: Booking) -> AccountRef:
    """Where a booking's money lies: an advance, and once a vehicle is handed over, a debt."""
    code = "1200" if booking.state == BookingState.DELIVERED else "2300"
    return AccountRef(code, booking.pk)


def policy_at(line: str, at: datetime) -> Policy:
    """:raises Refused: no cancellation policy is in force"""
    row = (
        CancellationPolicy.objects.filter(line=line, valid_from__lte=at)
        .order_by("-valid_from")
        .first()
    )
    if row is None:
        raise Refused("No cancellation policy is in force for this date; add one first.")
    return Policy(row.free_until_hours, row.late_fee_bps, row.same_day_fee_bps)


def terms_of_cancelling(booking: Booking, *, held_cents: int, at: datetime) -> CancellationTerms:
    """The fee and refund if a booking were cancelled at a moment."""
    if booking.line == Line.VEHICLE:
        bps = setting_at("booking.forfeit_bps", at)
        return deposit_terms(held_cents=held_cents, forfeit_bps=bps, currency=booking.currency)
    assert booking.pickup_date is not None  # held by booking_delivery_has_a_date
    return cancellation_terms(
        policy=policy_at(booking.line, at),
        total_cents=booking.total_cents,
        held_cents=held_cents,
        currency=booking.currency,
        pickup=pickup_moment(
            booking.pickup_date,
            booking.pickup_time,
            booking.specific_pickup_hour,
            local_zone(booking.line),
        ),
        at=at,
    )
