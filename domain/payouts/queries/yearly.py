"""A tax year member by member: totals, and what the published law would have withheld."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import groupby

from django.db.models import QuerySet

from domain.network.models import Member
from domain.payouts.models import TaxRecord
from domain.payouts.rules.law import NO_PAN_RATE_BPS, law_on
from domain.payouts.rules.tax import TaxRules, YearSoFar, assess


@dataclass(frozen=True, slots=True)
class MemberYear:
    """A member's tax year in paise; ``law_cents`` is a comparison, not advice."""

    member: Member
    pan_status: str
    paid_cents: int
    liable_cents: int
    tds_cents: int
    shortfall_cents: int
    law_cents: int
    threshold_cents: int

    @property
    def gap_cents(self) -> int:
        """What the law would have withheld beyond what was."""
        return self.law_cents - self.tds_cents

    @property
    def near_threshold(self) -> bool:
        return self.threshold_cents * 8 // 10 <= self.paid_cents <= self.threshold_cents


def standing_rows(year: int) -> QuerySet[TaxRecord]:
    """The rows of a year without those taken back and those that took them back."""
    return TaxRecord.objects.filter(year=year, reverses=None, reversed_by=None)


def member_years(year: int, member_id: int | None = None) -> list[MemberYear]:
    """Everybody's totals of a tax year, the largest gap first."""
    rows = standing_rows(year).select_related("member__customer").order_by("member_id", "pk")
    if member_id is not None:
        rows = rows.filter(member=member_id)
    found = [_summed(list(group)) for _, group in groupby(rows.iterator(), lambda r: r.member_id)]
    return sorted(found, key=lambda each: (-each.gap_cents, -each.paid_cents, each.member.pk))


def _summed(rows: list[TaxRecord]) -> MemberYear:
    last = rows[-1]
    return MemberYear(
        member=last.member,
        pan_status=last.pan_status,
        paid_cents=sum(row.base_cents for row in rows),
        liable_cents=sum(row.liable_cents for row in rows),
        tds_cents=sum(row.tds_cents for row in rows),
        shortfall_cents=sum(row.shortfall_cents for row in rows),
        law_cents=by_the_law(rows),
        threshold_cents=law_on(last.deducted_on).threshold_cents,
    )


def by_the_law(rows: list[TaxRecord]) -> int:
    """Tax by the rate and threshold in force on each day, over the whole year once crossed."""
    paid = tds = 0
    liable = Counter[int]()
    for _, group in groupby(rows, lambda row: (row.payout_id, row.source)):
        parts = list(group)
        law = law_on(parts[0].deducted_on)
        rules = TaxRules(
            rate_bps=law.rate_bps,
            no_pan_rate_bps=NO_PAN_RATE_BPS,
            ceiling_scope="NONE",
            threshold_cents=law.threshold_cents,
        )
        base = sum(part.base_cents for part in parts)
        year = YearSoFar(paid, sum(liable.values()), tds, dict(liable))
        tax = assess(base, rules, year, pan=parts[0].pan_status)
        paid, tds = paid + base, tds + tax.tds_cents
        liable[tax.rate_bps] += tax.liable_cents
    return tds
