from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models

from domain.common.settings.queries import setting_at
from domain.common.workflow import Ask, StateField, condition, stateful, step
from domain.common.workflow.four_eyes import Request, another_person, four_eyes, the_requester
from domain.compliance.days import day_of
from domain.network.models.members import Member
from domain.network.models.tree import Node, Side

NOBODY_BELOW = 3


class CorrectionState(models.TextChoices):
    REQUESTED = "requested", "Waiting for approval"
    APPLIED = "applied", "Applied"
    DENIED = "denied", "Denied"
    WITHDRAWN = "withdrawn", "Withdrawn"


not_the_requester = another_person(
    "You asked for this correction; somebody else has to approve it."
)


@condition("Still correctable")
def still_correctable(correction: PlacementCorrection, ask: Ask) -> str:
    return why_not_correctable(correction.member, ask.at)


def why_not_correctable(member: Member, at: datetime) -> str:
    """Say why a member's place stands for good, or nothing: T5."""
    node = Node.objects.filter(pk=member.pk).first()
    if node is None:
        return f"{member} has no place in the tree yet."
    if node.open != NOBODY_BELOW:
        return f"Somebody already sits below {member}; the place stays."
    if node.unit_events.exists():
        return f"{member} already counts for those above; the place stays."
    days = setting_at("placement.correction_days", at)
    if at > node.placed_at + timedelta(days=days):
        placed = f"{day_of(node.placed_at):%d %b %Y}"
        return f"{member} was placed on {placed}; a place can be corrected for {days} days."
    return ""


@stateful
class PlacementCorrection(Request):
    """REQUESTED ─apply→ APPLIED by a second person; or deny, or withdraw."""

    locks_first = ("member",)

    member = models.ForeignKey(Member, models.PROTECT, related_name="placement_corrections")
    under = models.ForeignKey(Node, models.PROTECT, related_name="+", db_index=False)
    side = models.CharField(max_length=1, choices=Side.choices)
    reason = models.TextField()
    from_tree = models.BigIntegerField("key of the root of the old place")
    from_path = models.TextField("old place")
    to_path = models.TextField("new place", blank=True)
    state = StateField(
        choices=CorrectionState.choices, default=CorrectionState.REQUESTED, protected=True
    )

    class Meta:
        default_permissions = ("view",)
        constraints: ClassVar = [
            four_eyes("correction", unless=~models.Q(state="applied")),
            models.UniqueConstraint(
                fields=["member"], name="correction_one_open", condition=models.Q(state="requested")
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["-requested_at", "-id"], name="correction_newest"),
        ]

    def __str__(self) -> str:
        return f"Correction of the place of {self.member}"

    @step(
        state,
        source=[CorrectionState.REQUESTED],
        target=CorrectionState.APPLIED,
        label="Apply",
        permission="domain.approve_correction",
        requires=[not_the_requester, still_correctable],
        help="The member moves to the new place.",
    )
    def apply(self, ask: Ask) -> None:
        self.decided(ask)

    @step(
        state,
        source=[CorrectionState.REQUESTED],
        target=CorrectionState.DENIED,
        label="Deny",
        permission="domain.approve_correction",
        requires=[not_the_requester],
        needs_reason=True,
        danger=True,
    )
    def deny(self, ask: Ask) -> None:
        self.decided(ask)

    @step(
        state,
        source=[CorrectionState.REQUESTED],
        target=CorrectionState.WITHDRAWN,
        label="Withdraw",
        permission="domain.request_correction",
        requires=[the_requester],
    )
    def withdraw(self, ask: Ask) -> None:
        self.decided(ask)
