"""What steps of a message cause: the delivery job is rung, also from a batch."""

from __future__ import annotations

from collections.abc import Sequence

from domain.common.effects import Effect, Enqueue
from domain.common.workflow import Ask, effects_of
from domain.notifications.models import Message
from domain.notifications.operations import DELIVER


@effects_of(Message, "retry", "release")
def sending(message: Message, ask: Ask) -> Sequence[Effect]:
    return [Enqueue(DELIVER, (message.dedupe_key,), "goes out at once")]
