from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from domain.common.actors import staff_id
from domain.common.money import show
from domain.common.workflow import Ask, StateField, Stateful, condition, stateful, step
from domain.common.workflow.four_eyes import another_person, four_eyes
from domain.payouts.models.records import TaxRecord


class ChallanState(models.TextChoices):
    DRAFTED = "drafted", "Waiting for a second person"
    DEPOSITED = "deposited", "Deposited"
    DISCARDED = "discarded", "Discarded"


not_the_drafter = another_person(
    "You drafted this challan; somebody else has to confirm it.", than="drafted_by"
)


@condition("Its deductions still stand")
def deductions_stand(challan: Challan, ask: Ask) -> str:
    if challan.allocations.filter(record__reversed_by__isnull=False).exists():
        return "A deduction in it was taken back; discard the challan and draft it anew."
    return ""


@stateful
class Challan(Stateful):
    """Tax deposited with the state. DRAFTED ─confirm→ DEPOSITED, by a second person."""

    month = models.DateField("first day of the month of deduction")
    section = models.CharField(max_length=30)
    payment_code = models.CharField(max_length=10)
    tds_cents = models.BigIntegerField()
    interest_cents = models.BigIntegerField(default=0)
    bsr_code = models.CharField("BSR code", max_length=7)
    serial = models.CharField(max_length=5)
    deposited_on = models.DateField()
    drafted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    state = StateField(choices=ChallanState.choices, default=ChallanState.DRAFTED)

    class Meta:
        default_permissions = ("view",)
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["bsr_code", "serial", "deposited_on"],
                name="challan_once",
                condition=~models.Q(state="discarded"),
            ),
            four_eyes(
                "challan",
                unless=~models.Q(state="deposited"),
                asked="drafted_by",
                decided="confirmed_by",
            ),
            models.CheckConstraint(
                name="challan_amounts",
                condition=models.Q(tds_cents__gt=0, interest_cents__gte=0),
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["-deposited_on", "-id"], name="challan_newest")]

    def __str__(self) -> str:
        return f"Challan {self.pk} of {show(self.tds_cents, 'INR')} for {self.month:%B %Y}"

    @step(
        state,
        source=[ChallanState.DRAFTED],
        target=ChallanState.DEPOSITED,
        label="Confirm",
        permission="domain.confirm_challan",
        requires=[not_the_drafter, deductions_stand],
        help="The bank took the tax for the state.",
    )
    def confirm(self, ask: Ask) -> None:
        self.confirmed_by_id = staff_id(ask.actor)

    @step(
        state,
        source=[ChallanState.DRAFTED],
        target=ChallanState.DISCARDED,
        label="Discard",
        permission="domain.draft_challan",
        needs_reason=True,
        danger=True,
    )
    def discard(self, ask: Ask) -> None:
        """The flow frees its deductions."""


class ChallanAllocation(models.Model):
    """A deduction covered by a challan; freed again only while the challan is discarded."""

    challan = models.ForeignKey(Challan, models.PROTECT, related_name="allocations", db_index=False)
    record = models.ForeignKey(TaxRecord, models.PROTECT, related_name="allocations")
    live = models.BooleanField(default=True)

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["record"], name="deduction_in_one_challan", condition=models.Q(live=True)
            ),
            models.UniqueConstraint(fields=["challan", "record"], name="allocation_once"),
        ]

    def __str__(self) -> str:
        return f"{self.record} in {self.challan}"
