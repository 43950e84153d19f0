"""Events of the stand-in on their way through our inbox, without HTTP."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from backoffice.sandbox.stripe import Sandbox
from backoffice.sandbox.stripe.wire import Row
from domain.flows.inbox import process_event
from domain.payments.models import WebhookEvent
from domain.payments.operations.inbox import store_event
from tests.factories import NOON


def store(event: Row, *, at: datetime = NOON) -> WebhookEvent:
    """Store an event as the webhook's view does, once its signature was checked."""
    return store_event(
        stripe_id=event["id"],
        type=event["type"],
        object_id=event["data"]["object"]["id"],
        payload=event,
        livemode=event["livemode"],
        created_at=datetime.fromtimestamp(event["created"], UTC),
        at=at,
    )


def tell(event: Row, *, at: datetime = NOON) -> WebhookEvent:
    """Store an event and apply it."""
    stored = store(event, at=at)
    process_event(event_id=stored.pk, at=at)
    return WebhookEvent.objects.get(pk=stored.pk)


def tell_all(stripe: Sandbox, events: Iterable[Row] | None = None, *, at: datetime = NOON) -> None:
    for event in stripe.events if events is None else events:
        tell(event, at=at)


def named(stripe: Sandbox, kind: str) -> Row:
    """The newest event of a kind."""
    return next(event for event in reversed(stripe.events) if event["type"] == kind)
