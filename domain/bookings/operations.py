"""Changes of a booking that are no steps, and the writing of a new one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from domain.bookings.models import Booking, BookingAddress, BookingLine
from domain.bookings.search import search_vector, search_words
from domain.bookings.vehicles.instalments import amend_plan
from domain.catalog.rules.lines import QuoteLine
from domain.common.actors import Actor, may
from domain.common.effects import Note
from domain.common.errors import InvalidInput, NotPermitted, Refused
from domain.common.money import show
from domain.common.prepared import rows_prepared
from domain.common.transactions import in_transaction
from domain.common.workflow import record
from domain.common.workflow.door import lock, refuse_stale
from domain.staff.models import Staff

TAX_CODES = frozenset({"organizing_tax"})
NOTES_LENGTH = 5_000


def next_delivery_number() -> str:
    """Take the next number of the sequence; a number taken and not used leaves a gap."""
    ((number,),) = rows_prepared("SELECT nextval('domain_booking_number')", ())
    return f"TT-{number:06d}"


def lines_of(booking: Booking, lines: Sequence[QuoteLine], at: datetime) -> list[BookingLine]:
    """A quote's lines as sold, not yet written, with the rule versions and inputs behind each."""
    return [
        BookingLine(
            booking=booking,
            position=position,
            code=line.code,
            label=line.label[:200],
            quantity=line.quantity,
            unit_amount_cents=line.unit_amount_cents,
            amount_cents=line.amount_cents,
            is_tax=line.code in TAX_CODES,
            explanation=line.explanation,
            rule_kind=line.rule_kind,
            rule_version_id=line.rule_version_id,
            inputs=dict(line.inputs),
            at=at,
        )
        for position, line in enumerate(lines, start=1)
    ]


def addresses_of(
    booking: Booking, addresses: Mapping[str, Mapping[str, str]]
) -> list[BookingAddress]:
    """Where to pick up and deliver, not yet written; keys ``pickup`` and ``delivery``."""
    return [
        BookingAddress(
            booking=booking,
            kind=kind,
            address_line_1=address["address_line_1"].strip(),
            address_line_2=address.get("address_line_2", "").strip(),
            city=address["city"].strip(),
            region=address["state"],
            zip_code=address["zip_code"],
            access_notes=address.get("access_notes", ""),
        )
        for kind, address in addresses.items()
    ]


@in_transaction
def refresh_search(*, bookings: Iterable[Booking], at: datetime) -> None:
    """Find bookings by what they, their people and their cards are called now."""
    del at
    for booking in bookings:
        last4 = booking.payments.exclude(card_last4="").values_list("card_last4", flat=True)
        words = search_words(booking.number, booking.contact(), last4)
        Booking.objects.filter(pk=booking.pk).update(search=search_vector(words))


@dataclass(frozen=True, slots=True)
class Care:
    """What staff keep about a booking for themselves."""

    internal_notes: str
    follow_up_on: date | None
    special_instructions: str


@in_transaction
def edit_care(
    *, booking_id: int, care: Care, seen_version: int, actor: Staff, at: datetime
) -> Booking:
    """Change notes, follow-up day and instructions. Prices and lines stay as sold.

    :raises Stale: the booking changed since the form was opened
    """
    _require(actor, "domain.edit_booking_notes", "edit a booking's notes")
    booking = lock(Booking, booking_id)
    refuse_stale(booking, seen_version)
    if len(care.internal_notes) > NOTES_LENGTH:
        raise InvalidInput.of({"internal_notes": [f"At most {NOTES_LENGTH} characters."]})
    changed = [name for name in Care.__slots__ if getattr(booking, name) != getattr(care, name)]
    if not changed:
        return booking
    for name in changed:
        setattr(booking, name, getattr(care, name))
    return record(booking, "edit", actor=actor, at=at, facts={"fields": changed}).subject


@in_transaction
def assign_booking(*, booking_id: int, staff_id: int | None, actor: Staff, at: datetime) -> Booking:
    """Give a booking to a colleague, or to nobody."""
    _require(actor, "domain.assign_booking", "assign bookings")
    booking = lock(Booking, booking_id)
    if staff_id and not Staff.objects.filter(pk=staff_id, is_active=True).exists():
        raise InvalidInput.of({"assigned_to": ["This colleague is not active."]})
    if booking.assigned_to_id == staff_id:
        return booking
    facts = {"from": booking.assigned_to_id, "to": staff_id}
    booking.assigned_to_id = staff_id
    return record(booking, "assign", actor=actor, at=at, facts=facts).subject


@in_transaction
def amend_booking(
    *,
    booking_id: int,
    label: str,
    amount_cents: int,
    reason: str,
    seen_version: int,
    actor: Staff,
    at: datetime,
) -> Booking:
    """Add an amendment line, above or below zero; what was sold stays as it is.

    :raises Refused: the booking is over, or the total would fall below zero
    """
    _require(actor, "domain.amend_booking", "amend bookings")
    booking = lock(Booking, booking_id)
    refuse_stale(booking, seen_version)
    errors = {
        field: ["This is needed."]
        for field, value in (("label", label.strip()), ("reason", reason.strip()))
        if not value
    }
    if not amount_cents:
        errors["amount"] = ["Give an amount other than zero."]
    if errors:
        raise InvalidInput.of(errors)
    if booking.state not in {"pending", "paid", "active"}:
        raise Refused(f"{booking} is {booking.state_label().lower()}; its price is final.")
    if booking.total_cents + amount_cents < 0:
        raise Refused("The total cannot fall below zero.")
    last = booking.lines.order_by("-position").first()
    BookingLine.objects.create(
        booking=booking,
        position=last.position + 1 if last else 1,
        kind=BookingLine.Kind.AMENDMENT,
        code="amendment",
        label=label.strip()[:200],
        unit_amount_cents=amount_cents,
        amount_cents=amount_cents,
        explanation=reason.strip(),
        actor=actor,
        reason=reason.strip(),
        at=at,
    )
    booking.total_cents += amount_cents
    amend_plan(booking=booking, change_cents=amount_cents, at=at)
    note = Note(f"adds {show(amount_cents, booking.currency)}: {label.strip()}")
    facts = {"amount_cents": amount_cents}
    return record(
        booking, "amend", actor=actor, at=at, reason=reason, effects=[note], facts=facts
    ).subject


def _require(actor: Actor, permission: str, what: str) -> None:
    if not may(actor, permission):
        raise NotPermitted(f"You may not {what}.")
