"""What of the tax withheld is deposited, and what is late."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Exists, OuterRef, QuerySet, Sum
from django.db.models.functions import TruncMonth

from domain.common.money import show
from domain.payouts.models import ChallanAllocation, ChallanState, TaxRecord
from domain.payouts.rules.calendar import Quarter, deposit_by


def standing_records() -> QuerySet[TaxRecord]:
    """Deductions of more than nothing that were not taken back."""
    return TaxRecord.objects.filter(reverses=None, reversed_by=None, tds_cents__gt=0)


def undeposited(*, also_drafted: bool = True) -> QuerySet[TaxRecord]:
    """Deductions that are in no challan; or, if asked, in none that was confirmed."""
    covering = ChallanAllocation.objects.filter(record=OuterRef("pk"), live=True)
    if not also_drafted:
        covering = covering.filter(challan__state=ChallanState.DEPOSITED)
    return standing_records().filter(~Exists(covering))


def undeposited_sentence(year: int, number: int) -> str:
    """Say how much tax of a quarter is not deposited; nothing when all of it is."""
    quarter = Quarter(year, number)
    rows = undeposited(also_drafted=False)
    rows = rows.filter(deducted_on__range=(quarter.starts_on, quarter.ends_on))
    total = rows.aggregate(total=Sum("tds_cents"))["total"] or 0
    return f"{show(total, 'INR')} of it is not deposited yet." if total else ""


@dataclass(frozen=True, slots=True)
class Owing:
    """Tax of one month under one payment code that no challan covers."""

    month: date
    section: str
    payment_code: str
    deductions: int
    tds_cents: int

    @property
    def due_by(self) -> date:
        return deposit_by(self.month)


def alarm_days(month: date) -> list[date]:
    """When to speak up about a month's tax: from the next month's first day to the day after
    it was due; for most months the 1st, 5th, 7th and 8th.
    """
    due = deposit_by(month)
    after = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    return [after, due - timedelta(days=2), due, due + timedelta(days=1)]


def late_or_due(today: date) -> dict[date, int]:
    """The tax of months that are over and that no confirmed challan covers, in paise."""
    rows = undeposited(also_drafted=False).filter(deducted_on__lt=today.replace(day=1))
    by_month = rows.annotate(month=TruncMonth("deducted_on")).values("month")
    summed = by_month.annotate(tds=Sum("tds_cents")).order_by("month")
    return {each["month"]: each["tds"] for each in summed}


def owing() -> list[Owing]:
    """What has to be deposited, the oldest month first."""
    rows = undeposited().annotate(month=TruncMonth("deducted_on"))
    rows_by = rows.values("month", "section", "payment_code")
    summed = rows_by.annotate(deductions=Count("pk"), tds=Sum("tds_cents")).order_by("month")
    return [
        Owing(each["month"], each["section"], each["payment_code"], each["deductions"], each["tds"])
        for each in summed
    ]
