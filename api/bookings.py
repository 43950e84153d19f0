"""Booking as a guest: priced, kept and, when Stripe answers, ready to be paid."""

from __future__ import annotations

import logging
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request

from api.errors import error_body
from api.fields import Ask, Text, Whole, cents, dollars
from api.quotes import (
    MOST_CENTS,
    VEHICLE,
    LineAnswer,
    QuoteAnswer,
    QuoteAsk,
    quote_answer,
    request_of,
    sold_lines,
    vehicle_request_of,
)
from api.render import write
from api.schema import IDEMPOTENCY_KEY, ErrorAnswer, describes
from api.views import GUEST, PublicView, idempotency_key
from domain.bookings.models import Booking, BookingState
from domain.bookings.tokens import access_token, public_id
from domain.common.errors import DomainError, InvalidInput
from domain.common.idempotency import Call, answer_once
from domain.common.money import to_amount
from domain.customers.rules import CONTACT_FIELDS
from domain.flows.checkout import Booked, PriceChanged, Wish, book_for_payment
from domain.flows.ordering import VehicleWish, book_vehicle_for_payment
from domain.flows.payment import CardPayment, ask_for_card, start_card_payment
from domain.payments.gateway import StripeError
from domain.payments.models import Payment

logger = logging.getLogger(__name__)

# The answer is kept without the token: no table holds a guest's key to a booking.
UNFILLED = '"access_token":""'


class CustomerAsk(Ask):
    first_name = Text(max_length=80)
    last_name = Text(max_length=80)
    email = Text(max_length=254)
    phone = Text(max_length=40)


class BookingAsk(QuoteAsk):
    customer_info = CustomerAsk()
    special_instructions = Text(max_length=2_000, required=False, allow_blank=True, allow_null=True)
    expected_total_cents = Whole(
        min_value=0,
        max_value=MOST_CENTS,
        required=False,
        allow_null=True,
        help_text="The total that the guest saw; another price books nothing.",
    )
    referral_code = Text(
        max_length=20,
        required=False,
        allow_blank=True,
        allow_null=True,
        help_text="Of vehicles: the code of the member who referred the buyer.",
    )


