"""What Stripe tells us: stored first, and acted on later."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.errors import refusal
from api.schema import describes
from api.views import PublicView
from domain.payments.gateway import BadSignature, verify_event
from domain.payments.operations.inbox import store_event

SIGNATURE = OpenApiParameter(
    "Stripe-Signature",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    required=True,
    description="Stripe's signature over the raw body.",
)


class ReceivedAnswer(serializers.Serializer[Any]):
    received = serializers.BooleanField()


class StripeWebhookView(PublicView):
    throttle_classes = ()

    @describes(
        "stripe_webhook",
        "Receive an event from Stripe",
        ReceivedAnswer,
        asks=OpenApiTypes.OBJECT,
        parameters=[SIGNATURE],
        unlimited=True,
        tag="Payment",
    )
    def post(self, request: Request) -> Response:
        try:
            # The signature is over these very bytes; parsing would lose them.
            event = verify_event(request.body, request.headers.get("Stripe-Signature", ""))
        except BadSignature as error:
            return refusal(400, str(error), "bad_signature")
        store_event(
            stripe_id=event.id,
            type=event.type,
            object_id=event.object_id,
            payload=event.payload,
            livemode=event.livemode,
            created_at=event.created,
            at=timezone.now(),
        )
        return Response({"received": True})
