"""Tax of earnings at their credit, where `tds.timing` says so, and what is taken back of it.

:source: docs/policies/tax.md, "At the credit"
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db.models import Q, QuerySet

from domain.common.transactions import in_transaction
from domain.compliance.queries import TaxIdentityOn
from domain.payouts.models import TaxRecord
from domain.payouts.operations.register import hold_quarter_open, negative, records_of
from domain.payouts.queries.bases import Basis, bases_of, tax_rules
from domain.payouts.queries.days import tax_day
from domain.payouts.queries.register import year_so_far
from domain.payouts.queries.returning import day_back, why_these_stand
from domain.payouts.rules.tax import Certificate, Tax, YearSoFar, assess


@dataclass(frozen=True, slots=True)
class Credit:
    """An earning as it is credited, in paise.

    ``bears_cents`` of it can bear tax: what settles a debt was given to the member before.
    """

    member_id: int
    source: str
    base_cents: int
    bears_cents: int


@in_transaction
def withhold_at_credit(*, credits_: Sequence[Credit], at: datetime) -> dict[int, int]:
    """Enter the tax of these credits, one a member; returns what is withheld of each.

    The caller holds the members' tax locks. Nothing withheld is a row too.
    """
    if not credits_:
        return {}
    hold_quarter_open(day=tax_day(at), at=at)
    bases = bases_of([each.member_id for each in credits_], at)
    rows: list[TaxRecord] = []
    withheld = {}
    for each in credits_:
        basis = bases[each.member_id]
        tax = basis.assess(each.base_cents, bears_cents=each.bears_cents)
        whose = {"member_id": each.member_id, "source": each.source}
        rows += records_of(whose, each.base_cents, tax, basis, at)
        withheld[each.member_id] = tax.tds_cents
    TaxRecord.objects.bulk_create(rows, batch_size=1_000)
    return withheld


@dataclass(frozen=True, slots=True)
class GivenBack:
    """Tax of a credit that was undone, and the day to which it belongs."""

    tds_cents: int
    on: date
    record_id: int


@in_transaction
def take_back_at_credit(
    *, source: str, member_id: int, cents: int, at: datetime
) -> GivenBack | None:
    """Enter that ``cents`` less were credited; None when the tax stands, or never was at credit.

    The rows are taken back whole, and what is left of the credit is entered anew. The caller
    holds the member's tax lock.
    """
    rows = list(standing_at_credit(source, member_id).select_related("certificate"))
    base = sum(row.base_cents for row in rows)
    taken = min(cents, base)
    if taken <= 0 or why_these_stand(rows, at):
        return None
    on = day_back(rows[0].deducted_on, at)
    kept = _kept_of(rows, base - taken)
    back = sum(row.tds_cents for row in rows) - kept.tax.tds_cents
    if back < 0:
        # Rounding over the year would ask for a rupee more of less money: it stays as it was.
        return None
    hold_quarter_open(day=on, at=at)
    negatives = [negative(row, on, at) for row in rows]
    if base > taken:
        number = _versions(source, member_id)
        whose = {"member_id": member_id, "source": f"{source}:{number}"}
        again = records_of(whose, base - taken, kept.tax, replace(kept.basis, on=on), at)
        TaxRecord.objects.bulk_create(again)
    return GivenBack(back, on, negatives[0].pk)


def standing_at_credit(source: str, member_id: int) -> QuerySet[TaxRecord]:
    """The rows of a credit as it stands now, after whatever was taken back of it."""
    rows = TaxRecord.objects.filter(member=member_id, payout=None, reverses=None, reversed_by=None)
    return rows.filter(Q(source=source) | Q(source__startswith=f"{source}:")).order_by("pk")


def _versions(source: str, member_id: int) -> int:
    rows = TaxRecord.objects.filter(member=member_id, payout=None, part=1, reverses=None)
    return rows.filter(Q(source=source) | Q(source__startswith=f"{source}:")).count()


@dataclass(frozen=True, slots=True)
class _Kept:
    """The tax on what is left of a credit, by the rules and the PAN of its day."""

    tax: Tax
    basis: Basis


def _kept_of(rows: Sequence[TaxRecord], cents: int) -> _Kept:
    first = rows[0]
    year = _without(year_so_far(first.member_id, first.year), rows)
    lower = next((row for row in rows if row.certificate is not None), None)
    certificate = None
    if lower is not None and lower.certificate is not None:
        number, rate = lower.certificate.number, lower.certificate.rate_bps
        certificate = Certificate(number, rate, lower.liable_cents)
    rules = tax_rules(first.rules)
    tax = assess(cents, rules, year, pan=first.pan_status, certificate=certificate)
    identity = TaxIdentityOn(first.pan, first.pan_status)
    held = lower.certificate if lower else None
    return _Kept(tax, Basis(first.deducted_on, first.rules, rules, year, identity, held, 0))


def _without(year: YearSoFar, rows: Sequence[TaxRecord]) -> YearSoFar:
    liable = dict(year.liable_at)
    for row in rows:
        liable[row.rate_bps] = liable.get(row.rate_bps, 0) - row.liable_cents
    return YearSoFar(
        year.paid_cents - sum(row.base_cents for row in rows),
        year.liable_cents - sum(row.liable_cents for row in rows),
        year.tds_cents - sum(row.tds_cents for row in rows),
        liable,
    )
