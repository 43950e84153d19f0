from __future__ import annotations

from datetime import datetime, timedelta

from domain.common.actors import Actor, System
from domain.common.jobs import enqueue
from domain.common.transactions import in_transaction
from domain.common.workflow import begin_once, transit
from domain.notifications.models import Message, MessageState

DELIVER = "domain.notifications.tasks.deliver"
MAX_ATTEMPTS = 5


@in_transaction
def queue_message(
    *,
    kind: str,
    recipient: str,
    subject: str,
    body: str,
    dedupe_key: str,
    booking_id: int | None,
    actor: Actor,
    at: datetime,
    hold: bool = False,
) -> Message:
    """Write a message to the outbox. The same ``dedupe_key`` returns the first message."""
    message = Message(
        kind=kind,
        booking_id=booking_id,
        recipient=recipient,
        subject=subject[:200],
        body=body,
        dedupe_key=dedupe_key,
        created_at=at,
        state=MessageState.HELD if hold else MessageState.QUEUED,
    )
    if begin_once(message, unless="dedupe_key", actor=actor, at=at) is None:
        return Message.objects.get(dedupe_key=dedupe_key)
    if not hold:
        enqueue(DELIVER, message.pk)
    return message


@in_transaction
def mark_sent(*, message_id: int, at: datetime) -> Message:
    return transit(Message, message_id, "send", actor=System("job:deliver"), at=at).subject


@in_transaction
def mark_failed(*, message_id: int, failure: str, at: datetime) -> Message:
    params = {"failure": failure[:500]}
    actor = System("job:deliver")
    return transit(Message, message_id, "fail", actor=actor, at=at, params=params).subject


@in_transaction
def retry_message(*, message_id: int, actor: Actor, at: datetime) -> Message:
    return transit(Message, message_id, "retry", actor=actor, at=at).subject


@in_transaction
def release_message(*, message_id: int, actor: Actor, at: datetime) -> Message:
    return transit(Message, message_id, "release", actor=actor, at=at).subject


def undelivered(*, at: datetime, older_than: timedelta) -> list[int]:
    """List the queued messages whose doorbell seems lost."""
    waiting = Message.objects.filter(state=MessageState.QUEUED, created_at__lt=at - older_than)
    return list(waiting.order_by("created_at").values_list("pk", flat=True)[:500])
