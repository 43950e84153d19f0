"""What the bank said of a released batch: a file, read first, applied as shown."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from domain.common.actors import staff_id
from domain.common.workflow import Ask, StateField, Stateful, condition, stateful, step
from domain.payouts.models.batches import PayoutBatchItem


class AnswerState(models.TextChoices):
    PREPARED = "prepared", "To review"
    RUNNING = "running", "Running"
    DONE = "done", "Applied"
    DISCARDED = "discarded", "Discarded"


class Planned(models.TextChoices):
    COMPLETE = "complete", "Completes"
    FAIL = "fail", "Fails"
    BOUNCE = "bounce", "Returned after it had arrived"
    LOSE = "lose", "Unknown to the bank"
    NOTHING = "nothing", "Nothing changes"
    PROBLEM = "problem", "Cannot be applied"


@condition("Something to apply")
def has_changes(answer: BankAnswer, ask: Ask) -> str:
    if answer.lines.exclude(planned__in=[Planned.NOTHING, Planned.PROBLEM]).exists():
        return ""
    return "No line of the file changes anything."


@stateful
class BankAnswer(Stateful):
    """PREPARED ─run→ RUNNING ─finish→ DONE; PREPARED ─discard→ DISCARDED."""

    file_name = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64)
    digest = models.CharField("stands for what was shown", max_length=64)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()
    applied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    state = StateField(choices=AnswerState.choices, default=AnswerState.PREPARED)

    class Meta:
        default_permissions = ("view",)
        verbose_name = "bank answer"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["sha256"],
                name="bank_answer_once",
                condition=~models.Q(state="discarded"),
            )
        ]
        indexes: ClassVar = [models.Index(fields=["-uploaded_at", "-id"], name="answer_newest")]

    def __str__(self) -> str:
        return f"Bank answer {self.pk}"

    @step(
        state,
        source=[AnswerState.PREPARED],
        target=AnswerState.RUNNING,
        label="Apply",
        permission="domain.import_bank_answer",
        requires=[has_changes],
        help="Each line by itself, as shown.",
    )
    def run(self, ask: Ask) -> None:
        self.applied_by_id = staff_id(ask.actor)

    @step(
        state,
        source=[AnswerState.RUNNING],
        target=AnswerState.DONE,
        label="Finish",
        system=True,
    )
    def finish(self, ask: Ask) -> None:
        """Every line has its result."""

    @step(
        state,
        source=[AnswerState.PREPARED],
        target=AnswerState.DISCARDED,
        label="Discard",
        permission="domain.import_bank_answer",
        danger=True,
    )
    def discard(self, ask: Ask) -> None:
        """The file may be uploaded again."""


class BankAnswerLine(models.Model):
    answer = models.ForeignKey(BankAnswer, models.PROTECT, related_name="lines", db_index=False)
    number = models.PositiveIntegerField("line of the file")
    reference = models.CharField(max_length=60, blank=True)
    utr = models.CharField(max_length=40, blank=True)
    status = models.CharField(max_length=40, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    item = models.ForeignKey(PayoutBatchItem, models.PROTECT, null=True, related_name="answers")
    seen_version = models.PositiveIntegerField(default=0)
    planned = models.CharField(max_length=10, choices=Planned.choices)
    says = models.CharField("what it does", max_length=400)
    result = models.CharField(max_length=400, blank=True)
    done = models.BooleanField(default=False)

    class Meta:
        default_permissions = ()
        ordering: ClassVar = ["answer", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["answer", "number"], name="bank_answer_line")
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.status}"
