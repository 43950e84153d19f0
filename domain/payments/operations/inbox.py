from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from domain.common.actors import System
from domain.common.jobs import enqueue
from domain.common.transactions import in_transaction
from domain.common.workflow import begin, transit
from domain.payments.models import InboxState, WebhookEvent
from domain.staff.models import Staff

WEBHOOK = System("webhook")
PROCESS = "domain.flows.tasks.process_event"


def store_event(
    *,
    stripe_id: str,
    type: str,  # Stripe's own word
    object_id: str,
    payload: dict[str, Any],
    livemode: bool,
    created_at: datetime,
    at: datetime,
) -> WebhookEvent:
    """Store a signed event once and ring for its processing; a copy returns the first."""
    if known := WebhookEvent.objects.filter(stripe_id=stripe_id).first():
        return known
    event = WebhookEvent(
        stripe_id=stripe_id,
        type=type[:80],
        object_id=object_id[:80],
        payload=payload,
        livemode=livemode,
        created_at=created_at,
        received_at=at,
    )
    try:
        with transaction.atomic():
            begin(event, actor=WEBHOOK, at=at)
            enqueue(PROCESS, event.pk)
    except IntegrityError:
        # Two copies came at once; the other one was faster.
        return WebhookEvent.objects.get(stripe_id=stripe_id)
    return event


@in_transaction
def replay_event(*, event_id: int, actor: Staff, at: datetime) -> WebhookEvent:
    event = transit(WebhookEvent, event_id, "replay", actor=actor, at=at).subject
    enqueue(PROCESS, event_id)
    return event


@in_transaction
def finish_event(
    *, event_id: int, step: str, outcome: str, booking_id: int | None, at: datetime
) -> None:
    """Mark an event applied, ignored or dead. Does nothing when that was already done."""
    event = WebhookEvent.objects.select_for_update().get(pk=event_id)
    if event.state != InboxState.RECEIVED:
        return
    params = {"outcome": outcome, "booking_id": booking_id}
    transit(WebhookEvent, event_id, step, actor=WEBHOOK, at=at, params=params)


@in_transaction
def count_attempt(*, event_id: int, outcome: str, at: datetime) -> int:
    """Note that an event could not be processed now; returns how often that happened."""
    del at
    event = WebhookEvent.objects.select_for_update().get(pk=event_id)
    event.attempts += 1
    event.outcome = outcome[:500]
    event.save(update_fields=["attempts", "outcome"])
    return event.attempts
