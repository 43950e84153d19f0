"""Whether tax that was withheld can still be taken back: rule Y8.

:source: docs/policies/payouts.md, "Money that comes back"
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from domain.ledger.models import LedgerPeriod
from domain.payouts.models import (
    ChallanAllocation,
    Payout,
    QuarterState,
    TaxQuarter,
    TaxRecord,
)
from domain.payouts.queries.days import tax_day
from domain.payouts.rules.calendar import quarter_of


def return_day(payout: Payout, at: datetime) -> date:
    """The day of a reversal: today, at the latest the last day of the deduction's own quarter."""
    assert payout.deducted_on is not None  # only what was approved comes back
    return day_back(payout.deducted_on, at)


def day_back(deducted_on: date, at: datetime) -> date:
    return min(tax_day(at), quarter_of(deducted_on).ends_on)


def why_tax_stands(payout: Payout, at: datetime) -> str:
    """Say why a payout's tax cannot be taken back; nothing when it can."""
    assert payout.deducted_on is not None  # only what was approved comes back
    in_challan = payout.tax_records.filter(allocations__live=True).exists()
    return _why(payout.deducted_on, at, in_challan=in_challan)


def why_these_stand(rows: Sequence[TaxRecord], at: datetime) -> str:
    """Say why rows of one deduction cannot be taken back; nothing when they can."""
    of_rows = ChallanAllocation.objects.filter(record__in=rows, live=True)
    return _why(rows[0].deducted_on, at, in_challan=of_rows.exists())


def _why(deducted_on: date, at: datetime, *, in_challan: bool) -> str:
    quarter = quarter_of(deducted_on)
    closed = TaxQuarter.objects.filter(year=quarter.year, number=quarter.number)
    if closed.exclude(state=QuarterState.OPEN).exists():
        return f"The tax is in {quarter}, which is locked."
    if in_challan:
        return "The tax is in a challan that was deposited or drafted."
    day = day_back(deducted_on, at)
    if LedgerPeriod.objects.filter(month=day.replace(day=1)).exists():
        return f"{day:%B %Y}, to which the tax belongs, is locked in the ledger."
    return ""
