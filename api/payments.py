"""Paying a booking by card. The client's word about money changes nothing: Stripe is asked."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.bookings import intent_body
from api.fields import Ask, Id, Text, Whole, cents, dollars
from api.quotes import MOST_CENTS
from api.render import write
from api.schema import IDEMPOTENCY_KEY, describes
from api.views import GUEST, PublicView, idempotency_key
from domain.bookings.models import Booking, BookingState, Line
from domain.bookings.queries import due_cents
from domain.bookings.tokens import booking_for_token, booking_pk
from domain.common.errors import InvalidInput, NotFound
from domain.common.idempotency import Call, answer_once
from domain.common.money import show
from domain.flows.payment import poll_payment, start_card_payment
from domain.payments.models import Payment, PaymentState

NO_SUCH_BOOKING = "There is no such booking, or the access token does not open it."
NO_SUCH_PAYMENT = "There is no such payment, or the access token does not open its booking."
TOKEN_LENGTH = 100

WORDS = {
    PaymentState.PENDING: "The payment is not complete yet.",
    PaymentState.REQUIRES_ACTION: "Your bank asks you to confirm the payment.",
    PaymentState.SUCCEEDED: "Payment confirmed.",
    PaymentState.FAILED: "The payment failed. Please try again.",
    PaymentState.CANCELLED: "The payment was cancelled.",
    PaymentState.UNKNOWN: "We are still waiting for the payment provider.",
}


class IntentAsk(Ask):
    booking_id = Id()
    access_token = Text(max_length=TOKEN_LENGTH)
    amount_cents = Whole(
        min_value=1,
        max_value=MOST_CENTS,
        required=False,
        allow_null=True,
        help_text="Part of what is due for a vehicle; left out, what is asked for next. Deliveries"
        " are paid in full: leave it out, or give exactly what is due.",
    )
    customer_email = serializers.EmailField(
        max_length=254,
        required=False,
        allow_null=True,
        help_text="Checked, not used: every message goes to the address of the booking.",
    )


class IntentAnswer(serializers.Serializer[Any]):
    client_secret = serializers.CharField()
    payment_intent_id = serializers.CharField()
    amount_cents = cents()
    amount = dollars()
    currency = serializers.CharField()


class ConfirmAsk(Ask):
    payment_intent_id = Text(max_length=80)
    access_token = Text(max_length=TOKEN_LENGTH)


class ConfirmAnswer(serializers.Serializer[Any]):
    message = serializers.CharField()
    payment_status = serializers.ChoiceField(choices=PaymentState.values)
    booking_status = serializers.ChoiceField(choices=BookingState.values)


class CreateIntentView(PublicView):
    throttle_scope = "create-intent"

    @describes(
        "create_intent",
        "Get the card payment of a booking",
        IntentAnswer,
        asks=IntentAsk,
        errors=(404, 409, 502),
        parameters=[IDEMPOTENCY_KEY],
        tag="Payment",
    )
    def post(self, request: Request) -> HttpResponse:
        values = self.read(IntentAsk, request)
        booking = booking_of(values["booking_id"], values["access_token"])
        refuse_part(booking, values.get("amount_cents"))
        at = timezone.now()
        answer = answer_once(
            Call.of("create-intent", idempotency_key(request), request.data),
            make=lambda: booking.pk,
            answer=lambda booking_id: (
                200,
                write(
                    intent_body(
                        start_card_payment(
                            booking_id=booking_id,
                            actor=GUEST,
                            at=at,
                            amount_cents=values.get("amount_cents"),
                        )
                    )
                ),
            ),
            at=at,
        )
        return HttpResponse(answer.body, status=answer.status, content_type="application/json")


def booking_of(given: UUID, token: str) -> Booking:
    """:raises NotFound: in the same words whether the booking or the token is wrong"""
    found = Booking.objects.filter(pk=booking_pk(given) or 0).first()
    booking = booking_for_token(found, token)
    if booking is None:
        raise NotFound(NO_SUCH_BOOKING)
    return booking


def refuse_part(booking: Booking, amount_cents: int | None) -> None:
    """:raises InvalidInput: part of a delivery would be paid"""
    if amount_cents is None or booking.line != Line.DELIVERY:
        return
    due = due_cents(booking)
    if amount_cents != due:
        sentence = f"Deliveries are paid in full: {show(due, booking.currency)} is due."
        raise InvalidInput.of({"amount_cents": [sentence]})


class ConfirmView(PublicView):
    throttle_scope = "confirm"

    @describes(
        "confirm_payment",
        "Ask the payment provider what became of a payment",
        ConfirmAnswer,
        asks=ConfirmAsk,
        errors=(404, 409, 502),
        tag="Payment",
    )
    def post(self, request: Request) -> Response:
        values = self.read(ConfirmAsk, request)
        known = Payment.objects.select_related("booking")
        payment = known.filter(intent_id=values["payment_intent_id"]).first()
        opened = booking_for_token(payment.booking if payment else None, values["access_token"])
        if payment is None or opened is None:
            raise NotFound(NO_SUCH_PAYMENT)
        poll_payment(payment_id=payment.pk, actor=GUEST, at=timezone.now())
        payment = known.get(pk=payment.pk)
        return Response(
            {
                "message": WORDS[PaymentState(payment.state)],
                "payment_status": payment.state,
                "booking_status": payment.booking.state,
            }
        )
