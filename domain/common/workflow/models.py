"""Stored plans: a step over many records, shown first, executed as shown."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from domain.common.actors import Actor, staff_id
from domain.common.workflow.conditions import Ask, condition
from domain.common.workflow.state_field import StateField
from domain.common.workflow.stateful import Stateful, stateful
from domain.common.workflow.steps import step


class PlanState(models.TextChoices):
    PREPARED = "prepared", "Prepared"
    REQUESTED = "requested", "Waiting for approval"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    DENIED = "denied", "Denied"
    WITHDRAWN = "withdrawn", "Withdrawn"


class Outcome(models.TextChoices):
    WAITING = "", "Waiting"
    SKIPPED = "skipped", "Skipped"
    DONE = "done", "Done"
    REFUSED = "refused", "Refused"


def _needed(plan: Plan) -> str:
    return plan.permission


def _wanted(plan: Plan) -> str:
    """The right with which the plan was prepared: to take the step, or to ask for it.

    Who may take it may also let another person decide, and take that back.
    """
    return plan.request_permission or plan.permission


@condition("Another person")
def not_the_planner(plan: Plan, ask: Ask) -> str:
    if plan.state == PlanState.REQUESTED and _is(ask.actor, plan.prepared_by_id):
        return "You asked for this; somebody else has to decide it."
    return ""


@condition("Own plan")
def the_planner(plan: Plan, ask: Ask) -> str:
    if _is(ask.actor, plan.prepared_by_id):
        return ""
    return f"{plan.prepared_by} prepared this plan; only they can ask for it or take it back."


def _is(actor: Actor, person_id: int) -> bool:
    return staff_id(actor) == person_id


@stateful
class Plan(Stateful):
    """PREPARED ─run→ RUNNING ─finish→ DONE; PREPARED ─request→ REQUESTED ─run | deny;
    PREPARED, REQUESTED ─withdraw→ WITHDRAWN.
    """

    subject_type_name = models.CharField("kind of record", max_length=40)
    step_name = models.CharField("step", max_length=40)
    label = models.CharField(max_length=80)
    permission = models.CharField(max_length=80)
    request_permission = models.CharField(max_length=80, blank=True)
    params = models.JSONField(default=dict)
    reason = models.TextField(blank=True)
    digest = models.CharField(max_length=64)
    needs_approval = models.BooleanField(default=False)
    hold_messages = models.BooleanField(default=False)
    prepared_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    prepared_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    undoes = models.ForeignKey("self", models.PROTECT, null=True, related_name="undone_by")
    state = StateField(choices=PlanState.choices, default=PlanState.PREPARED)

    class Meta:
        default_permissions = ("view",)
        verbose_name = "batch"
        verbose_name_plural = "batches"
        constraints: ClassVar = [
            models.CheckConstraint(
                name="plan_four_eyes",
                condition=models.Q(needs_approval=False)
                | models.Q(decided_by=None)
                | ~models.Q(decided_by=models.F("prepared_by")),
            ),
        ]

    def __str__(self) -> str:
        return f"Batch {self.pk}"

    @step(
        state,
        source=[PlanState.PREPARED],
        target=PlanState.REQUESTED,
        label="Ask for approval",
        permission=_wanted,
        requires=[the_planner],
    )
    def request(self, ask: Ask) -> None:
        self.needs_approval = True

    @step(
        state,
        source=[PlanState.PREPARED, PlanState.REQUESTED],
        target=PlanState.RUNNING,
        label="Run",
        permission=_needed,
        requires=[not_the_planner],
    )
    def run(self, ask: Ask) -> None:
        self.decided_by_id = staff_id(ask.actor)

    @step(state, source=[PlanState.RUNNING], target=PlanState.DONE, label="Finish", system=True)
    def finish(self, ask: Ask) -> None:
        """Every row has its outcome."""

    @step(
        state,
        source=[PlanState.REQUESTED],
        target=PlanState.DENIED,
        label="Deny",
        permission=_needed,
        requires=[not_the_planner],
        needs_reason=True,
        danger=True,
    )
    def deny(self, ask: Ask) -> None:
        self.decided_by_id = staff_id(ask.actor)

    @step(
        state,
        source=[PlanState.PREPARED, PlanState.REQUESTED],
        target=PlanState.WITHDRAWN,
        label="Withdraw",
        permission=_wanted,
        requires=[the_planner],
    )
    def withdraw(self, ask: Ask) -> None:
        """The planner changed their mind."""


class PlanRow(models.Model):
    """One record of a plan: what was shown, and what came of it."""

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="rows", db_index=False)
    subject_id = models.BigIntegerField()
    subject_label = models.CharField(max_length=80)
    subject_version = models.PositiveIntegerField()
    from_state = models.CharField(max_length=20)
    to_state = models.CharField(max_length=20)
    previews = models.JSONField(default=list)
    digest = models.CharField(max_length=64)
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True)
    outcome_text = models.TextField(blank=True)
    entry = models.ForeignKey("AuditEntry", models.PROTECT, null=True, related_name="+")

    class Meta:
        default_permissions = ()
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["plan", "subject_id"], name="plan_row_once")
        ]

    def __str__(self) -> str:
        return f"{self.subject_label}: {self.from_state} → {self.to_state}"
