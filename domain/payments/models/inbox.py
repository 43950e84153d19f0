from __future__ import annotations

from typing import ClassVar

from django.db import models

from domain.common.workflow import Ask, StateField, Stateful, stateful, step


class InboxState(models.TextChoices):
    RECEIVED = "received", "Received"
    APPLIED = "applied", "Applied"
    IGNORED = "ignored", "Ignored"
    DEAD = "dead", "Dead"


@stateful
class WebhookEvent(Stateful):
    """One signed event, stored once as it came; its object is fetched again to be applied.

    RECEIVED ─apply→ APPLIED, ─ignore→ IGNORED with the reason, ─bury→ DEAD; ─replay→ RECEIVED.
    """

    stripe_id = models.CharField(max_length=80)
    type = models.CharField(max_length=80)
    object_id = models.CharField(max_length=80, blank=True)
    payload = models.JSONField()
    livemode = models.BooleanField()
    created_at = models.DateTimeField("made at Stripe")
    received_at = models.DateTimeField()
    processed_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    outcome = models.TextField(blank=True)
    booking = models.ForeignKey("Booking", models.PROTECT, null=True, related_name="+")
    state = StateField(choices=InboxState.choices, default=InboxState.RECEIVED)

    class Meta:
        default_permissions = ("view",)
        verbose_name = "webhook event"
        indexes: ClassVar = [
            models.Index(fields=["-received_at", "-id"], name="inbox_newest"),
            models.Index(
                fields=["received_at"],
                name="inbox_waiting",
                condition=models.Q(state="received"),
            ),
            models.Index(
                fields=["received_at"],
                name="inbox_dead",
                condition=models.Q(state="dead"),
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["stripe_id"], name="webhook_event_once"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.stripe_id}"

    @step(
        state,
        source=[InboxState.RECEIVED],
        target=InboxState.APPLIED,
        label="Apply",
        system=True,
    )
    def apply(self, ask: Ask) -> None:
        self._processed(ask)

    @step(
        state,
        source=[InboxState.RECEIVED],
        target=InboxState.IGNORED,
        label="Ignore",
        system=True,
    )
    def ignore(self, ask: Ask) -> None:
        self._processed(ask)

    @step(state, source=[InboxState.RECEIVED], target=InboxState.DEAD, label="Bury", system=True)
    def bury(self, ask: Ask) -> None:
        self._processed(ask)

    @step(
        state,
        source=[InboxState.APPLIED, InboxState.IGNORED, InboxState.DEAD],
        target=InboxState.RECEIVED,
        label="Process again",
        permission="domain.replay_webhookevent",
        help="Its object is fetched from Stripe again; what is already applied stays as it is.",
        instead="What is already applied stays as it was; there is nothing to take back.",
    )
    def replay(self, ask: Ask) -> None:
        self.attempts = 0

    def _processed(self, ask: Ask) -> None:
        self.processed_at = ask.at
        self.outcome = ask.params["outcome"]
        self.booking_id = ask.params.get("booking_id")
