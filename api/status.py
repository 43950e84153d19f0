"""What a guest may know of their own booking, and nobody else of any."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.fields import cents, dollars
from api.payments import NO_SUCH_BOOKING
from api.quotes import LINE_FIELDS, LineAnswer, PlannedAnswer, sold_lines
from api.schema import describes
from api.views import PublicView
from domain.bookings.models import (
    Booking,
    BookingState,
    InstalmentState,
    Line,
    PickupTime,
    ServiceType,
)
from domain.bookings.queries import cash_of, due_cents
from domain.bookings.tokens import opened_by
from domain.bookings.vehicles.instalments import rows_of
from domain.common.audit.models import AuditEntry
from domain.common.errors import NotFound
from domain.common.money import to_amount
from domain.payments.models import Payment, PaymentState, Refund, RefundState

LABELS = {
    BookingState.PENDING: "Waiting for payment",
    BookingState.PAID: "Confirmed",
    BookingState.ACTIVE: "Confirmed",
    BookingState.IN_TRANSIT: "On its way",
    BookingState.COMPLETED: "Delivered",
    BookingState.DELIVERED: "Delivered",
    BookingState.CANCELLED: "Cancelled",
    BookingState.EXPIRED: "Expired",
}
# What a guest reads of the trail; steps that are not here are the house's own business.
TOLD = {
    ("booking", "begin"): "Booking received",
    ("booking", "mark_paid"): "Booking confirmed",
    ("booking", "dispatch"): "On its way",
    ("booking", "complete"): "Delivered",
    ("booking", "cancel"): "Booking cancelled",
    ("booking", "expire"): "Booking expired",
    ("booking", "reactivate"): "Booking reopened",
    ("booking", "activate"): "Booking confirmed",
    ("booking", "settle_up"): "Paid in full",
    ("booking", "deliver"): "Delivered",
    ("booking", "waive"): "Instalment waived",
    ("payment", "apply"): "Payment received",
    ("payment", "succeed"): "Payment received",
    ("payment", "approve"): "Payment received",
    ("refund", "complete"): "Refund sent",
    ("refund", "settle"): "Refund sent",
    ("refund", "bounce"): "Refund returned by the bank",
}

REFUND_WORDS: dict[str, str] = {
    RefundState.PROCESSING: "processing",
    RefundState.UNKNOWN: "processing",
    RefundState.COMPLETED: "completed",
}


class MoneyAnswer(serializers.Serializer[Any]):
    amount_cents = cents()
    amount = dollars()
    at = serializers.DateTimeField()


class PaidAnswer(MoneyAnswer):
    status = serializers.ChoiceField(choices=PaymentState.values)


class RefundAnswer(MoneyAnswer):
    status = serializers.ChoiceField(choices=sorted(set(REFUND_WORDS.values())))


class InstalmentAnswer(PlannedAnswer):
    amount_paid_cents = cents()
    amount_due_cents = cents()
    status = serializers.ChoiceField(choices=InstalmentState.values)


class DeliveryAnswer(serializers.Serializer[Any]):
    status = serializers.CharField()
    eta = serializers.DateTimeField(allow_null=True)
    tracking_url = serializers.URLField(allow_null=True)


class EventAnswer(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    label = serializers.ChoiceField(  # type: ignore[assignment]
        choices=sorted(set(TOLD.values()))
    )


class StatusAnswer(serializers.Serializer[Any]):
    booking_number = serializers.CharField()
    service_type = serializers.ChoiceField(choices=ServiceType.values)
    status = serializers.ChoiceField(choices=BookingState.values)
    status_label = serializers.CharField()
    customer_name = serializers.CharField()
    pickup_date = serializers.DateField(allow_null=True)
    pickup_time = serializers.ChoiceField(choices=PickupTime.values, allow_null=True)
    total_price_cents = cents()
    amount_paid_cents = cents()
    amount_refunded_cents = cents()
    amount_due_cents = cents()
    currency = serializers.CharField()
    lines = LineAnswer(many=True)
    payments = PaidAnswer(many=True)
    refunds = RefundAnswer(many=True)
    instalments = InstalmentAnswer(many=True)
    delivery = DeliveryAnswer(allow_null=True)
    timeline = EventAnswer(many=True)


TOKEN = OpenApiParameter("token", OpenApiTypes.STR, description="The booking's access token.")
TOKEN_HEADER = OpenApiParameter(
    "X-Booking-Token",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="The access token, kept out of addresses and their logs.",
)
NUMBER = OpenApiParameter("booking_number", OpenApiTypes.STR, OpenApiParameter.PATH)


class BookingStatusView(PublicView):
    throttle_scope = "booking-status"

    @describes(
        "booking_status",
        "Follow a booking",
        StatusAnswer,
        errors=(404,),
        parameters=[NUMBER, TOKEN, TOKEN_HEADER],
        tag="Status",
    )
    def get(self, request: Request, booking_number: str) -> Response:
        token = request.headers.get("X-Booking-Token") or request.query_params.get("token", "")
        booking = open_booking(booking_number, token)
        return Response(status_answer(booking), headers={"Cache-Control": "no-store"})

    def finalize_response(
        self, request: Request, response: Any, *args: Any, **kwargs: Any
    ) -> Response:
        final: Response = super().finalize_response(request, response, *args, **kwargs)
        final["Cache-Control"] = "no-store"
        return final


def open_booking(number: str, token: str) -> Booking:
    """Find a booking by number and token.

    :raises NotFound: in the same words and time whether the number or the token is wrong
    """
    pk = opened_by(number, token)
    if pk is None:
        raise NotFound(NO_SUCH_BOOKING)
    return Booking.objects.select_related("customer", "guest").get(pk=pk)


def status_answer(booking: Booking) -> dict[str, Any]:
    cash = cash_of([booking])[booking.pk]
    person = booking.contact()
    return {
        "booking_number": booking.number,
        "service_type": booking.service_type,
        "status": booking.state,
        "status_label": label_of(booking),
        "customer_name": f"{person.first_name} {person.last_name[:1]}.",
        "pickup_date": booking.pickup_date,
        "pickup_time": booking.pickup_time or None,
        "total_price_cents": booking.total_cents,
        "amount_paid_cents": cash.captured_cents,
        "amount_refunded_cents": cash.refunded_cents,
        "amount_due_cents": due_cents(booking, cash),
        "currency": booking.currency,
        "lines": sold_lines(booking.lines.only(*LINE_FIELDS)),
        **money_answers(booking),
        "instalments": instalment_answers(booking),
        "delivery": None,
        "timeline": list(timeline(booking)),
    }


def label_of(booking: Booking) -> str:
    if booking.line == Line.VEHICLE and booking.state == BookingState.COMPLETED:
        return "Paid in full"
    return LABELS[BookingState(booking.state)]


def instalment_answers(booking: Booking) -> list[dict[str, Any]]:
    if booking.line != Line.VEHICLE:
        return []
    return [
        {
            "number": row.number,
            "due_date": row.due_on,
            "amount_cents": row.amount_cents,
            "amount_paid_cents": row.paid_cents,
            "amount_due_cents": row.open_cents,
            "status": row.state,
        }
        for row in rows_of(booking.pk)
    ]


def money_answers(booking: Booking) -> dict[str, list[dict[str, Any]]]:
    """What was paid, and what went back or is on its way; a refund that staff still weigh is
    not told.
    """
    payments = booking.payments.order_by("created_at", "pk")
    refunds = booking.refunds.filter(state__in=REFUND_WORDS).order_by("requested_at", "pk")
    return {
        "payments": [
            money(each, each.state, each.succeeded_at or each.created_at) for each in payments
        ],
        "refunds": [
            money(each, REFUND_WORDS[each.state], each.completed_at or each.requested_at)
            for each in refunds
        ],
    }


def money(row: Payment | Refund, word: str, at: datetime) -> dict[str, Any]:
    return {
        "amount_cents": row.amount_cents,
        "amount": to_amount(row.amount_cents, row.currency),
        "status": word,
        "at": at,
    }


def timeline(booking: Booking) -> Iterator[dict[str, Any]]:
    entries = AuditEntry.objects.filter(
        booking_id=booking.pk, subject_type__in={subject for subject, _ in TOLD}
    )
    for at, subject, step in entries.order_by("id").values_list("at", "subject_type", "step"):
        if label := TOLD.get((subject, step)):
            yield {"at": at, "label": label}
