"""Writing the register of tax withheld. Rows are only ever added.

:source: docs/policies/tax.md, "The register"
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, connection, transaction

from domain.common.actors import System
from domain.common.errors import Refused, Stale
from domain.common.transactions import in_transaction
from domain.common.workflow import begin
from domain.ledger.operations import account_ids
from domain.ledger.rules import AccountRef
from domain.payouts.models import Payout, QuarterState, TaxQuarter, TaxRecord
from domain.payouts.queries.bases import Basis
from domain.payouts.queries.worksheets import Sheet
from domain.payouts.rules.calendar import Quarter, quarter_of, statute_of
from domain.payouts.rules.law import law_on
from domain.payouts.rules.tax import Tax, TaxPart

REGISTER = System("register of tax")
# In the order of ids, as all guarded accounts are locked.
HOLD_ACCOUNTS = "SELECT id FROM domain_account WHERE id = ANY(%s) ORDER BY id FOR UPDATE"
HOLD_OPEN = "SELECT state FROM domain_taxquarter WHERE id = %s FOR SHARE"


@in_transaction
def hold_tax_year(*, member_id: int, at: datetime) -> int:
    """Let nobody else work out tax of this member until the transaction ends.

    Its lock is the member's hold account, which is always taken first; returns its id.
    """
    return hold_tax_years(member_ids=[member_id], at=at)[member_id]


@in_transaction
def hold_tax_years(*, member_ids: Sequence[int], at: datetime) -> dict[int, int]:
    """Let nobody else work out tax of these members; returns their hold accounts."""
    del at
    refs = {pk: AccountRef("2020", customer_id=pk) for pk in member_ids}
    ids = account_ids(refs.values(), "INR")
    with connection.cursor() as cursor:
        cursor.execute(HOLD_ACCOUNTS, [sorted(ids.values())])
    return {pk: ids[ref] for pk, ref in refs.items()}


@in_transaction
def hold_quarter_open(*, day: date, at: datetime) -> TaxQuarter:
    """Find or begin the quarter of a day and keep it open until the transaction ends.

    :raises Refused: it is locked
    """
    wanted = quarter_of(day)
    quarter = _found(wanted) or _begun(wanted, at)
    with connection.cursor() as cursor:
        cursor.execute(HOLD_OPEN, [quarter.pk])
        (state,) = cursor.fetchone()
    if state != QuarterState.OPEN:
        raise Refused(f"{quarter} is {QuarterState(state).label.lower()}; nothing is dated there.")
    return quarter


def _found(wanted: Quarter) -> TaxQuarter | None:
    return TaxQuarter.objects.filter(year=wanted.year, number=wanted.number).first()


def _begun(wanted: Quarter, at: datetime) -> TaxQuarter:
    quarter = TaxQuarter(
        year=wanted.year,
        number=wanted.number,
        starts_on=wanted.starts_on,
        ends_on=wanted.ends_on,
    )
    try:
        with transaction.atomic():
            return begin(quarter, actor=REGISTER, at=at).subject
    except IntegrityError:
        found = _found(wanted)
        if found is None:
            raise
        return found


@in_transaction
def record_deduction(*, payout_id: int, sheet: Sheet, at: datetime) -> list[TaxRecord]:
    """Enter a payout's tax, one row for each rate. The caller holds the member's tax lock."""
    payout = Payout.objects.get(pk=payout_id)
    hold_quarter_open(day=sheet.on, at=at)
    whose = {"payout_id": payout_id, "member_id": payout.member_id}
    rows = records_of(whose, sheet.figures.taxable_cents, sheet.figures.tax, sheet, at)
    return TaxRecord.objects.bulk_create(rows)


def records_of(
    whose: Mapping[str, Any], base_cents: int, tax: Tax, basis: Basis, at: datetime
) -> list[TaxRecord]:
    """The rows of one deduction, one for each rate, not saved yet."""
    bases = shared_out(base_cents, tax.parts)
    last = len(bases)
    return [
        TaxRecord(
            **whose,
            part=number,
            base_cents=base,
            shortfall_cents=tax.shortfall_cents if number == last else 0,
            capped=tax.capped,
            **values_of(part, basis, at),
        )
        for number, (base, part) in enumerate(zip(bases, tax.parts, strict=True), start=1)
    ]


def shared_out(taxable_cents: int, parts: tuple[TaxPart, ...]) -> list[int]:
    """Share the amount paid over the parts: each its liable sum, the last what is left."""
    left, bases = taxable_cents, []
    for part in parts[:-1]:
        taken = min(part.liable_cents, left)
        bases.append(taken)
        left -= taken
    return [*bases, left]


def values_of(part: TaxPart, basis: Basis, at: datetime) -> dict[str, Any]:
    """What a row says beside its base: the law, the rate and its reason, the PAN of the day."""
    quarter, law = quarter_of(basis.on), law_on(basis.on)
    return {
        "deducted_on": basis.on,
        "year": quarter.year,
        "quarter": quarter.number,
        "statute": statute_of(basis.on),
        "section": law.section,
        "payment_code": law.payment_code,
        "liable_cents": part.liable_cents,
        "rate_bps": part.rate_bps,
        "tds_cents": part.tds_cents,
        "remark": part.remark,
        "certificate": basis.certificate if part.certificate else None,
        "pan": basis.identity.pan[:10],
        "pan_status": basis.identity.status,
        "prior_cents": basis.year.paid_cents,
        "prior_liable_cents": basis.year.liable_cents,
        "rules": basis.settings,
        "recorded_at": at,
    }


@in_transaction
def take_back_deduction(*, payout_id: int, on: date, at: datetime) -> list[TaxRecord]:
    """Enter the exact negatives of a payout's rows, dated into their own quarter.

    :raises Stale: a challan took one of them meanwhile
    :raises Refused: the quarter was locked meanwhile
    """
    hold_quarter_open(day=on, at=at)
    rows = TaxRecord.objects.select_for_update().filter(payout=payout_id, reverses=None)
    rows = rows.order_by("pk")
    if rows.filter(allocations__live=True).exists():
        raise Stale("The tax went into a challan meanwhile. Look again.")
    return [negative(row, on, at) for row in rows]


def negative(row: TaxRecord, on: date, at: datetime) -> TaxRecord:
    kept = {
        field.attname: getattr(row, field.attname)
        for field in TaxRecord._meta.concrete_fields
        if not field.primary_key
    }
    for name in ("base_cents", "liable_cents", "tds_cents", "shortfall_cents"):
        kept[name] = -kept[name]
    kept |= {"reverses_id": row.pk, "deducted_on": on, "recorded_at": at}
    return TaxRecord.objects.create(**kept)
