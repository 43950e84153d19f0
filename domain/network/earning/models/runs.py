from __future__ import annotations

from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.db import models

from domain.common.actors import staff_id
from domain.common.workflow import Ask, StateField, Stateful, stateful, step
from domain.common.workflow.four_eyes import another_person


class RunState(models.TextChoices):
    DRAFT = "draft", "Draft"
    COMPUTED = "computed", "Computed"
    APPROVED = "approved", "Approved"
    POSTED = "posted", "Posted"
    VOID = "void", "Void"


OPEN_RUNS = (RunState.DRAFT, RunState.COMPUTED, RunState.APPROVED)


not_who_computed = another_person(
    "You computed this run; somebody else has to approve it.", than="computed_by"
)


@stateful
class CommissionRun(Stateful):
    """The pairs of a month, for everybody: DRAFT ─compute→ COMPUTED ─approve→ APPROVED ─post→
    POSTED; void until posted. Whoever computed it does not approve it.
    """

    currency = models.CharField(max_length=3, default="INR")
    as_of = models.DateField("units up to this day")
    month = models.DateField("first day of the month")
    rules = models.JSONField("settings in force", default=dict)
    last_event_id = models.BigIntegerField("last unit event seen", default=0)
    events = models.PositiveIntegerField("units it takes in", default=0)
    members = models.PositiveIntegerField("members who get something", default=0)
    pairs = models.PositiveIntegerField(default=0)
    flushed = models.PositiveIntegerField("burned pairs", default=0)
    capped = models.PositiveIntegerField("members at the cap", default=0)
    in_debt = models.PositiveIntegerField("members with a debt of units", default=0)
    gross_cents = models.BigIntegerField(default=0)
    to_reserve_cents = models.BigIntegerField(default=0)
    held_cents = models.BigIntegerField("held back", default=0)
    recovered_cents = models.BigIntegerField("settled what was owed", default=0)
    to_wallet_cents = models.BigIntegerField("to wallets, before tax at credit", default=0)
    # As it would be now until the run is posted, then what was withheld.
    tax_cents = models.BigIntegerField("tax at credit", default=0)
    taken_back = models.PositiveIntegerField("pairs taken back", default=0)
    taken_back_cents = models.BigIntegerField(default=0)
    given_again = models.PositiveIntegerField("pairs given again", default=0)
    given_again_cents = models.BigIntegerField(default=0)
    created_at = models.DateTimeField()
    computed_at = models.DateTimeField(null=True)
    computed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False
    )
    approved_at = models.DateTimeField(null=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False
    )
    posted_at = models.DateTimeField(null=True)
    state = StateField(choices=RunState.choices, default=RunState.DRAFT)

    class Meta:
        default_permissions = ("view",)
        verbose_name = "commission run"
        triggers: ClassVar = [pgtrigger.Protect(name="no_delete", operation=pgtrigger.Delete)]
        constraints: ClassVar = [
            # One for the whole house: two open runs would propose the same units twice.
            models.UniqueConstraint(
                fields=["currency"],
                name="run_one_open",
                condition=models.Q(state__in=["draft", "computed", "approved"]),
            ),
            models.CheckConstraint(
                name="run_four_eyes",
                condition=~models.Q(state__in=["approved", "posted"])
                | (
                    models.Q(computed_by__isnull=False, approved_by__isnull=False)
                    & ~models.Q(computed_by=models.F("approved_by"))
                ),
            ),
            models.CheckConstraint(
                name="run_sums_up",
                condition=models.Q(
                    gross_cents=models.F("to_reserve_cents")
                    + models.F("held_cents")
                    + models.F("recovered_cents")
                    + models.F("to_wallet_cents")
                ),
            ),
            models.CheckConstraint(name="run_month_is_a_month", condition=models.Q(month__day=1)),
        ]
        indexes: ClassVar = [models.Index(fields=["-as_of", "-id"], name="run_newest")]

    def __str__(self) -> str:
        return f"Run {self.pk} of {self.month:%B %Y}"

    @step(
        state,
        source=[RunState.DRAFT, RunState.COMPUTED],
        target=RunState.COMPUTED,
        label="Compute again",
        permission="domain.compute_run",
        help="Works out the pairs of all members; nothing is paid yet.",
    )
    def compute(self, ask: Ask) -> None:
        self.computed_by_id = staff_id(ask.actor)
        self.computed_at = ask.at
        for name, value in ask.params.items():
            setattr(self, name, value)

    @step(
        state,
        source=[RunState.COMPUTED],
        target=RunState.APPROVED,
        label="Approve",
        permission="domain.approve_run",
        requires=[not_who_computed],
        help="The figures are right; posting pays them.",
    )
    def approve(self, ask: Ask) -> None:
        self.approved_by_id = staff_id(ask.actor)
        self.approved_at = ask.at

    @step(
        state,
        source=[RunState.APPROVED],
        target=RunState.POSTED,
        label="Post",
        permission="domain.post_run",
        help="Moves the counters of all members and credits wallets and reserves.",
    )
    def post(self, ask: Ask) -> None:
        self.posted_at = ask.at

    @step(
        state,
        source=[RunState.DRAFT, RunState.COMPUTED, RunState.APPROVED],
        target=RunState.VOID,
        label="Void",
        permission="domain.compute_run",
        needs_reason=True,
        danger=True,
        help="Drops what was proposed; the units wait for the next run.",
    )
    def void(self, ask: Ask) -> None:
        """The row's state says it all."""
