from __future__ import annotations

from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.db import models

from domain.common.actors import staff_id
from domain.common.protect import append_only
from domain.common.workflow import Ask, StateField, Stateful, condition, stateful, step
from domain.ledger.models import Transfer
from domain.payouts.models.records import quarter_open


class QuarterState(models.TextChoices):
    OPEN = "open", "Open"
    LOCKED = "locked", "Locked"
    FILED = "filed", "Filed"
    CORRECTED = "corrected", "Corrected"


@condition("The quarter is over")
def is_over(quarter: TaxQuarter, ask: Ask) -> str:
    from domain.payouts.queries.days import tax_day  # noqa: PLC0415  # queries rest on the models

    if tax_day(ask.at) > quarter.ends_on:
        return ""
    return f"It ends on {quarter.ends_on:%d %b %Y}."


@condition("The register is the ledger's")
def agrees_with_the_ledger(quarter: TaxQuarter, ask: Ask) -> str:
    from domain.payouts.queries.register import disagreement  # noqa: PLC0415  # as above

    return disagreement(quarter.year, quarter.number)


@condition("All deposited")
def all_deposited(quarter: TaxQuarter, ask: Ask) -> str:
    from domain.payouts.queries.challans import undeposited_sentence  # noqa: PLC0415  # as above

    return undeposited_sentence(quarter.year, quarter.number)


@condition("Acknowledgement number")
def has_acknowledgement(_quarter: TaxQuarter, ask: Ask) -> str:
    return "" if str(ask.params.get("acknowledgement", "")).strip() else "Give its number."


@condition("Another person")
def not_the_locker(quarter: TaxQuarter, ask: Ask) -> str:
    if staff_id(ask.actor) == quarter.locked_by_id:
        return "You locked the quarter; somebody else has to file it."
    return ""


@stateful
class TaxQuarter(Stateful):
    """OPEN ─lock→ LOCKED ─file→ FILED ─correct→ CORRECTED, which may be corrected again.

    Nothing is dated into a quarter that is not open: neither into the register nor into the
    ledger's account of tax withheld. The database itself refuses.
    """

    year = models.PositiveSmallIntegerField("tax year begins in")
    number = models.PositiveSmallIntegerField()
    starts_on = models.DateField()
    ends_on = models.DateField()
    locked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    locked_at = models.DateTimeField(null=True)
    acknowledgement = models.CharField(max_length=40, blank=True)
    filed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    filed_at = models.DateTimeField(null=True)
    state = StateField(choices=QuarterState.choices, default=QuarterState.OPEN)

    class Meta:
        default_permissions = ("view",)
        verbose_name = "tax quarter"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["year", "number"], name="tax_quarter_once"),
            models.CheckConstraint(
                name="tax_quarter_number", condition=models.Q(number__range=(1, 4))
            ),
            models.CheckConstraint(
                name="tax_quarter_filed_with_number",
                condition=~models.Q(state__in=["filed", "corrected"])
                | ~models.Q(acknowledgement=""),
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["starts_on", "ends_on"], name="tax_quarter_days")]

    def __str__(self) -> str:
        return f"Q{self.number} of {self.year}-{(self.year + 1) % 100:02d}"

    @step(
        state,
        source=[QuarterState.OPEN],
        target=QuarterState.LOCKED,
        label="Lock",
        permission="domain.lock_tax_quarter",
        requires=[is_over, agrees_with_the_ledger],
        help="Nothing more is dated into the quarter.",
        danger=True,
    )
    def lock(self, ask: Ask) -> None:
        self.locked_by_id = staff_id(ask.actor)
        self.locked_at = ask.at

    @step(
        state,
        source=[QuarterState.LOCKED],
        target=QuarterState.FILED,
        label="Filed",
        permission="domain.file_tax_quarter",
        requires=[not_the_locker, agrees_with_the_ledger, all_deposited, has_acknowledgement],
        help="The statement was filed; its bytes are kept as filed.",
    )
    def file(self, ask: Ask) -> None:
        self._filed(ask)

    @step(
        state,
        source=[QuarterState.FILED, QuarterState.CORRECTED],
        target=QuarterState.CORRECTED,
        label="Corrected",
        permission="domain.file_tax_quarter",
        requires=[agrees_with_the_ledger, has_acknowledgement],
        needs_reason=True,
        help="A correction was filed, with the PANs known now; both statements are kept.",
    )
    def correct(self, ask: Ask) -> None:
        self._filed(ask)

    def _filed(self, ask: Ask) -> None:
        self.acknowledgement = str(ask.params["acknowledgement"]).strip()[:40]
        self.filed_by_id = staff_id(ask.actor)
        self.filed_at = ask.at


class TaxStatement(models.Model):
    """A statement as it was filed, to the byte."""

    quarter = models.ForeignKey(TaxQuarter, models.PROTECT, related_name="statements")
    form = models.CharField(max_length=10)
    kind = models.CharField(max_length=12, choices=[("original", "Original"), ("c", "Correction")])
    file_name = models.CharField(max_length=80)
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    acknowledgement = models.CharField(max_length=40)
    made_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        triggers = append_only()
        ordering: ClassVar = ["-made_at", "-id"]

    def __str__(self) -> str:
        return f"Form {self.form}, {self.acknowledgement}"


# The ledger knows nothing of tax quarters; its account of tax withheld still keeps to them.
quarter_open(
    "tax_quarter_open",
    "effective_on",
    condition=pgtrigger.Q(new__debit_code="2100") | pgtrigger.Q(new__credit_code="2100"),
).register(Transfer)  # type: ignore[arg-type]  # it takes classes; its annotation says instances