class BookingBody(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    booking_number = serializers.CharField()
    status = serializers.ChoiceField(choices=BookingState.values)
    currency = serializers.CharField()
    total_price_cents = cents()
    total_price_dollars = dollars()
    amount_due_cents = cents()
    expires_at = serializers.DateTimeField(allow_null=True)
    access_token = serializers.CharField(help_text="Opens this booking; it cannot be asked again.")
    lines = LineAnswer(many=True)


class PaymentBody(serializers.Serializer[Any]):
    client_secret = serializers.CharField()
    payment_intent_id = serializers.CharField()
    amount_cents = cents()
    amount = dollars()
    currency = serializers.CharField()
    publishable_key = serializers.CharField()


class BookingAnswer(serializers.Serializer[Any]):
    message = serializers.CharField()
    booking = BookingBody()
    payment = PaymentBody(
        allow_null=True, help_text="Null when the payment provider did not answer: ask later."
    )


class BookingConflict(ErrorAnswer):
    quote = QuoteAnswer(required=False, help_text="With price_changed: the fresh quote.")


class GuestBookingView(PublicView):
    throttle_scope = "guest-booking"

    @describes(
        "guest_booking",
        "Book a delivery or a vehicle",
        BookingAnswer,
        asks=BookingAsk,
        status=201,
        differing={409: BookingConflict},
        parameters=[IDEMPOTENCY_KEY],
        tag="Booking",
    )
    def post(self, request: Request) -> HttpResponse:
        values = self.read(BookingAsk, request)
        call = Call.of("guest-booking", idempotency_key(request), request.data)
        try:
            status, answer = book(call, values)
        except PriceChanged as change:
            body = error_body(change.message, change.code) | {"quote": quote_answer(change.quote)}
            return HttpResponse(write(body), status=409, content_type="application/json")
        except InvalidInput as error:
            raise InvalidInput(error.message, field_errors=in_customer_info(error)) from error
        return HttpResponse(answer, status=status, content_type="application/json")


def book(call: Call, values: dict[str, Any]) -> tuple[int, str]:
    """Return the status and the body, whether the booking is made now or was made before."""
    at = timezone.now()
    made: dict[int, Booked] = {}

    def make() -> int:
        if values["service_type"] == VEHICLE:
            booked = book_vehicle_for_payment(wish=vehicle_wish(values), actor=GUEST, at=at)
        else:
            booked = book_for_payment(wish=delivery_wish(values), actor=GUEST, at=at)
        made[booked.booking.pk] = booked
        return booked.booking.pk

    def answer(booking_id: int) -> tuple[int, str]:
        return 201, answer_for(made.get(booking_id) or known(booking_id))

    kept = answer_once(call, make=make, answer=answer, at=at)
    booking = (made.get(kept.subject_id) or known(kept.subject_id)).booking
    filled = f'"access_token":"{access_token(booking)}"'
    return kept.status, kept.body.replace(UNFILLED, filled, 1)


def delivery_wish(values: dict[str, Any]) -> Wish:
    if values.get("referral_code"):
        raise InvalidInput.of({"referral_code": ["This comes with vehicles only."]})
    return Wish(
        request=request_of(values),
        contact=values["customer_info"],
        special_instructions=values.get("special_instructions") or "",
        expected_total_cents=values.get("expected_total_cents"),
    )


def vehicle_wish(values: dict[str, Any]) -> VehicleWish:
    return VehicleWish(
        request=vehicle_request_of(values),
        contact=values["customer_info"],
        referral_code=values.get("referral_code") or "",
        special_instructions=values.get("special_instructions") or "",
        expected_total_cents=values.get("expected_total_cents"),
    )


def known(booking_id: int) -> Booked:
    booking = Booking.objects.get(pk=booking_id)
    return Booked(booking, tuple(booking.lines.all()), None)


def in_customer_info(error: InvalidInput) -> dict[str, list[str]]:
    return {
        f"customer_info.{name}" if name in CONTACT_FIELDS else name: texts
        for name, texts in error.field_errors.items()
    }


def answer_for(booked: Booked) -> str:
    """Write the answer for a booking just made, with a card payment when Stripe answers."""
    booking = booked.booking
    card = card_body(booking.pk, booked.payment)
    total = booking.total_cents
    body = {
        "id": public_id(booking),
        "booking_number": booking.number,
        "status": booking.state,
        "currency": booking.currency,
        "total_price_cents": total,
        "total_price_dollars": to_amount(total, booking.currency),
        "amount_due_cents": total,
        "expires_at": booking.expires_at,
        "access_token": "",
        "lines": sold_lines(booked.lines),
    }
    return write({"message": "Booking created successfully", "booking": body, "payment": card})


def card_body(booking_id: int, payment: Payment | None) -> dict[str, Any] | None:
    """Ask Stripe, for the payment opened with the booking or else for what is due now."""
    at = timezone.now()
    try:
        if payment is not None:
            card = ask_for_card(payment, actor=GUEST, at=at)
        else:
            card = start_card_payment(booking_id=booking_id, actor=GUEST, at=at)
    except (DomainError, StripeError) as error:
        # The booking stands; create-intent asks again.
        logger.warning("No card payment yet for booking %s: %s", booking_id, error)
        return None
    return intent_body(card) | {"publishable_key": settings.STRIPE_PUBLISHABLE_KEY}


def intent_body(card: CardPayment) -> dict[str, Any]:
    intent = card.intent
    return {
        "client_secret": intent.client_secret,
        "payment_intent_id": intent.id,
        "amount_cents": intent.amount_cents,
        "amount": to_amount(intent.amount_cents, intent.currency),
        "currency": intent.currency,
    }
