"""Applying what Stripe tells us: each event leads to asking Stripe, and to one end state.

An event only says where to look. Its intent and refunds are fetched anew and applied
forward, so that order, copies and gaps make no difference.

:source: docs/policies/payments.md
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from domain.common.errors import DomainError
from domain.flows.disputes import settle_dispute
from domain.flows.refunds import settle_refund
from domain.flows.settlement import settle_intent
from domain.payments import gateway
from domain.payments.gateway import Intent
from domain.payments.models import InboxState, Payment, WebhookEvent
from domain.payments.operations.inbox import WEBHOOK, count_attempt, finish_event

MAX_ATTEMPTS = 8


class NotOurs(Exception):
    """The event is about nothing of ours; the reason is kept with it."""


def process_event(*, event_id: int, at: datetime) -> None:
    """Apply a stored event. Safe to run twice, and to be killed anywhere.

    :raises gateway.StripeError: Stripe did not answer; the sweep rings again
    """
    event = WebhookEvent.objects.get(pk=event_id)
    if event.state != InboxState.RECEIVED:
        return
    try:
        payment, outcome = _apply(event, at)
    except NotOurs as reason:
        finish_event(event_id=event_id, step="ignore", outcome=str(reason), booking_id=None, at=at)
    except (gateway.StripeError, DomainError) as error:
        if count_attempt(event_id=event_id, outcome=str(error), at=at) >= MAX_ATTEMPTS:
            finish_event(event_id=event_id, step="bury", outcome=str(error), booking_id=None, at=at)
            return
        raise
    else:
        finish_event(
            event_id=event_id,
            step="apply",
            outcome=outcome,
            booking_id=payment.booking_id,
            at=at,
        )


def _apply(event: WebhookEvent, at: datetime) -> tuple[Payment, str]:
    if event.livemode != settings.STRIPE_LIVEMODE:
        raise NotOurs("It is of the other mode (test or live).")
    family = event.type.partition(".")[0]
    if family not in {"payment_intent", "charge", "refund"}:
        raise NotOurs(f"We do not act on {event.type}.")
    told: dict[str, Any] = event.payload["data"]["object"]
    intent_id = told["id"] if family == "payment_intent" else told.get("payment_intent")
    if not intent_id:
        raise NotOurs("It belongs to no payment intent.")
    # Stripe is asked here, before any transaction.
    try:
        intent = gateway.fetch_intent(intent_id)
    except gateway.Declined as error:
        raise NotOurs(f"Stripe has no intent {intent_id}.") from error
    refunds = gateway.list_refunds(intent_id) if intent.charge else []
    payment = _payment_of(intent)
    with transaction.atomic():
        outcomes = [settle_intent(payment_id=payment.pk, intent=intent, actor=WEBHOOK, at=at)]
        outcomes += [
            settle_refund(payment_id=payment.pk, told=refund, actor=WEBHOOK, at=at)
            for refund in refunds
        ]
        if event.type.startswith("charge.dispute."):
            outcomes.append(settle_dispute(payment_id=payment.pk, told=told, actor=WEBHOOK, at=at))
    return payment, " ".join(dict.fromkeys(outcomes))


def _payment_of(intent: Intent) -> Payment:
    """Find our payment by the intent, or by the id we gave Stripe when making it."""
    if known := Payment.objects.filter(intent_id=intent.id).first():
        return known
    ours = intent.metadata.get("payment_id", "")
    found = Payment.objects.filter(pk=int(ours)).first() if ours.isdigit() else None
    if found is None:
        raise NotOurs(f"Intent {intent.id} is not one of ours.")
    return found
