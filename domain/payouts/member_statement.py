"""A member's paper on a tax year: what was paid, what was withheld. It is no certificate.

:source: docs/policies/tax.md, "The member's statement"
"""

from __future__ import annotations

from datetime import datetime

from fpdf import FPDF

from domain.common.money import to_amount
from domain.compliance.rules import mask_pan
from domain.network.models import Member
from domain.payouts.models import TaxRecord
from domain.payouts.queries.days import tax_day
from domain.payouts.queries.yearly import standing_rows
from domain.payouts.rules.calendar import fy_name
from domain.payouts.rules.law import law_on

WIDTHS = (28, 34, 40, 40, 20, 28)
HEADING = ("Day", "Payment", "Paid or credited", "Liable", "Rate", "Tax")
NOT_A_CERTIFICATE = (
    "This is a statement from our books for your own records. It is not a certificate of tax "
    "deducted: that one comes from the tax office's own system (Form {form}). "
    "It is not legal or tax advice."
)


def member_statement(member: Member, year: int, at: datetime) -> bytes:
    """Draw the statement of one member and tax year; amounts are rupees."""
    rows = list(standing_rows(year).filter(member=member).order_by("deducted_on", "pk"))
    pdf = FPDF()
    # The same figures on the same day are the same bytes.
    pdf.set_creation_date(at)
    pdf.set_title(f"Tax withheld {fy_name(year)}")
    pdf.add_page()
    _head(pdf, member, year, rows, at)
    _table(pdf, rows)
    pdf.ln(6)
    pdf.set_font("Helvetica", size=9)
    form = law_on(rows[-1].deducted_on if rows else tax_day(at)).certificate
    pdf.multi_cell(0, 5, NOT_A_CERTIFICATE.format(form=form))
    return bytes(pdf.output())


def _head(pdf: FPDF, member: Member, year: int, rows: list[TaxRecord], at: datetime) -> None:
    pdf.set_font("Helvetica", style="B", size=15)
    pdf.cell(0, 10, f"Tax withheld in the tax year {fy_name(year)}", new_x="LMARGIN", new_y="NEXT")
    pdf.set_font("Helvetica", size=10)
    pan = mask_pan(rows[-1].pan) if rows and rows[-1].pan_status == "VALID" else "none verified"
    for text in (f"Member: {member}", f"PAN: {pan}", f"As of {tax_day(at):%d %b %Y}"):
        pdf.cell(0, 6, _latin(text), new_x="LMARGIN", new_y="NEXT")
    pdf.ln(4)


def _table(pdf: FPDF, rows: list[TaxRecord]) -> None:
    pdf.set_font("Helvetica", size=9)
    with pdf.table(
        col_widths=WIDTHS, text_align=("LEFT", "LEFT", "RIGHT", "RIGHT", "RIGHT", "RIGHT")
    ) as table:
        table.row(HEADING)
        for row in rows:
            table.row(_line(row))
        sums = [sum(getattr(row, name) for row in rows) for name in ("base_cents", "tds_cents")]
        table.row(("Together", "", _rupees(sums[0]), "", "", _rupees(sums[1])))


def _line(row: TaxRecord) -> tuple[str, ...]:
    return (
        f"{row.deducted_on:%d %b %Y}",
        f"Payout {row.payout_id}" if row.payout_id else _latin(row.source[:24]),
        _rupees(row.base_cents),
        _rupees(row.liable_cents),
        f"{row.rate_bps / 100:g} %",
        _rupees(row.tds_cents),
    )


def _rupees(cents: int) -> str:
    return f"{to_amount(cents, 'INR'):,}"


def _latin(text: str) -> str:
    """The paper's own letters are Latin ones; what has none there is a question mark."""
    return text.encode("latin-1", "replace").decode("latin-1")
