"""Entry points for the task queue. Each may run twice and must not mind."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from domain.common.jobs import enqueue
from domain.notifications import gateway, operations
from domain.notifications.models import Message, MessageState


def deliver(dedupe_key: str) -> None:
    """Send a queued message, outside any transaction, then say how it went.

    Killed in between, it is sent twice under the same Message-ID: a mail server or
    reader drops the copy. The other order would lose it.
    """
    message = Message.objects.get(dedupe_key=dedupe_key)
    if message.state != MessageState.QUEUED:
        return
    try:
        gateway.send_email(
            recipient=message.recipient,
            subject=message.subject,
            body=message.body,
            message_id=message.dedupe_key.replace(":", "."),
        )
    except OSError as error:
        failure = str(error) or type(error).__name__
        operations.mark_failed(message_id=message.pk, failure=failure, at=timezone.now())
    else:
        operations.mark_sent(message_id=message.pk, at=timezone.now())


def deliver_waiting() -> None:
    """Ring again for what still waits."""
    for dedupe_key in operations.undelivered(at=timezone.now(), older_than=timedelta(minutes=5)):
        enqueue(operations.DELIVER, dedupe_key)
