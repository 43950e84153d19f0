"""The register of tax withheld: append-only; a deduction taken back is a row of its own.

:source: docs/policies/tax.md
"""

from __future__ import annotations

from typing import ClassVar

import pgtrigger
from django.db import models

from domain.common.money import show
from domain.common.protect import append_only
from domain.payouts.models.certificates import LowerDeductionCertificate
from domain.payouts.models.payouts import Payout

# A shared lock on the quarter: who locks it waits for us, or we see that it is locked.
QUARTER_OPEN = """
SELECT state INTO found FROM domain_taxquarter
WHERE NEW.{day} BETWEEN starts_on AND ends_on FOR SHARE;
IF found <> 'open' THEN
    RAISE EXCEPTION 'the tax quarter of % is locked', NEW.{day}
        USING ERRCODE = 'check_violation', CONSTRAINT = 'tax_quarter_open';
END IF;
RETURN NEW;
"""


def quarter_open(name: str, day: str, *, condition: pgtrigger.Q | None = None) -> pgtrigger.Trigger:
    """Refuse rows whose ``day`` lies in a quarter that is not open."""
    return pgtrigger.Trigger(
        name=name,
        operation=pgtrigger.Insert,
        when=pgtrigger.Before,
        declare=[("found", "text")],
        func=QUARTER_OPEN.format(day=day),
        condition=condition,
    )


class TaxRecord(models.Model):
    """One line of the register: what a statement says of one deduction at one rate.

    Amounts are paise; a row that takes another back has its exact negatives. Nothing withheld
    is a row too: below the threshold, or taxed already when it was credited.
    """

    member = models.ForeignKey("Member", models.PROTECT, related_name="tax_records", db_index=False)
    payout = models.ForeignKey(Payout, models.PROTECT, null=True, related_name="tax_records")
    source = models.CharField("credit that was taxed", max_length=80, blank=True)
    part = models.PositiveSmallIntegerField(default=1)
    reverses = models.OneToOneField("self", models.PROTECT, null=True, related_name="reversed_by")
    deducted_on = models.DateField()
    year = models.PositiveSmallIntegerField("tax year begins in")
    quarter = models.PositiveSmallIntegerField()
    statute = models.CharField(max_length=10)
    section = models.CharField(max_length=30)
    payment_code = models.CharField(max_length=10)
    base_cents = models.BigIntegerField("amount paid or credited")
    liable_cents = models.BigIntegerField()
    rate_bps = models.PositiveIntegerField()
    tds_cents = models.BigIntegerField()
    shortfall_cents = models.BigIntegerField(default=0)
    capped = models.BooleanField(default=False)
    remark = models.CharField(max_length=2, blank=True)
    certificate = models.ForeignKey(
        LowerDeductionCertificate, models.PROTECT, null=True, related_name="records"
    )
    pan = models.CharField(max_length=10, blank=True)
    pan_status = models.CharField(max_length=10)
    prior_cents = models.BigIntegerField("paid earlier in the year")
    prior_liable_cents = models.BigIntegerField()
    rules = models.JSONField("settings in force", default=dict)
    recorded_at = models.DateTimeField()

    class Meta:
        default_permissions = ("view",)
        verbose_name = "tax record"
        triggers: ClassVar = [
            *append_only(),
            quarter_open("quarter_open", "deducted_on"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["payout", "part"],
                name="tax_record_once_per_payout",
                condition=models.Q(payout__isnull=False, reverses=None),
            ),
            models.UniqueConstraint(
                fields=["source", "member", "part"],
                name="tax_record_once_per_credit",
                condition=models.Q(payout=None, reverses=None),
            ),
            models.CheckConstraint(
                name="tax_record_sign",
                condition=models.Q(
                    reverses=None, base_cents__gte=0, liable_cents__gte=0, tds_cents__gte=0
                )
                | models.Q(
                    reverses__isnull=False,
                    base_cents__lte=0,
                    liable_cents__lte=0,
                    tds_cents__lte=0,
                ),
            ),
            models.CheckConstraint(
                name="tax_record_has_a_source",
                condition=models.Q(payout__isnull=False) | ~models.Q(source=""),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["year", "quarter", "id"], name="tax_record_quarter"),
            models.Index(fields=["member", "year", "id"], name="tax_record_member_year"),
            models.Index(fields=["deducted_on", "id"], name="tax_record_day"),
        ]

    def __str__(self) -> str:
        did = "taken back" if self.reverses_id else "withheld"
        return f"{show(abs(self.tds_cents), 'INR')} {did} on {self.deducted_on:%d %b %Y}"
