"""Questions to Stripe with the plainest wording."""

from __future__ import annotations

from typing import Any

from domain.payments import gateway


def create(key: str = "k1", **changes: Any) -> gateway.Intent:
    asked = {
        "amount_cents": 17_250,
        "currency": "USD",
        "booking_id": 7,
        "booking_number": "TT-1",
        "payment_id": 3,
        "description": "Booking TT-1",
    }
    return gateway.create_intent(**{**asked, **changes}, key=key)


def refund(intent: gateway.Intent, amount_cents: int, key: str = "r1") -> gateway.StripeRefund:
    return gateway.create_refund(
        intent_id=intent.id, amount_cents=amount_cents, refund_id=5, key=key
    )
