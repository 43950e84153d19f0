"""Sums of the register of tax withheld, and whether the ledger says the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Sum

from domain.common.money import show
from domain.ledger.models import Transfer
from domain.payouts.models import TaxRecord
from domain.payouts.rules.calendar import Quarter
from domain.payouts.rules.tax import YearSoFar

# A deposit pays off what was withheld; it withholds nothing.
DEPOSITED = "tds.deposited"


def year_so_far(member_id: int, year: int) -> YearSoFar:
    """What a tax year has brought a member until now, taken-back deductions taken out."""
    return years_so_far([member_id], year)[member_id]


def years_so_far(member_ids: Sequence[int], year: int) -> dict[int, YearSoFar]:
    """What a tax year has brought each of many until now, in one query."""
    rows = TaxRecord.objects.filter(member__in=member_ids, year=year)
    summed = rows.values_list("member_id", "rate_bps").annotate(
        Sum("base_cents"), Sum("liable_cents"), Sum("tds_cents")
    )
    found = dict.fromkeys(member_ids, YearSoFar())
    for member, rate, base, liable, tds in summed.order_by():
        year_of = found[member]
        found[member] = YearSoFar(
            year_of.paid_cents + base,
            year_of.liable_cents + liable,
            year_of.tds_cents + tds,
            {**year_of.liable_at, rate: liable},
        )
    return found


@dataclass(frozen=True, slots=True)
class QuarterSums:
    """A quarter's tax in paise, by the register and by the ledger's account of it."""

    register_cents: int
    ledger_cents: int

    @property
    def differ_cents(self) -> int:
        return self.register_cents - self.ledger_cents


def quarter_sums(year: int, number: int) -> QuarterSums:
    quarter = Quarter(year, number)
    days = (quarter.starts_on, quarter.ends_on)
    rows = TaxRecord.objects.filter(deducted_on__range=days)
    moved = Transfer.objects.filter(effective_on__range=days).exclude(entry__event=DEPOSITED)
    credit = moved.filter(credit_code="2100").aggregate(total=Sum("amount_cents"))["total"] or 0
    debit = moved.filter(debit_code="2100").aggregate(total=Sum("amount_cents"))["total"] or 0
    return QuarterSums(rows.aggregate(total=Sum("tds_cents"))["total"] or 0, credit - debit)


def disagreement(year: int, number: int) -> str:
    """Say how the register and the ledger differ over a quarter; nothing when they agree."""
    sums = quarter_sums(year, number)
    if not sums.differ_cents:
        return ""
    register, ledger = show(sums.register_cents, "INR"), show(sums.ledger_cents, "INR")
    return f"The register has {register} withheld in the quarter, the ledger {ledger}."
