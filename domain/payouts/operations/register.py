"""Writing the register of tax withheld. Rows are only ever added.

:source: docs/policies/tax.md, "The register"
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, connection, transaction

from domain.common.actors import System
from domain.common.errors import Refused, Stale
from domain.common.transactions import in_transaction
from domain.common.workflow import begin
from domain.ledger.models import Account
from domain.ledger.operations import account_ids
from domain.ledger.rules import AccountRef
from domain.payouts.models import Payout, QuarterState, TaxQuarter, TaxRecord
from domain.payouts.queries.worksheets import Sheet
from domain.payouts.rules.calendar import Quarter, quarter_of, statute_of
from domain.payouts.rules.law import law_on
from domain.payouts.rules.tax import TaxPart

REGISTER = System("register of tax")
HOLD_OPEN = "SELECT state FROM domain_taxquarter WHERE id = %s FOR SHARE"


@in_transaction
def hold_tax_year(*, member_id: int, at: datetime) -> int:
    """Let nobody else work out tax of this member until the transaction ends.

    Its lock is the member's hold account, which is always taken first; returns its id.
    """
    del at
    ref = AccountRef("2020", customer_id=member_id)
    account_id = account_ids([ref], "INR")[ref]
    list(Account.objects.select_for_update().filter(pk=account_id).values_list("pk"))
    return account_id


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
    bases = bases_of(sheet.figures.taxable_cents, sheet.figures.tax.parts)
    last = len(bases)
    return [
        TaxRecord.objects.create(
            payout=payout,
            part=number,
            shortfall_cents=sheet.figures.tax.shortfall_cents if number == last else 0,
            base_cents=base,
            **values_of(part, sheet, at),
            member_id=payout.member_id,
        )
        for number, (base, part) in enumerate(
            zip(bases, sheet.figures.tax.parts, strict=True), start=1
        )
    ]


def bases_of(taxable_cents: int, parts: tuple[TaxPart, ...]) -> list[int]:
    """Share the amount paid over the parts: each its liable sum, the last what is left."""
    left, bases = taxable_cents, []
    for part in parts[:-1]:
        taken = min(part.liable_cents, left)
        bases.append(taken)
        left -= taken
    return [*bases, left]


def values_of(part: TaxPart, sheet: Sheet, at: datetime) -> dict[str, Any]:
    """What a row says beside its base: the law, the rate and its reason, the PAN of the day."""
    quarter, law = quarter_of(sheet.on), law_on(sheet.on)
    return {
        "deducted_on": sheet.on,
        "year": quarter.year,
        "quarter": quarter.number,
        "statute": statute_of(sheet.on),
        "section": law.section,
        "payment_code": law.payment_code,
        "liable_cents": part.liable_cents,
        "rate_bps": part.rate_bps,
        "tds_cents": part.tds_cents,
        "capped": sheet.figures.tax.capped,
        "remark": part.remark,
        "certificate": sheet.certificate if part.certificate else None,
        "pan": sheet.identity.pan[:10],
        "pan_status": sheet.identity.status,
        "prior_cents": sheet.year.paid_cents,
        "prior_liable_cents": sheet.year.liable_cents,
        "rules": sheet.settings,
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
    return [_negative(row, on, at) for row in rows]


def _negative(row: TaxRecord, on: date, at: datetime) -> TaxRecord:
    kept = {
        field.attname: getattr(row, field.attname)
        for field in TaxRecord._meta.concrete_fields
        if not field.primary_key
    }
    for name in ("base_cents", "liable_cents", "tds_cents", "shortfall_cents"):
        kept[name] = -kept[name]
    kept |= {"reverses_id": row.pk, "deducted_on": on, "recorded_at": at}
    return TaxRecord.objects.create(**kept)
