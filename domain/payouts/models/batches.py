from __future__ import annotations

from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.db import models

from domain.common.actors import staff_id
from domain.common.workflow import Ask, StateField, Stateful, condition, stateful, step
from domain.common.workflow.four_eyes import another_person, four_eyes
from domain.payouts.models.payouts import Payout


class BatchState(models.TextChoices):
    DRAFT = "draft", "Draft"
    READY = "ready", "Ready to release"
    RELEASED = "released", "Released to the bank"
    CLOSED = "closed", "Closed"
    DISCARDED = "discarded", "Discarded"


not_the_maker = another_person(
    "You made this batch; somebody else has to release it.", than="made_by"
)


@condition("Every payout may still go")
def all_may_go(batch: PayoutBatch, ask: Ask) -> str:
    stuck = batch.items.filter(live=True).exclude(payout__state="approved", payout__on_hold=False)
    names = [str(item.payout) for item in stuck.select_related("payout").order_by("number")[:3]]
    if not names:
        return ""
    return f"{', '.join(names)} may not go now. Discard the batch and make it anew without."


@condition("Not empty")
def not_empty(batch: PayoutBatch, ask: Ask) -> str:
    return "" if batch.items.filter(live=True).exists() else "There is no payout in it."


@condition("Every line answered")
def all_answered(batch: PayoutBatch, ask: Ask) -> str:
    waiting = batch.items.filter(live=True, payout__state__in=["processing", "unknown"]).count()
    return f"The bank has not answered for {waiting} of its lines." if waiting else ""


@stateful
class PayoutBatch(Stateful):
    """DRAFT ─make_file→ READY ─release→ RELEASED ─close→ CLOSED; DRAFT, READY ─discard.

    The file is made once and kept: every download has the same bytes, which the database
    itself holds to.
    """

    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    columns = models.JSONField("columns of the file", default=list)
    file = models.BinaryField(null=True)
    file_name = models.CharField(max_length=80, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    total_cents = models.BigIntegerField(default=0)
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    released_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    state = StateField(choices=BatchState.choices, default=BatchState.DRAFT)

    class Meta:
        default_permissions = ("view",)
        verbose_name = "payout batch"
        verbose_name_plural = "payout batches"
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="file_once",
                operation=pgtrigger.Update,
                when=pgtrigger.Before,
                func="""
                IF OLD.sha256 <> '' AND (NEW.file IS DISTINCT FROM OLD.file
                                         OR NEW.sha256 <> OLD.sha256) THEN
                    RAISE EXCEPTION 'the file of payout batch % is made once', OLD.id
                        USING ERRCODE = 'check_violation', CONSTRAINT = 'payout_batch_file_once';
                END IF;
                RETURN NEW;
                """,
            )
        ]
        constraints: ClassVar = [
            four_eyes(
                "payout_batch",
                unless=~models.Q(state__in=["released", "closed"]),
                asked="made_by",
                decided="released_by",
            ),
            models.CheckConstraint(
                name="payout_batch_file_hashed",
                condition=models.Q(state__in=["draft", "discarded"])
                | (models.Q(file__isnull=False) & ~models.Q(sha256="")),
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["-made_at", "-id"], name="payout_batch_newest")]

    def __str__(self) -> str:
        return f"Payout batch {self.pk}"

    @step(
        state,
        source=[BatchState.DRAFT],
        target=BatchState.READY,
        label="Make the bank file",
        permission="domain.make_payout_batch",
        requires=[not_empty, all_may_go],
        help="The file is made once; every download is the same.",
    )
    def make_file(self, ask: Ask) -> None:
        from domain.payouts.bank_files import file_of  # noqa: PLC0415  # rests on this

        made = file_of(self, ask.at)
        self.file, self.sha256, self.file_name = made.content, made.sha256, made.name

    @step(
        state,
        source=[BatchState.READY],
        target=BatchState.RELEASED,
        label="Release",
        permission="domain.release_payout_batch",
        requires=[not_the_maker, all_may_go],
        help="The file goes to the bank and its payouts are on their way.",
    )
    def release(self, ask: Ask) -> None:
        self.released_by_id = staff_id(ask.actor)
        self.released_at = ask.at

    @step(
        state,
        source=[BatchState.DRAFT, BatchState.READY],
        target=BatchState.DISCARDED,
        label="Discard",
        permission="domain.make_payout_batch",
        needs_reason=True,
        danger=True,
        help="Its payouts are free for another batch.",
    )
    def discard(self, ask: Ask) -> None:
        """The flow frees its payouts."""

    @step(
        state,
        source=[BatchState.RELEASED],
        target=BatchState.CLOSED,
        label="Close",
        requires=[all_answered],
        system=True,
    )
    def close(self, ask: Ask) -> None:
        self.closed_at = ask.at


class PayoutBatchItem(models.Model):
    """A payout's line in a batch. ``live`` ends when the batch is discarded or the line fails,
    so that a payout is in one live batch at most.
    """

    batch = models.ForeignKey(PayoutBatch, models.PROTECT, related_name="items", db_index=False)
    payout = models.ForeignKey(Payout, models.PROTECT, related_name="batch_items")
    number = models.PositiveIntegerField()
    reference = models.CharField(max_length=30)
    bank_cents = models.BigIntegerField()
    live = models.BooleanField(default=True)

    class Meta:
        default_permissions = ()
        ordering: ClassVar = ["batch", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["reference"], name="payout_item_reference_once"),
            models.UniqueConstraint(fields=["batch", "number"], name="payout_item_number"),
            models.UniqueConstraint(
                fields=["payout"], name="payout_in_one_live_batch", condition=models.Q(live=True)
            ),
            models.CheckConstraint(
                name="payout_item_positive", condition=models.Q(bank_cents__gt=0)
            ),
        ]

    def __str__(self) -> str:
        return self.reference
