from __future__ import annotations

from typing import ClassVar

from django.db import models

from domain.common.workflow import Ask, StateField, condition, stateful, step
from domain.common.workflow.four_eyes import Request, another_person, four_eyes, the_requester
from domain.compliance.unfinished import unfinished_of


class ErasureState(models.TextChoices):
    REQUESTED = "requested", "Waiting for approval"
    DONE = "done", "Erased"
    DENIED = "denied", "Denied"
    WITHDRAWN = "withdrawn", "Withdrawn"


not_the_requester = another_person("You asked for this; somebody else has to approve it.")


@condition("Nothing is open")
def all_is_over(erasure: Erasure, ask: Ask) -> str:
    """What is owed either way needs a name until it is settled."""
    del ask
    return " ".join(unfinished_of(erasure.customer_id))


@stateful
class Erasure(Request):
    """A person's data is to be emptied: asked for, approved by another, and never taken back."""

    locks_first = ("customer",)

    customer = models.ForeignKey("Customer", models.PROTECT, related_name="erasures")
    reason = models.TextField("how it was asked for")
    state = StateField(choices=ErasureState.choices, default=ErasureState.REQUESTED)

    class Meta:
        default_permissions = ("view",)
        constraints: ClassVar = [
            four_eyes("erasure", unless=~models.Q(state="done")),
            models.UniqueConstraint(
                fields=["customer"],
                name="erasure_one_open",
                condition=models.Q(state="requested"),
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["-requested_at", "-id"], name="erasure_newest")]

    def __str__(self) -> str:
        return f"Erasure of customer {self.customer_id}"

    @step(
        state,
        source=[ErasureState.REQUESTED],
        target=ErasureState.DONE,
        label="Approve and erase",
        permission="domain.approve_erasure",
        requires=[not_the_requester, all_is_over],
        instead="What was erased is gone.",
        danger=True,
        help="Empties the person's data everywhere. Nobody can bring it back.",
    )
    def erase(self, ask: Ask) -> None:
        self.decided(ask)

    @step(
        state,
        source=[ErasureState.REQUESTED],
        target=ErasureState.DENIED,
        label="Deny",
        permission="domain.approve_erasure",
        requires=[not_the_requester],
        needs_reason=True,
    )
    def deny(self, ask: Ask) -> None:
        self.decided(ask)

    @step(
        state,
        source=[ErasureState.REQUESTED],
        target=ErasureState.WITHDRAWN,
        label="Withdraw",
        permission="domain.request_erasure",
        requires=[the_requester],
    )
    def withdraw(self, ask: Ask) -> None:
        self.decided(ask)
