from __future__ import annotations

from typing import ClassVar

from django.db import models

from domain.common.money import show
from domain.common.workflow import Ask, StateField, Stateful, stateful, step


class DisputeState(models.TextChoices):
    OPEN = "open", "Open"
    WON = "won", "Won"
    LOST = "lost", "Lost"


@stateful
class Dispute(Stateful):
    """A cardholder's bank asks the money back: OPEN ─win→ WON, or ─lose→ LOST."""

    locks_first = ("booking", "payment")

    payment = models.ForeignKey("Payment", models.PROTECT, related_name="disputes")
    booking = models.ForeignKey("Booking", models.PROTECT, related_name="disputes")
    stripe_id = models.CharField(max_length=80)
    amount_cents = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=60, blank=True)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    state = StateField(choices=DisputeState.choices, default=DisputeState.OPEN)

    class Meta:
        default_permissions = ("view",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["stripe_id"], name="dispute_once"),
            models.CheckConstraint(
                name="dispute_amount_positive", condition=models.Q(amount_cents__gt=0)
            ),
        ]

    def __str__(self) -> str:
        return f"Dispute over {show(self.amount_cents, self.currency)}"

    @step(state, source=[DisputeState.OPEN], target=DisputeState.WON, label="Win", system=True)
    def win(self, ask: Ask) -> None:
        self.closed_at = ask.at

    @step(state, source=[DisputeState.OPEN], target=DisputeState.LOST, label="Lose", system=True)
    def lose(self, ask: Ask) -> None:
        self.closed_at = ask.at
