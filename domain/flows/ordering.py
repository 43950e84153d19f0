"""From a wish for a vehicle to a booking with its plan.

:source: docs/policies/vehicles.md, "Booking"
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from secrets import choice, token_hex

from domain.bookings.conditions import deadline_of, local_time
from domain.bookings.models import Booking, Line, ServiceType
from domain.bookings.operations import lines_of
from domain.bookings.rules.orders import Terms, VehicleQuote, VehicleRequest, price_vehicle
from domain.bookings.search import search_vector, search_words
from domain.bookings.vehicles.instalments import write_plan
from domain.catalog.queries import catalog_at
from domain.common.actors import Actor, may, staff_id
from domain.common.constraints import until_free
from domain.common.errors import InvalidInput, NotFound, NotPermitted
from domain.common.money import show
from domain.common.rows import read
from domain.common.settings.queries import setting_at, settings_at
from domain.common.transactions import in_transaction
from domain.common.workflow import begin, record
from domain.common.workflow.door import lock
from domain.customers.models import Customer, GuestCheckout
from domain.customers.operations import clean_contact, new_guest
from domain.flows.checkout import Booked, PriceChanged
from domain.flows.joining import join_with_code
from domain.flows.messages import Tell
from domain.network.models import Member
from domain.network.queries.members import sponsor_for_code
from domain.notifications.operations import delivery_of
from domain.notifications.rules import MessageKind
from domain.payments.operations.payments import card_payment
from domain.staff.models import Staff

MIN_PREBOOKING, MAX_MONTHS = "booking.min_prebooking", "emi.max_months"
CONFIRM = "booking.confirm_threshold"
# No letter or digit that is easily taken for another.
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
NUMBER_LENGTH = 8
NUMBER_ONCE = "booking_number_once"
PHONE_REGION = "IN"


@dataclass(frozen=True, slots=True)
class VehicleWish:
    """Everything a vehicle's booking is made from. Exactly one of contact and customer."""

    request: VehicleRequest
    contact: Mapping[str, str] | None = None
    customer_id: int | None = None
    referral_code: str = ""
    special_instructions: str = ""
    internal_notes: str = ""
    expected_total_cents: int | None = None


def quote_vehicle(
    request: VehicleRequest, *, at: datetime, must_choose: bool = False
) -> VehicleQuote:
    """Price a vehicle and its plan at a moment.

    :raises InvalidInput: ``field_errors`` hold every problem at once
    """
    found = settings_at([MIN_PREBOOKING, MAX_MONTHS], at)
    terms = Terms(found[MIN_PREBOOKING], found[MAX_MONTHS])
    today = local_time(Line.VEHICLE, at).date()
    return price_vehicle(request, catalog_at(at), terms, today=today, must_choose=must_choose)


@in_transaction
def book_vehicle(*, wish: VehicleWish, actor: Actor, at: datetime) -> Booking:
    """Book a vehicle: priced, with its plan kept, and its buyer made a member by a code.

    :raises InvalidInput: with every field that is wrong
    :raises PriceChanged: the price is not ``expected_total_cents``; nothing is booked
    :raises NotPermitted: a member of staff without the right to book
    """
    return _book(wish, actor, at).booking


@in_transaction
def book_vehicle_for_payment(*, wish: VehicleWish, actor: Actor, at: datetime) -> Booked:
    """Book, and open the card payment of the booking amount, for Stripe to be asked next.

    Raises what ``book_vehicle`` does.
    """
    return _book(wish, actor, at, by_card=True)


def _book(wish: VehicleWish, actor: Actor, at: datetime, *, by_card: bool = False) -> Booked:
    if isinstance(actor, Staff) and not may(actor, "domain.create_booking"):
        raise NotPermitted("You may not create bookings.")
    contact, priced = _checked(wish, at)
    if wish.expected_total_cents not in {None, priced.quote.total_price_cents}:
        raise PriceChanged(priced.quote)
    person = new_guest(contact=contact, at=at) if contact else _customer(wish)
    booking = _new_booking(wish, priced, person, actor, at)
    written = until_free(
        lambda: _write(booking, priced, actor, at, by_card=by_card),
        taken=NUMBER_ONCE,
        what="booking number",
    )
    write_plan(booking=booking, planned=priced.instalments, at=at)
    return replace(written, booking=_referred(booking, wish.referral_code, actor, at))


