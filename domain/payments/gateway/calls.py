"""What we ask of Stripe."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import stripe
from django.conf import settings

from domain.payments.gateway.answers import (
    BadSignature,
    BalanceTransaction,
    Declined,
    Event,
    Intent,
    StripeRefund,
)
from domain.payments.gateway.client import api, ask
from domain.payments.gateway.reading import id_of, intent_of, metadata_of, refund_of

PAGE = 100
# What reading something signed that is no event can lead to.
NO_EVENT = (ValueError, KeyError, TypeError, AttributeError, OverflowError, OSError)


def create_intent(
    *,
    amount_cents: int,
    currency: str,
    booking_id: int,
    booking_number: str,
    payment_id: int,
    description: str,
    key: str,
    receipt_email: str | None = None,
) -> Intent:
    """Make a payment intent. The same ``key`` gives the same intent, for a day."""
    asked: dict[str, Any] = {
        "amount": amount_cents,
        "currency": currency.lower(),
        "description": description,
        "automatic_payment_methods": {"enabled": True},
        "metadata": {
            "booking_id": str(booking_id),
            "booking_number": booking_number,
            "payment_id": str(payment_id),
        },
        "expand": ["latest_charge.balance_transaction"],
    }
    if receipt_email:
        asked["receipt_email"] = receipt_email
    return intent_of(ask(lambda: api().payment_intents.create(asked, {"idempotency_key": key})))


def fetch_intent(intent_id: str) -> Intent:
    asked: Any = {"expand": ["latest_charge.balance_transaction"]}
    return intent_of(ask(lambda: api().payment_intents.retrieve(intent_id, asked)))


def cancel_intent(intent_id: str, *, key: str) -> Intent:
    """Cancel an intent; one that has ended meanwhile is returned as it is."""
    try:
        return intent_of(
            ask(lambda: api().payment_intents.cancel(intent_id, {}, {"idempotency_key": key}))
        )
    except Declined:
        return fetch_intent(intent_id)


def find_intents(payment_id: int, *, since: datetime | None = None) -> list[Intent]:
    """Look up the intents that carry a payment's id, the newest first.

    Stripe's own search lags behind by a minute or more, so this reads its list, which is exact.
    Without ``since`` that is every intent there ever was.
    """
    asked: Any = {"limit": PAGE, "expand": ["data.latest_charge.balance_transaction"]}
    if since is not None:
        asked["created"] = {"gte": int(since.timestamp())}

    def listed() -> list[Any]:
        pages = api().payment_intents.list(asked).auto_paging_iter()
        return [each for each in pages if metadata_of(each).get("payment_id") == str(payment_id)]

    return [intent_of(each) for each in ask(listed)]


def create_refund(*, intent_id: str, amount_cents: int, refund_id: int, key: str) -> StripeRefund:
    """Send money back. The same ``key`` gives the same refund, for a day."""
    asked: Any = {
        "payment_intent": intent_id,
        "amount": amount_cents,
        "metadata": {"refund_id": str(refund_id)},
    }
    return refund_of(ask(lambda: api().refunds.create(asked, {"idempotency_key": key})))


def fetch_refund(stripe_refund_id: str) -> StripeRefund:
    return refund_of(ask(lambda: api().refunds.retrieve(stripe_refund_id)))


def list_refunds(intent_id: str) -> list[StripeRefund]:
    """Every refund of an intent, the oldest first."""
    asked: Any = {"payment_intent": intent_id, "limit": PAGE}
    found = ask(lambda: list(api().refunds.list(asked).auto_paging_iter()))
    return [refund_of(each) for each in reversed(found)]


def list_balance_transactions(*, since: datetime, until: datetime) -> list[BalanceTransaction]:
    """Every movement made from ``since`` on and before ``until``, the newest first."""
    asked: Any = {
        "limit": PAGE,
        "created": {"gte": int(since.timestamp()), "lt": int(until.timestamp())},
    }
    found = ask(lambda: list(api().balance_transactions.list(asked).auto_paging_iter()))
    return [
        BalanceTransaction(
            id=each.id,
            type=each.type,
            amount_cents=each.amount,
            fee_cents=each.fee,
            currency=each.currency.upper(),
            source_id=id_of(each.source),
            created=datetime.fromtimestamp(each.created, UTC),
        )
        for each in found
    ]


def verify_event(payload: bytes, signature: str) -> Event:
    """Read an event that Stripe signed.

    :raises BadSignature: it is not signed by Stripe, is stale, or is no event
    """
    secret = settings.STRIPE_WEBHOOK_SECRET
    if not secret:
        raise BadSignature("Without a signing secret no event can be believed.")
    try:
        told = stripe.Webhook.construct_event(payload, signature, secret).to_dict()
        subject = told["data"]["object"]
        return Event(
            id=str(told["id"]),
            type=str(told["type"]),
            object_id=str(subject.get("id", "")),
            object_type=str(subject.get("object", "")),
            created=datetime.fromtimestamp(told["created"], UTC),
            livemode=bool(told["livemode"]),
            payload=told,
        )
    except (stripe.SignatureVerificationError, *NO_EVENT) as error:
        raise BadSignature("This is not an event that Stripe signed.") from error
