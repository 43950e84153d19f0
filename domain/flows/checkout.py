"""From a quote to a booking.

The booking is written in one transaction; Stripe is asked after it (``payment``), so that
a silent Stripe leaves a booking that can still be paid.

:source: docs/policies/bookings.md
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from secrets import token_hex

from domain.bookings.conditions import EXPIRY_HOURS, deadline_after
from domain.bookings.models import Booking, BookingLine, Line
from domain.bookings.operations import addresses_of, lines_of, next_delivery_number
from domain.bookings.search import search_vector, search_words
from domain.catalog.queries import Terms, quote, terms_at
from domain.catalog.rules import Purpose, Quote, QuoteRequest
from domain.common.actors import Actor, may, staff_id
from domain.common.errors import Conflict, InvalidInput, NotFound, NotPermitted, Refused
from domain.common.money import show
from domain.common.transactions import in_transaction
from domain.common.workflow import begin
from domain.common.workflow.door import lock
from domain.customers.models import Customer, GuestCheckout, SavedAddress
from domain.customers.operations import clean_contact, new_guest, save_address
from domain.customers.queries import saved_like
from domain.customers.rules import ACCESS_NOTES_LENGTH, CONTACT_FIELDS, NICKNAME_LENGTH
from domain.flows.messages import Tell
from domain.notifications.operations import delivery_of
from domain.notifications.rules import MessageKind
from domain.payments.models import Payment
from domain.payments.operations.payments import card_payment
from domain.staff.models import Staff


class PriceChanged(Conflict):
    """The price is not the one that the guest saw; ``quote`` is the fresh one."""

    code = "price_changed"

    def __init__(self, fresh: Quote) -> None:
        total = show(fresh.total_price_cents, fresh.currency)
        super().__init__(f"The price has changed; it is now {total}. Nothing was booked.")
        self.quote = fresh


@dataclass(frozen=True, slots=True)
class Wish:
    """Everything a booking is made from. Exactly one of ``contact`` and ``customer_id``.

    ``access_notes`` and ``keep_as`` go by ``pickup`` and ``delivery``: the doorman, the lift,
    and the nickname under which the customer's address is kept for the next time.
    """

    request: QuoteRequest
    contact: Mapping[str, str] | None = None
    customer_id: int | None = None
    special_instructions: str = ""
    internal_notes: str = ""
    expected_total_cents: int | None = None
    rebooked_from_id: int | None = None
    access_notes: Mapping[str, str] = field(default_factory=dict)
    keep_as: Mapping[str, str] = field(default_factory=dict)


@in_transaction
def create_booking(*, wish: Wish, actor: Actor, at: datetime) -> Booking:
    """Price a wish and book it; the booking keeps every line with its reasons.

    :raises InvalidInput: with every field that is wrong
    :raises PriceChanged: the price is not ``expected_total_cents``; nothing is booked
    :raises NotPermitted: a member of staff without the right to book
    """
    return _book(wish, actor, at).booking


@dataclass(frozen=True, slots=True)
class Booked:
    """A booking just made, with its lines and the card payment of what it comes to."""

    booking: Booking
    lines: tuple[BookingLine, ...]
    payment: Payment | None


@in_transaction
def book_for_payment(*, wish: Wish, actor: Actor, at: datetime) -> Booked:
    """Book, and open the card payment of what it comes to, for Stripe to be asked next.

    Raises what ``create_booking`` does.
    """
    return _book(wish, actor, at, by_card=True)


def _book(wish: Wish, actor: Actor, at: datetime, *, by_card: bool = False) -> Booked:
    if isinstance(actor, Staff) and not may(actor, "domain.create_booking"):
        raise NotPermitted("You may not create bookings.")
    terms = terms_at(at, EXPIRY_HOURS)
    contact, priced = _checked(wish, terms, at)
    if wish.expected_total_cents not in {None, priced.total_price_cents}:
        raise PriceChanged(priced)
    person = new_guest(contact=contact, at=at) if contact else _customer(wish)
    deadline = deadline_after(terms.settings[EXPIRY_HOURS], at)
    booking = _new_booking(wish, priced, person, deadline, actor, at)
    message = Tell(MessageKind.RECEIVED, booking, f"received:{booking.number}").message(at)
    due = booking.total_cents if by_card else 0
    payment = card_payment(booking, due, at) if due else None
    addresses, lines = _addresses(wish), lines_of(booking, priced.lines, at)
    begin(
        booking,
        actor=actor,
        at=at,
        facts={"lines": len(lines)},
        first=person if contact else None,
        parts=[*lines, *addresses_of(booking, addresses), *delivery_of(message)],
        along=[message, payment] if payment else [message],
    )
    _keep_addresses(wish, booking, addresses, actor=actor, at=at)
    return Booked(booking, tuple(lines), payment)


def _checked(wish: Wish, terms: Terms, at: datetime) -> tuple[dict[str, str] | None, Quote]:
    """Check the person and the wish together, so that a form shows every problem at once."""
    contact, problems = None, _place_errors(wish)
    try:
        contact = clean_contact(wish.contact) if wish.contact is not None else None
    except InvalidInput as error:
        problems |= error.field_errors
    try:
        priced = quote(wish.request, at=at, purpose=Purpose.BOOKING, terms=terms)
    except InvalidInput as error:
        if not problems or not error.field_errors:
            raise
        raise InvalidInput.of(problems | error.field_errors) from error
    if problems:
        raise InvalidInput.of(problems)
    return contact, priced


def _place_errors(wish: Wish) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    given = _addresses(wish)
    for kind, notes in wish.access_notes.items():
        if len(notes) > ACCESS_NOTES_LENGTH:
            errors[f"{kind}_address.access_notes"] = [f"At most {ACCESS_NOTES_LENGTH} characters."]
        elif notes and kind not in given:
            errors[f"{kind}_address.access_notes"] = ["Give the address that they are about."]
    for kind, nickname in wish.keep_as.items():
        if nickname and wish.customer_id is None:
            errors[f"{kind}_address.keep_as"] = ["Only a customer's addresses are kept."]
        elif len(nickname) > NICKNAME_LENGTH:
            errors[f"{kind}_address.keep_as"] = [f"At most {NICKNAME_LENGTH} characters."]
    return errors


def _customer(wish: Wish) -> Customer:
    known = Customer.objects.filter(erased_at=None)
    customer = known.filter(pk=wish.customer_id).first() if wish.customer_id else None
    if customer is None:
        raise NotFound("Choose a customer, or give the guest's name, e-mail and phone.")
    return customer


def _new_booking(
    wish: Wish,
    priced: Quote,
    person: Customer | GuestCheckout,
    deadline: datetime,
    actor: Actor,
    at: datetime,
) -> Booking:
    request = wish.request
    number = next_delivery_number()
    asked_for = request.as_json()
    # Where somebody lives is personal: it has a table of its own, which erasure empties.
    del asked_for["pickup_address"], asked_for["delivery_address"]
    return Booking(
        number=number,
        line=Line.DELIVERY,
        service_type=request.service_type,
        currency=priced.currency,
        total_cents=priced.total_price_cents,
        customer=person if isinstance(person, Customer) else None,
        guest=person if isinstance(person, GuestCheckout) else None,
        access_nonce=token_hex(16),
        created_at=at,
        created_by_id=staff_id(actor),
        expires_at=deadline,
        pickup_date=request.pickup_date,
        pickup_time=request.pickup_time,
        specific_pickup_hour=request.specific_pickup_hour,
        coi_required=request.coi_required,
        special_instructions=wish.special_instructions,
        internal_notes=wish.internal_notes,
        asked_for=asked_for,
        priced_at=at,
        rebooked_from_id=wish.rebooked_from_id,
        search=search_vector(search_words(number, person)),
    )


def _addresses(wish: Wish) -> dict[str, dict[str, str]]:
    both = {"pickup": wish.request.pickup_address, "delivery": wish.request.delivery_address}
    return {
        kind: address.as_json() | {"access_notes": wish.access_notes.get(kind, "").strip()}
        for kind, address in both.items()
        if address is not None
    }


def _keep_addresses(
    wish: Wish,
    booking: Booking,
    addresses: Mapping[str, Mapping[str, str]],
    *,
    actor: Actor,
    at: datetime,
) -> None:
    """Keep those that were given a nickname among the customer's saved addresses.

    The booking remembers which saved address it used, for the times one was used.
    """
    for kind, address in addresses.items():
        if wish.customer_id is None:
            return
        saved: SavedAddress | None
        if nickname := wish.keep_as.get(kind, "").strip():
            saved = save_address(
                customer_id=wish.customer_id, nickname=nickname, address=address, actor=actor, at=at
            )
        else:
            saved = saved_like(wish.customer_id, address)
        if saved is not None:
            booking.addresses.filter(kind=kind).update(saved_address=saved)


def request_of(booking: Booking) -> QuoteRequest:
    """What the booking was made from, with its addresses: to re-price or to rebook it."""
    plain = dict(booking.asked_for)
    for address in booking.addresses.all():
        plain[f"{address.kind}_address"] = {
            "address_line_1": address.address_line_1,
            "address_line_2": address.address_line_2,
            "city": address.city,
            "state": address.region,
            "zip_code": address.zip_code,
        }
    return QuoteRequest.from_json(plain)


def reprice(booking: Booking, *, as_of: datetime, at: datetime) -> Quote:
    """What the booking would cost by the catalog of another moment. Changes nothing."""
    return quote(request_of(booking), at=at, as_of=as_of, purpose=Purpose.REPRICE)


@in_transaction
def rebook(
    *, booking_id: int, pickup_date: date, pickup_time: str, actor: Staff, at: datetime
) -> Booking:
    """Copy a paid or completed booking to a new day, at today's price."""
    if not may(actor, "domain.rebook_booking"):
        raise NotPermitted("You may not rebook.")
    old = lock(Booking, booking_id)
    if old.line == Line.VEHICLE:
        raise Refused(f"{old} is for a vehicle; book another one instead.")
    if old.state not in {"paid", "in_transit", "completed"}:
        raise Refused(f"{old} is {old.state_label().lower()}; only a paid one can be rebooked.")
    request = replace(request_of(old), pickup_date=pickup_date, pickup_time=pickup_time)
    person = old.contact()
    contact = {name: getattr(person, name) for name in CONTACT_FIELDS} if old.guest else None
    wish = Wish(
        request=request,
        contact=contact,
        customer_id=old.customer_id,
        special_instructions=old.special_instructions,
        rebooked_from_id=old.pk,
        access_notes={each.kind: each.access_notes for each in old.addresses.all()},
    )
    return create_booking(wish=wish, actor=actor, at=at)