def _checked(wish: VehicleWish, at: datetime) -> tuple[dict[str, str] | None, VehicleQuote]:
    """Check the person, the code and the wish together: a form shows every problem at once."""
    contact, priced = None, None
    problems: dict[str, list[str]] = {}
    try:
        if wish.contact is not None:
            contact = clean_contact(wish.contact, region=PHONE_REGION)
    except InvalidInput as error:
        problems |= error.field_errors
    try:
        if wish.referral_code.strip():
            sponsor_for_code(wish.referral_code)
    except InvalidInput as error:
        problems |= error.field_errors
    try:
        priced = quote_vehicle(wish.request, at=at, must_choose=True)
    except InvalidInput as error:
        problems |= error.field_errors
    if problems or priced is None:
        raise InvalidInput.of(problems)
    return contact, priced


def _customer(wish: VehicleWish) -> Customer:
    customer = read(Customer, wish.customer_id)
    if customer is None or customer.erased_at is not None:
        raise NotFound("Choose a customer, or give the guest's name, e-mail and phone.")
    return customer


def _new_booking(
    wish: VehicleWish,
    priced: VehicleQuote,
    person: Customer | GuestCheckout,
    actor: Actor,
    at: datetime,
) -> Booking:
    """The booking, not yet written and without a number."""
    customer = person if isinstance(person, Customer) else None
    member = read(Member, customer.pk) if customer else None
    return Booking(
        line=Line.VEHICLE,
        service_type=ServiceType.VEHICLE,
        currency=priced.quote.currency,
        total_cents=priced.quote.total_price_cents,
        customer=customer,
        guest=person if isinstance(person, GuestCheckout) else None,
        access_nonce=token_hex(16),
        created_at=at,
        created_by_id=staff_id(actor),
        expires_at=deadline_of(Line.VEHICLE, at),
        special_instructions=wish.special_instructions,
        internal_notes=wish.internal_notes,
        asked_for={"vehicle_sku": priced.vehicle.sku},
        priced_at=at,
        vehicle_sku=priced.vehicle.sku,
        vehicle_version_id=priced.vehicle.version_id,
        colour=priced.colour,
        payment_option=priced.payment_option,
        emi_months=priced.emi_months,
        booking_amount_cents=priced.booking_amount_cents,
        confirm_at_cents=setting_at(CONFIRM, at),
        referred_by_id=member.referred_by_id if member else None,
    )


def _write(
    booking: Booking, priced: VehicleQuote, actor: Actor, at: datetime, *, by_card: bool
) -> Booked:
    """Give the booking a number by lot and write it with all that begins with it."""
    person = booking.contact()
    booking.number = f"EV{''.join(choice(ALPHABET) for _ in range(NUMBER_LENGTH))}"
    booking.search = search_vector(search_words(booking.number, person))
    to_confirm = show(min(booking.confirm_at_cents or 0, booking.total_cents), "INR")
    lines = lines_of(booking, priced.quote.lines, at)
    told = Tell(
        MessageKind.BOOKED,
        booking,
        f"received:{booking.number}",
        {"to_confirm": to_confirm},
        sold=lines[0].label,
    )
    message = told.message(at)
    due = booking.booking_amount_cents if by_card else 0
    payment = card_payment(booking, due, at) if due else None
    begin(
        booking,
        actor=actor,
        at=at,
        facts={"lines": len(lines)},
        first=booking.guest,
        parts=[*lines, *delivery_of(message)],
        along=[message, payment] if payment else [message],
    )
    return Booked(booking, tuple(lines), payment)


def _referred(booking: Booking, code: str, actor: Actor, at: datetime) -> Booking:
    """Make the buyer a member by a code, and keep on the booking whom it counts for."""
    if not code.strip():
        return booking
    member = join_with_code(booking_id=booking.pk, code=code, actor=actor, at=at)
    booking = lock(Booking, booking.pk)
    booking.referred_by_id = member.referred_by_id
    facts = {"sponsor": member.referred_by_id}
    return record(booking, "refer", actor=actor, at=at, facts=facts).subject
