"""The outbox: what guests are told, written in the transaction of its cause."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from domain.common.workflow import Ask, StateField, Stateful, stateful, step


class MessageState(models.TextChoices):
    QUEUED = "queued", "Queued"
    HELD = "held", "Held"
    SENT = "sent", "Sent"
    FAILED = "failed", "Failed"


@stateful
class Message(Stateful):
    """QUEUED ─send→ SENT; QUEUED ─fail→ FAILED ─retry→ QUEUED; HELD ─release→ QUEUED ─hold→ HELD.

    A message held while the mail server already has it ends as what became of it.
    """

    kind = models.CharField(max_length=30)
    booking = models.ForeignKey("Booking", models.PROTECT, null=True, related_name="messages")
    recipient = models.EmailField()
    subject = models.CharField(max_length=200)
    body = models.TextField()
    dedupe_key = models.CharField(max_length=100)
    attempts = models.PositiveSmallIntegerField(default=0)
    failure = models.TextField(blank=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    state = StateField(choices=MessageState.choices, default=MessageState.QUEUED)

    class Meta:
        default_permissions = ("view",)
        indexes: ClassVar = [
            models.Index(fields=["-created_at", "-id"], name="message_newest"),
            models.Index(
                fields=["created_at"],
                name="message_waiting",
                condition=models.Q(state__in=["queued", "failed"]),
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["dedupe_key"], name="message_once"),
        ]

    def __str__(self) -> str:
        return self.subject

    @step(
        state,
        source=[MessageState.QUEUED, MessageState.HELD],
        target=MessageState.SENT,
        label="Send",
        system=True,
    )
    def send(self, ask: Ask) -> None:
        self.sent_at = ask.at
        self.failure = ""

    @step(
        state,
        source=[MessageState.QUEUED, MessageState.HELD],
        target=MessageState.FAILED,
        label="Fail",
        system=True,
    )
    def fail(self, ask: Ask) -> None:
        self.attempts += 1
        self.failure = ask.params["failure"]

    @step(
        state,
        source=[MessageState.FAILED],
        target=MessageState.QUEUED,
        label="Send again",
        permission="domain.resend_message",
        system=True,
        undo="hold",
    )
    def retry(self, ask: Ask) -> None:
        """The next delivery job takes it up."""

    @step(
        state,
        source=[MessageState.HELD],
        target=MessageState.QUEUED,
        label="Release",
        permission="domain.resend_message",
        undo="hold",
    )
    def release(self, ask: Ask) -> None:
        """The next delivery job takes it up."""

    @step(
        state,
        source=[MessageState.QUEUED],
        target=MessageState.HELD,
        label="Hold",
        permission="domain.resend_message",
        undo="release",
        help="It is not sent until somebody releases it.",
    )
    def hold(self, ask: Ask) -> None:
        """The delivery job passes it over."""
