from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from domain.common.actors import staff_id
from domain.common.settings.definitions import DEFINITIONS
from domain.common.settings.limits import why_not_from
from domain.common.settings.words import said
from domain.common.workflow import StateField
from domain.common.workflow.conditions import Ask, condition
from domain.common.workflow.four_eyes import another_person
from domain.common.workflow.stateful import Stateful, stateful
from domain.common.workflow.steps import step


class SettingState(models.TextChoices):
    PROPOSED = "proposed", "Proposed"
    APPROVED = "approved", "Approved"
    DENIED = "denied", "Denied"
    WITHDRAWN = "withdrawn", "Withdrawn"


not_the_proposer = another_person(
    "You proposed this; somebody else has to decide it.", than="proposed_by"
)


@condition("From then on")
def may_begin(row: DatedSetting, ask: Ask) -> str:
    return why_not_from(row.name, row.value, row.valid_from, ask.at)


@stateful
class DatedSetting(Stateful):
    """A value of a business setting from a moment on. PROPOSED ─approve→ APPROVED, or denied."""

    name = models.CharField(max_length=60)
    value = models.BigIntegerField()
    valid_from = models.DateTimeField()
    reason = models.TextField()
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    state = StateField(choices=SettingState.choices, default=SettingState.PROPOSED)

    class Meta:
        default_permissions = ()
        verbose_name = "business setting"
        indexes: ClassVar = [
            models.Index(
                fields=["name", "-valid_from", "-id"],
                name="setting_in_force",
                condition=models.Q(state="approved"),
            )
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="setting_four_eyes",
                condition=models.Q(decided_by=None) | ~models.Q(decided_by=models.F("proposed_by")),
            )
        ]

    def __str__(self) -> str:
        known = DEFINITIONS.get(self.name)
        return f"{self.name} = {said(known, self.value) if known else self.value}"

    @step(
        state,
        source=[SettingState.PROPOSED],
        target=SettingState.APPROVED,
        label="Approve",
        permission="domain.approve_setting",
        requires=[not_the_proposer, may_begin],
        instead="Propose the value you want instead; what was decided meanwhile stays.",
    )
    def approve(self, ask: Ask) -> None:
        self.decided_by_id = staff_id(ask.actor)

    @step(
        state,
        source=[SettingState.PROPOSED],
        target=SettingState.DENIED,
        label="Deny",
        permission="domain.approve_setting",
        requires=[not_the_proposer],
        needs_reason=True,
        danger=True,
        instead="Nothing changed; propose the value again.",
    )
    def deny(self, ask: Ask) -> None:
        self.decided_by_id = staff_id(ask.actor)

    @step(
        state,
        source=[SettingState.PROPOSED],
        target=SettingState.WITHDRAWN,
        label="Withdraw",
        permission="domain.propose_setting",
        instead="Nothing changed; propose the value again.",
    )
    def withdraw(self, ask: Ask) -> None:
        """The proposer changed their mind."""
