"""Instalments as rows: written with the booking, filled from the books, asked for by day.

:source: docs/policies/vehicles.md, "Instalments"
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Min, QuerySet

from domain.bookings.conditions import local_time
from domain.bookings.models import Booking, BookingState, Instalment, InstalmentState
from domain.bookings.queries import due_cents
from domain.bookings.rules.instalments import Part, Planned, Scope, changed_amounts, filled, owed
from domain.catalog.models import Vehicle
from domain.common.prepared import rows_prepared
from domain.common.settings.queries import setting_at
from domain.common.transactions import in_transaction

# States in which the plan counts: nothing is owed before the booking is confirmed.
RUNNING = (BookingState.ACTIVE, BookingState.COMPLETED, BookingState.DELIVERED)
# One statement however many rows: the ORM's has a branch a row and column.
FILL = """
UPDATE domain_instalment i SET paid_cents = f.cents, state = f.state
FROM unnest(%s::bigint[], %s::bigint[], %s::text[]) AS f(id, cents, state)
WHERE i.id = f.id
RETURNING i.id
"""
OPEN = (InstalmentState.DUE, InstalmentState.PART_PAID, InstalmentState.OVERDUE)


@dataclass(frozen=True, slots=True)
class Due:
    """What an instalment asks for."""

    instalment_id: int
    booking_id: int
    cents: int


def parts_of(rows: Sequence[Instalment]) -> list[Part]:
    return [Part(row.due_on, row.amount_cents, row.paid_cents, row.waived_cents) for row in rows]


def rows_of(booking_id: int) -> list[Instalment]:
    return list(Instalment.objects.filter(booking=booking_id).order_by("number"))


@in_transaction
def write_plan(*, booking: Booking, planned: Sequence[Planned], at: datetime) -> None:
    """Keep the plan a booking was sold with."""
    del at
    Instalment.objects.bulk_create(
        Instalment(
            booking=booking,
            number=each.number,
            due_on=each.due_on,
            amount_cents=each.amount_cents,
        )
        for each in planned
    )


@in_transaction
def refill(*, booking: Booking, at: datetime) -> list[Instalment]:
    """Bring a booking's instalments in line with its books. May be repeated.

    What is still due of the booking is what is still open of the plan, but for the booking
    amount; so the rows depend on the sum of what was paid, not on how or in which order. The
    caller holds the booking's lock.
    """
    rows = rows_of(booking.pk)
    if not rows or booking.state not in {*RUNNING, BookingState.PENDING}:
        return rows
    asked = sum(row.amount_cents - row.waived_cents for row in rows)
    found = filled(parts_of(rows), asked - due_cents(booking))
    today = local_time(booking.line, at).date()
    changed: list[tuple[int, int, str]] = []
    for row, paid in zip(rows, found, strict=True):
        before = row.paid_cents, row.state
        row.paid_cents = paid
        row.state = state_on(row, today, counts=booking.state in RUNNING)
        if (row.paid_cents, row.state) != before:
            changed.append((row.pk, row.paid_cents, row.state))
    if changed:
        ids, cents, states = zip(*changed, strict=True)
        rows_prepared(FILL, [list(ids), list(cents), [str(state) for state in states]])
    return rows


@in_transaction
def amend_plan(*, booking: Booking, change_cents: int, at: datetime) -> None:
    """Let the last instalments take a change of the price."""
    rows = rows_of(booking.pk)
    if not rows:
        return
    for row, amount in zip(rows, changed_amounts(parts_of(rows), change_cents), strict=True):
        row.amount_cents = amount
    Instalment.objects.bulk_update(rows, ["amount_cents"])
    refill(booking=booking, at=at)


def state_on(row: Instalment, day: date, *, counts: bool) -> InstalmentState:
    """An instalment's state on a day; it is overdue from the day after it was due."""
    if row.open_cents == 0:
        return InstalmentState.WAIVED if row.waived_cents else InstalmentState.PAID
    if counts and row.due_on < day:
        return InstalmentState.OVERDUE
    return InstalmentState.PART_PAID if row.paid_cents else InstalmentState.DUE


def open_instalments(customer_id: int) -> QuerySet[Instalment]:
    """Everything a customer still has to pay by instalments, the oldest first."""
    rows = Instalment.objects.filter(
        booking__customer=customer_id, booking__state__in=RUNNING, state__in=OPEN
    )
    return rows.select_related("booking").order_by("due_on", "booking_id", "number")


def next_due(booking_ids: Sequence[int]) -> dict[int, date]:
    """The day of each booking's oldest instalment that is not paid in full."""
    rows = Instalment.objects.filter(booking__in=booking_ids, state__in=OPEN).order_by()
    return dict(rows.values_list("booking").annotate(day=Min("due_on")))


def due_by(customer_id: int, on: date, scope: str = Scope.DUE_ONLY) -> list[Due]:
    """What a customer's instalments ask for on a day, over all bookings, the oldest first."""
    rows = list(open_instalments(customer_id))
    asked = owed(parts_of(rows), on, Scope(scope))
    return [
        Due(row.pk, row.booking_id, cents) for row, cents in zip(rows, asked, strict=True) if cents
    ]


def shares_of(dues: Sequence[Due], cents: int) -> list[Due]:
    """Spread an amount over what is due, the oldest first; what is left over goes nowhere."""
    found = []
    for due in dues:
        took = min(cents, due.cents)
        if took:
            found.append(Due(due.instalment_id, due.booking_id, took))
        cents -= took
    return found


def asked_next(booking: Booking, on: date) -> int:
    """What a vehicle's buyer is asked for next: what confirms it, what is due, the next one."""
    left = due_cents(booking)
    paid = booking.total_cents - left
    if paid < booking.booking_amount_cents:
        return min(booking.booking_amount_cents - paid, left)
    missing = min(booking.confirm_at_cents or 0, booking.total_cents) - paid
    if missing > 0:
        return missing
    asked = sum(owed(parts_of(rows_of(booking.pk)), on, Scope.DUE_PLUS_NEXT))
    return min(asked, left) or left


def least_first_payment(booking: Booking) -> int:
    """The least that may be paid first, by the catalog that priced it."""
    sold = Vehicle.objects.filter(pk=booking.vehicle_version_id or 0).first()
    least = sold.minimum_booking_amount_cents if sold else 0
    least = least or setting_at("booking.min_prebooking", booking.created_at)
    return min(least, booking.total_cents)
