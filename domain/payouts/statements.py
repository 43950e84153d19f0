"""The quarterly statement: who deducted, challan lines, the deductions, totals last.

It has the fields of the form in force and none of the tax office's own file layout: it is for
the utility that makes that file, and for whoever checks it.

:source: docs/policies/tax.md, "The statement"
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from domain.common.issuer import issuer
from domain.common.money import to_amount
from domain.compliance.queries import tax_identity_at
from domain.compliance.rules import PanStatus
from domain.payouts.bank_files import plain
from domain.payouts.models import Challan, ChallanState, TaxQuarter, TaxRecord
from domain.payouts.queries.days import tax_day
from domain.payouts.rules.law import law_on

# How a statement says that there is no PAN, or a wrong one.
NO_PAN = {PanStatus.MISSING: "PANNOTAVBL", PanStatus.INVALID: "PANINVALID"}
CHALLAN = (
    "line",
    "challan",
    "bsr_code",
    "deposited_on",
    "serial",
    "tds",
    "interest",
    "total",
    "section",
    "payment_code",
    "deductions",
)
DEDUCTION = (
    "line",
    "challan",
    "pan",
    "name",
    "section",
    "payment_code",
    "deducted_on",
    "amount_paid",
    "tds",
    "rate_percent",
    "remark",
    "certificate",
)


@dataclass(frozen=True, slots=True)
class Statement:
    form: str
    name: str
    content: bytes
    sha256: str
    tds_cents: int


def statement_of(quarter: TaxQuarter, at: datetime, *, corrected: bool = False) -> Statement:
    """Make a quarter's statement; a correction has the PANs that are known now."""
    law, by = law_on(quarter.starts_on), issuer()
    records = deductions_of(quarter)
    number = _numbered(records)
    kept = io.StringIO()
    writer = csv.writer(kept, lineterminator="\r\n")
    writer.writerow([f"Form {law.form}", str(quarter), f"{quarter.starts_on} to {quarter.ends_on}"])
    writer.writerow(["DEDUCTOR", by.name, by.address, by.tan, by.pan])
    writer.writerow(CHALLAN)
    for challan, place in number.items():
        writer.writerow(_challan_line(challan, place, records))
    writer.writerow(DEDUCTION)
    for record in records:
        writer.writerow(_deduction_line(record, number, at, corrected=corrected))
    total = sum(record.tds_cents for record in records)
    paid = sum(record.base_cents for record in records)
    writer.writerow(["TOTAL", len(records), _rupees(paid), _rupees(total)])
    content = kept.getvalue().encode()
    name = f"form-{law.form}-{quarter.year}-Q{quarter.number}{'-c' if corrected else ''}.csv"
    return Statement(law.form, name, content, sha256(content).hexdigest(), total)


def deductions_of(quarter: TaxQuarter) -> list[TaxRecord]:
    """A quarter's rows that stand: one taken back is left out with the row that did."""
    rows = TaxRecord.objects.filter(
        deducted_on__range=(quarter.starts_on, quarter.ends_on), reverses=None, reversed_by=None
    )
    rows = rows.select_related("member__customer", "certificate")
    return list(rows.prefetch_related("allocations__challan").order_by("deducted_on", "pk"))


def _challan_of(record: TaxRecord) -> Challan | None:
    found = [
        each.challan
        for each in record.allocations.all()
        if each.live and each.challan.state == ChallanState.DEPOSITED
    ]
    return found[0] if found else None


def _numbered(records: Sequence[TaxRecord]) -> dict[Challan, int]:
    challans = {challan for record in records if (challan := _challan_of(record))}
    in_order = sorted(challans, key=lambda each: (each.deposited_on, each.pk))
    return {challan: place for place, challan in enumerate(in_order, start=1)}


def _challan_line(challan: Challan, place: int, records: Sequence[TaxRecord]) -> list[str]:
    under = sum(_challan_of(record) == challan for record in records)
    figures = (challan.tds_cents, challan.interest_cents)
    return [
        "CHALLAN",
        str(place),
        challan.bsr_code,
        challan.deposited_on.isoformat(),
        challan.serial,
        *(_rupees(cents) for cents in (*figures, sum(figures))),
        challan.section,
        challan.payment_code,
        str(under),
    ]


def _deduction_line(
    record: TaxRecord, number: dict[Challan, int], at: datetime, *, corrected: bool
) -> list[str]:
    challan = _challan_of(record)
    pan, status = record.pan, record.pan_status
    if corrected:
        known = tax_identity_at(record.member_id, tax_day(at))
        pan, status = known.pan, known.status
    return [
        "DEDUCTION",
        str(number[challan]) if challan else "",
        pan if status == PanStatus.VALID else NO_PAN[PanStatus(status)],
        plain(str(record.member.customer)),
        record.section,
        record.payment_code,
        record.deducted_on.isoformat(),
        _rupees(record.base_cents),
        _rupees(record.tds_cents),
        f"{record.rate_bps // 100}.{record.rate_bps % 100:02d}",
        record.remark,
        record.certificate.number if record.certificate else "",
    ]


def _rupees(cents: int) -> str:
    return str(to_amount(cents, "INR"))
