"""Depositing tax with the state: drafted with its deductions, confirmed by another person.

:source: docs/policies/tax.md, "Challans"
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from domain.common.errors import Conflict, InvalidInput
from domain.common.transactions import in_transaction
from domain.common.workflow import begin, transit
from domain.network.rights import require_right
from domain.payouts.models import Challan, ChallanAllocation, ChallanState, TaxRecord
from domain.payouts.queries.challans import undeposited
from domain.payouts.queries.days import tax_day
from domain.staff.models import Staff

BSR_DIGITS, SERIAL_DIGITS = 7, 5


@in_transaction
def draft_challan(
    *,
    month: date,
    section: str,
    payment_code: str,
    bsr_code: str,
    serial: str,
    deposited_on: date,
    actor: Staff,
    at: datetime,
    interest_cents: int = 0,
    record_ids: Sequence[int] = (),
) -> Challan:
    """Write down a deposit and the deductions it covers: those named, or all of the month up to
    the day of the deposit.

    :raises InvalidInput: with every field that is wrong, or when there is nothing to cover
    :raises Conflict: this challan is on file
    """
    require_right(actor, "domain.draft_challan")
    month = month.replace(day=1)
    _check(month, bsr_code, serial, deposited_on, interest_cents, tax_day(at))
    live = Challan.objects.exclude(state=ChallanState.DISCARDED)
    same = live.filter(bsr_code=bsr_code, serial=serial, deposited_on=deposited_on)
    if known := same.first():
        raise Conflict(f"This deposit is on file: {known}.")
    records = _held(month, section, payment_code, deposited_on, record_ids)
    if not records:
        told = f"No tax of {month:%B %Y} under {section} waited to be deposited on that day."
        raise InvalidInput(told)
    challan = Challan(
        month=month,
        section=section,
        payment_code=payment_code,
        tds_cents=sum(record.tds_cents for record in records),
        interest_cents=interest_cents,
        bsr_code=bsr_code,
        serial=serial,
        deposited_on=deposited_on,
        drafted_by=actor,
        drafted_at=at,
    )
    begin(challan, actor=actor, at=at, facts={"deductions": len(records)})
    ChallanAllocation.objects.bulk_create(
        ChallanAllocation(challan=challan, record=record) for record in records
    )
    return challan


def _held(
    month: date, section: str, payment_code: str, deposited_on: date, record_ids: Sequence[int]
) -> list[TaxRecord]:
    """The deductions to cover, held so that none is taken back meanwhile. What was withheld
    later is in no deposit of that day.
    """
    of_month = TaxRecord.objects.filter(
        deducted_on__year=month.year,
        deducted_on__month=month.month,
        section=section,
        payment_code=payment_code,
        deducted_on__lte=deposited_on,
    )
    if record_ids:
        of_month = of_month.filter(pk__in=record_ids)
    held = list(of_month.select_for_update().order_by("pk").values_list("pk", flat=True))
    return list(undeposited().filter(pk__in=held).order_by("pk"))


def _check(
    month: date, bsr_code: str, serial: str, deposited_on: date, interest_cents: int, today: date
) -> None:
    def digits(text: str, length: int) -> bool:
        return text.isascii() and text.isdigit() and len(text) == length

    checks = (
        ("bsr_code", not digits(bsr_code, BSR_DIGITS), "A BSR code has seven digits."),
        ("serial", not digits(serial, SERIAL_DIGITS), "A challan's serial has five digits."),
        ("deposited_on", deposited_on > today, "The deposit cannot lie ahead."),
        ("deposited_on", deposited_on < month, "The deposit cannot come before the deductions."),
        ("interest", interest_cents < 0, "Interest is zero or more."),
    )
    if errors := {field: [sentence] for field, wrong, sentence in checks if wrong}:
        raise InvalidInput.of(errors)


def confirm_challan(
    *, challan_id: int, actor: Staff, at: datetime, seen_version: int | None = None
) -> Challan:
    done = transit(Challan, challan_id, "confirm", actor=actor, at=at, seen_version=seen_version)
    return done.subject


def discard_challan(*, challan_id: int, reason: str, actor: Staff, at: datetime) -> Challan:
    return transit(Challan, challan_id, "discard", actor=actor, at=at, reason=reason).subject


@in_transaction
def free_deductions(*, challan_id: int, at: datetime) -> None:
    """Let the deductions of a discarded challan go into another."""
    del at
    ChallanAllocation.objects.filter(challan=challan_id, live=True).update(live=False)
