from __future__ import annotations

from datetime import date
from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from domain.common.actors import staff_id
from domain.common.workflow import Ask, StateField, Stateful, condition, stateful, step
from domain.common.workflow.four_eyes import another_person, four_eyes
from domain.compliance.days import day_of
from domain.compliance.rules import PanStatus, mask_pan


class IdentityState(models.TextChoices):
    RECORDED = "recorded", "To be verified"
    VERIFIED = "verified", "Verified"
    REJECTED = "rejected", "Rejected"
    ENDED = "ended", "No longer valid"


@condition("Well formed")
def well_formed(identity: TaxIdentity, ask: Ask) -> str:
    if identity.status == PanStatus.VALID:
        return ""
    return "A PAN has five letters, four digits and a letter; this one does not."


not_the_recorder = another_person(
    "You recorded this number; somebody else has to verify it.", than="recorded_by"
)


@condition("Day")
def end_makes_sense(identity: TaxIdentity, ask: Ask) -> str:
    ended = ask.params.get("ended_on")
    if ended and not identity.valid_from <= date.fromisoformat(ended) <= day_of(ask.at):
        return f"It ends on a day from {identity.valid_from:%d %b %Y} up to today."
    return ""


@stateful
class TaxIdentity(Stateful):
    """A PAN somebody gave, from a day on. History is more rows, never a changed one.

    RECORDED ─verify→ VERIFIED ─end→ ENDED; RECORDED ─reject→ REJECTED. The tax office keeps
    numbers beside amounts, so an erasure leaves them.
    """

    customer = models.ForeignKey(
        "Customer", models.PROTECT, related_name="tax_identities", db_index=False
    )
    pan = models.CharField("PAN", max_length=20)
    status = models.CharField(
        max_length=8, choices=[(each.value, each.value.title()) for each in PanStatus]
    )
    holder = models.CharField("kind of holder", max_length=30, blank=True)
    warnings = ArrayField(models.CharField(max_length=30), default=list, blank=True)
    valid_from = models.DateField("counts from")
    ended_on = models.DateField("counts no longer from", null=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    verified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    verified_at = models.DateTimeField(null=True)
    decision = models.TextField(blank=True)
    state = StateField(choices=IdentityState.choices, default=IdentityState.RECORDED)

    class Meta:
        default_permissions = ("view",)
        verbose_name = "tax identity"
        verbose_name_plural = "tax identities"
        constraints: ClassVar = [
            four_eyes(
                "tax_identity",
                unless=models.Q(state="recorded"),
                asked="recorded_by",
                decided="verified_by",
            ),
            models.CheckConstraint(
                name="tax_identity_verified_is_valid",
                condition=~models.Q(state__in=["verified", "ended"]) | models.Q(status="VALID"),
            ),
            models.CheckConstraint(
                name="tax_identity_ended_has_a_day",
                condition=~models.Q(state="ended") | models.Q(ended_on__gte=models.F("valid_from")),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["pan"], name="tax_identity_pan"),
            models.Index(fields=["customer", "-valid_from", "-id"], name="tax_identity_history"),
            models.Index(
                fields=["recorded_at"],
                name="tax_identity_waiting",
                condition=models.Q(state="recorded"),
            ),
        ]
        triggers: ClassVar = [
            pgtrigger.ReadOnly(
                name="final",
                fields=["customer", "pan", "status", "holder", "valid_from", "recorded_by"],
            ),
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"PAN {mask_pan(self.pan)}"

    @step(
        state,
        source=[IdentityState.RECORDED],
        target=IdentityState.VERIFIED,
        label="Verify",
        permission="domain.verify_pan",
        requires=[well_formed, not_the_recorder],
    )
    def verify(self, ask: Ask) -> None:
        self._decided(ask)

    @step(
        state,
        source=[IdentityState.RECORDED],
        target=IdentityState.REJECTED,
        label="Reject",
        permission="domain.verify_pan",
        requires=[not_the_recorder],
        needs_reason=True,
        danger=True,
    )
    def reject(self, ask: Ask) -> None:
        self._decided(ask)

    @step(
        state,
        source=[IdentityState.VERIFIED],
        target=IdentityState.ENDED,
        label="End",
        permission="domain.verify_pan",
        requires=[end_makes_sense],
        needs_reason=True,
        danger=True,
        help="From that day on no PAN is on file, and tax is withheld at the higher rate.",
    )
    def end(self, ask: Ask) -> None:
        self.ended_on = date.fromisoformat(ask.params["ended_on"])
        self.decision = ask.reason

    def _decided(self, ask: Ask) -> None:
        self.verified_by_id, self.verified_at = staff_id(ask.actor), ask.at
        self.decision = ask.reason
