"""A member's paper on a tax year: what was paid, what was withheld. It is no certificate.

:source: docs/policies/tax.md, "The member's statement"
"""

from __future__ import annotations

from datetime import datetime

from domain.common.money import percent
from domain.common.paper import Paper, rupees
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
    paper = Paper(f"Tax withheld {fy_name(year)}", at, names_tax_numbers=True)
    paper.heading(f"Tax withheld in the tax year {fy_name(year)}")
    pan = mask_pan(rows[-1].pan) if rows and rows[-1].pan_status == "VALID" else "none verified"
    for text in (f"Member: {member}", f"PAN: {pan}", f"As of {tax_day(at):%d %b %Y}"):
        paper.says(text)
    paper.ln(4)
    paper.rows(HEADING, [*map(_line, rows), _together(rows)], widths=WIDTHS, numbers=4)
    paper.ln(6)
    form = law_on(rows[-1].deducted_on if rows else tax_day(at)).certificate
    paper.says(NOT_A_CERTIFICATE.format(form=form), size=9)
    return paper.content()


def _together(rows: list[TaxRecord]) -> tuple[str, ...]:
    base, liable, tds = (
        rupees(sum(getattr(row, name) for row in rows))
        for name in ("base_cents", "liable_cents", "tds_cents")
    )
    return ("Together", "", base, liable, "", tds)


def _line(row: TaxRecord) -> tuple[str, ...]:
    return (
        f"{row.deducted_on:%d %b %Y}",
        f"Payout {row.payout_id}" if row.payout_id else row.source[:24],
        rupees(row.base_cents),
        rupees(row.liable_cents),
        percent(row.rate_bps),
        rupees(row.tds_cents),
    )
