from __future__ import annotations

from datetime import datetime, timedelta

from django_q.models import OrmQ

from domain.common.actors import Actor, System
from domain.common.jobs import job
from domain.common.transactions import in_transaction
from domain.common.workflow import begin_once, transit
from domain.notifications.models import Message, MessageState

DELIVER = "domain.notifications.tasks.deliver"
MAX_ATTEMPTS = 5


def new_message(
    *,
    kind: str,
    recipient: str,
    subject: str,
    body: str,
    dedupe_key: str,
    at: datetime,
    booking_id: int | None = None,
    hold: bool = False,
) -> Message:
    """A message to be written to the outbox."""
    return Message(
        kind=kind,
        booking_id=booking_id,
        recipient=recipient,
        subject=subject[:200],
        body=body,
        dedupe_key=dedupe_key,
        created_at=at,
        state=MessageState.HELD if hold else MessageState.QUEUED,
    )


def delivery_of(message: Message) -> list[OrmQ]:
    """The job that sends a new message, to be written with it; none for one that is held."""
    return [job(DELIVER, message.dedupe_key)] if message.state == MessageState.QUEUED else []


@in_transaction
def queue_message(*, message: Message, actor: Actor, at: datetime) -> Message:
    """Write a message to the outbox. The same ``dedupe_key`` returns the first message."""
    parts = delivery_of(message)
    if begin_once(message, unless="dedupe_key", actor=actor, at=at, parts=parts) is None:
        return Message.objects.get(dedupe_key=message.dedupe_key)
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


def undelivered(*, at: datetime, older_than: timedelta) -> list[str]:
    """List the keys of the queued messages whose doorbell seems lost."""
    waiting = Message.objects.filter(state=MessageState.QUEUED, created_at__lt=at - older_than)
    return list(waiting.order_by("created_at").values_list("dedupe_key", flat=True)[:500])
