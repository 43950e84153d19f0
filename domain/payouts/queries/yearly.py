"""A tax year member by member: totals, and what the published law would have withheld."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from domain.compliance.queries import tax_identities_at
from domain.network.models import Member
from domain.payouts.models import TaxRecord
from domain.payouts.rules.calendar import Quarter
from domain.payouts.rules.law import NO_PAN_RATE_BPS, law_on
from domain.payouts.rules.tax import TaxRules, YearSoFar, assess

type DayCredit = tuple[date, int]

# What credits a member with an earning, or undoes one. What is withheld at the credit itself
# never reaches an account of the member; the register has it.
EARNINGS = (
    "referral.credited",
    "referral.clawed_back",
    "pair.credited",
    "pair.credited_deducted",
    "pair.taken_back",
    "pair.given_again",
    "recoverable.offset",
    "tds.taken_back",
)
CREDITS = """
WITH moved AS (
    SELECT a.customer_id AS member, t.effective_on AS day, t.amount_cents AS cents
    FROM domain_entry e JOIN domain_transfer t ON t.entry_id = e.id
    JOIN domain_account a ON a.id = t.credit_id AND a.customer_id IS NOT NULL
    WHERE e.event = ANY(%(events)s) AND t.effective_on BETWEEN %(since)s AND %(until)s
    UNION ALL
    SELECT a.customer_id, t.effective_on, -t.amount_cents
    FROM domain_entry e JOIN domain_transfer t ON t.entry_id = e.id
    JOIN domain_account a ON a.id = t.debit_id AND a.customer_id IS NOT NULL
    WHERE e.event = ANY(%(events)s) AND t.effective_on BETWEEN %(since)s AND %(until)s
    UNION ALL
    SELECT member_id, deducted_on, tds_cents FROM domain_taxrecord
    WHERE payout_id IS NULL AND deducted_on BETWEEN %(since)s AND %(until)s
)
SELECT member, day, sum(cents) FROM moved
WHERE %(member)s::bigint IS NULL OR member = %(member)s
GROUP BY member, day ORDER BY member, day
"""


@dataclass(frozen=True, slots=True)
class MemberYear:
    """A member's tax year in paise. By the law the credit counts, whether or not it was paid out;
    ``law_cents`` is a comparison, not advice.
    """

    member: Member
    pan_status: str
    credited_cents: int
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
        return self.threshold_cents * 8 // 10 <= self.credited_cents <= self.threshold_cents


def standing_rows(year: int) -> QuerySet[TaxRecord]:
    """The rows of a year without those taken back and those that took them back."""
    return TaxRecord.objects.filter(year=year, reverses=None, reversed_by=None)


def member_years(year: int, member_id: int | None = None) -> list[MemberYear]:
    """Everybody's totals of a tax year, the largest gap first."""
    rows = standing_rows(year).order_by("member_id", "pk")
    if member_id is not None:
        rows = rows.filter(member=member_id)
    registered = {pk: list(group) for pk, group in groupby(rows, lambda r: r.member_id)}
    credited = credits_by_day(year, member_id)
    pks = sorted({*registered, *credited})
    members = Member.objects.select_related("customer").in_bulk(pks)
    unknown = [pk for pk in pks if pk not in registered]
    identities = tax_identities_at(unknown, Quarter(year, 4).ends_on)
    found = [
        _summed(
            members[pk],
            registered.get(pk, []),
            credited.get(pk, []),
            identities[pk].status if pk in identities else registered[pk][-1].pan_status,
        )
        for pk in pks
    ]
    return sorted(found, key=lambda each: (-each.gap_cents, -each.credited_cents, each.member.pk))


def _summed(
    member: Member, rows: list[TaxRecord], credited: list[DayCredit], pan_status: str
) -> MemberYear:
    last_day = max([*(row.deducted_on for row in rows), *(day for day, _ in credited)])
    return MemberYear(
        member=member,
        pan_status=pan_status,
        credited_cents=sum(cents for _, cents in credited),
        paid_cents=sum(row.base_cents for row in rows),
        liable_cents=sum(row.liable_cents for row in rows),
        tds_cents=sum(row.tds_cents for row in rows),
        shortfall_cents=sum(row.shortfall_cents for row in rows),
        law_cents=by_the_law(credited, pan_status),
        threshold_cents=law_on(last_day).threshold_cents,
    )


def credits_by_day(year: int, member_id: int | None = None) -> dict[int, list[DayCredit]]:
    """What each member was credited on each day of a tax year, before tax, less what was undone."""
    asked: dict[str, Any] = {
        "events": list(EARNINGS),
        "since": Quarter(year, 1).starts_on,
        "until": Quarter(year, 4).ends_on,
        "member": member_id,
    }
    found: dict[int, list[DayCredit]] = {}
    with connection.cursor() as cursor:
        cursor.execute(CREDITS, asked)
        for member, day, cents in cursor.fetchall():
            found.setdefault(member, []).append((day, int(cents)))
    return found


def by_the_law(credited: list[DayCredit], pan_status: str) -> int:
    """Tax at each credit by the rate and threshold of its day, over the whole year once crossed.

    What was undone lowers the year's sum; tax on it is not given back here.
    """
    year = YearSoFar()
    for day, cents in sorted(credited):
        if cents <= 0:
            year = replace(year, paid_cents=year.paid_cents + cents)
            continue
        law = law_on(day)
        rules = TaxRules(
            rate_bps=law.rate_bps,
            no_pan_rate_bps=NO_PAN_RATE_BPS,
            ceiling_scope="NONE",
            threshold_cents=law.threshold_cents,
        )
        tax = assess(cents, rules, year, pan=pan_status)
        at_rate = year.liable_at.get(tax.rate_bps, 0) + tax.liable_cents
        year = YearSoFar(
            year.paid_cents + cents,
            year.liable_cents + tax.liable_cents,
            year.tds_cents + tax.tds_cents,
            {**year.liable_at, tax.rate_bps: at_rate},
        )
    return year.tds_cents
