"""Reviewed changes of the catalog: prepared, looked at, applied all or nothing.

:source: docs/policies/catalog.md, "How the catalog changes"
"""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from domain.catalog.models import conditions
from domain.catalog.rules.words import Kind
from domain.common.actors import staff_id
from domain.common.protect import append_only
from domain.common.workflow import StateField
from domain.common.workflow.conditions import Ask
from domain.common.workflow.stateful import Stateful, stateful
from domain.common.workflow.steps import step

IMPORT = "domain.import_catalog"
APPROVE = "domain.approve_catalog"


class ChangeSetState(models.TextChoices):
    DRAFT = "draft", "Draft"
    SUBMITTED = "submitted", "Waiting for approval"
    APPLIED = "applied", "Applied"
    DISCARDED = "discarded", "Discarded"
    REVERTED = "reverted", "Reverted"


class ChangeSource(models.TextChoices):
    WORKBOOK = "workbook", "Workbook"
    FORM = "form", "Form"
    REVERSAL = "reversal", "Reversal"


def _needed(change_set: ChangeSet) -> str:
    return APPROVE if change_set.needs_approval else IMPORT


def _to_discard(change_set: ChangeSet) -> str:
    """An approver may turn down what waits; before that a draft is its preparer's."""
    return APPROVE if change_set.state == ChangeSetState.SUBMITTED else IMPORT


@stateful
class ChangeSet(Stateful):
    """DRAFT ─apply→ APPLIED, or, above the approval limit, DRAFT ─submit→ SUBMITTED ─apply→
    APPLIED by another person; DRAFT, SUBMITTED ─discard→ DISCARDED; APPLIED ─revert→ REVERTED
    when the change set that takes it back is applied.
    """

    source = models.CharField(max_length=10, choices=ChangeSource.choices)
    file_name = models.CharField(max_length=200, blank=True)
    file_sha256 = models.CharField(max_length=64, blank=True)
    reason = models.TextField(blank=True)
    prepared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    prepared_label = models.CharField("prepared by, as named then", max_length=160)
    prepared_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    effective_from = models.DateTimeField(
        "wanted from", null=True, help_text="empty: from the moment it is applied"
    )
    digest = models.CharField("digest of what was shown", max_length=64)
    needs_approval = models.BooleanField()
    approval_because = models.TextField(blank=True)
    summary = models.JSONField("figures of the business effect", default=dict)
    effect_text = models.TextField("business effect")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    applied_at = models.DateTimeField(null=True)
    in_force_from = models.DateTimeField(null=True)
    reverts = models.ForeignKey("self", models.PROTECT, null=True, related_name="reversals")
    state = StateField(choices=ChangeSetState.choices, default=ChangeSetState.DRAFT)

    class Meta:
        default_permissions = ()
        verbose_name = "catalog change"
        indexes: ClassVar = [models.Index(fields=["state", "-id"], name="changeset_state")]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="changeset_four_eyes",
                condition=~Q(needs_approval=True, state__in=["applied", "reverted"])
                | (
                    Q(decided_by__isnull=False)
                    & (Q(prepared_by=None) | ~Q(decided_by=F("prepared_by")))
                ),
            ),
            models.CheckConstraint(
                name="changeset_applied_has_date",
                condition=~Q(state__in=["applied", "reverted"])
                | Q(applied_at__isnull=False, in_force_from__isnull=False),
            ),
            models.CheckConstraint(
                name="changeset_reversal_names_one",
                condition=Q(source=ChangeSource.REVERSAL) ^ Q(reverts=None),
            ),
        ]

    def __str__(self) -> str:
        return f"Catalog change {self.pk}"

    @step(
        state,
        source=[ChangeSetState.DRAFT],
        target=ChangeSetState.SUBMITTED,
        label="Ask for approval",
        permission=IMPORT,
        system=True,
        requires=[conditions.own_draft, conditions.not_expired, conditions.wants_approval],
    )
    def submit(self, ask: Ask) -> None:
        self.expires_at = ask.at + conditions.APPROVAL_TIME

    @step(
        state,
        source=[ChangeSetState.DRAFT, ChangeSetState.SUBMITTED],
        target=ChangeSetState.APPLIED,
        label="Apply",
        permission=_needed,
        system=True,
        requires=[
            conditions.right_person,
            conditions.not_expired,
            conditions.not_in_the_past,
            conditions.as_shown,
        ],
    )
    def apply(self, ask: Ask) -> None:
        self.decided_by_id = staff_id(ask.actor)
        self.applied_at = ask.at
        self.in_force_from = self.effective_from or ask.at

    @step(
        state,
        source=[ChangeSetState.DRAFT, ChangeSetState.SUBMITTED],
        target=ChangeSetState.DISCARDED,
        label="Discard",
        permission=_to_discard,
        system=True,
        requires=[conditions.may_discard],
        danger=True,
    )
    def discard(self, ask: Ask) -> None:
        self.decided_by_id = staff_id(ask.actor)

    @step(
        state,
        source=[ChangeSetState.APPLIED],
        target=ChangeSetState.REVERTED,
        label="Revert",
        permission=None,
        help="Happens when the change that takes this one back is applied.",
    )
    def revert(self, ask: Ask) -> None:
        """Its rows have been given their former values by another change set."""


class ChangeSetRow(models.Model):
    """One row's change as it was shown. ``before`` is None for a new row.

    ``seen_version`` is the newest version of the row that was recorded then, whatever its
    date; a newer one means that somebody changed the row since.
    """

    change_set = models.ForeignKey(ChangeSet, models.PROTECT, related_name="rows", db_index=False)
    position = models.PositiveIntegerField()
    kind = models.CharField(max_length=30, choices=[(each, each) for each in Kind])
    key = models.CharField(max_length=120)
    label = models.CharField(max_length=160)
    before = models.JSONField(null=True)
    after = models.JSONField()
    fields = models.JSONField("changed fields", default=list)
    note = models.TextField(blank=True)
    seen_version = models.BigIntegerField(default=0)

    class Meta:
        default_permissions = ()
        ordering: ClassVar = ["position"]
        triggers = append_only()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["change_set", "kind", "key"], name="changesetrow_once")
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def is_new(self) -> bool:
        return self.before is None
