"""A member's paper on a month of the wallet: what each part held, and what moved it.

:source: docs/policies/earnings.md, "The member's statement"
"""

from __future__ import annotations

from datetime import date, datetime

from domain.common.paper import Paper, rupees
from domain.compliance.days import day_of
from domain.network.earning.queries.months import Moved, last_day, moved_parts
from domain.network.earning.queries.wallets import Line, lines_of
from domain.network.models import Member

HEADING_OF_PARTS = ("Part", "At the beginning", "Came", "Went", "At the end")
HEADING = ("Day", "What happened", "Part", "Change", "Part after it")
EVENLY, WIDTHS = (54, 34, 34, 34, 34), (22, 84, 26, 28, 30)
FOOT = (
    "Amounts are rupees; days are those of India. This is a statement from our books for your own "
    "records. It is no certificate of tax deducted, and not legal or tax advice."
)


def wallet_statement(member: Member, month: date, at: datetime) -> bytes:
    """Draw a month, or what there is of the present one; the oldest entry comes first."""
    last = last_day(month)
    lines = lines_of(member.pk, since=month, until=last, limit=None)[::-1]
    paper = Paper(f"Wallet {month:%B %Y}", at)
    paper.heading(f"Wallet in {month:%B %Y}")
    paper.says(f"Member: {member}")
    paper.says(f"As of {day_of(at):%d %b %Y}")
    paper.ln(4)
    if parts := moved_parts(member.pk, lines, month, last):
        paper.rows(HEADING_OF_PARTS, [_part(each) for each in parts], widths=EVENLY, numbers=4)
        paper.ln(4)
    if lines:
        paper.rows(HEADING, [_row(line) for line in lines], widths=WIDTHS, numbers=2)
    else:
        paper.says("Nothing moved in this month.")
    paper.ln(4)
    paper.says(FOOT, size=8)
    return paper.content()


def _part(moved: Moved) -> tuple[str, ...]:
    figures = (moved.begun_cents, moved.came_cents, moved.went_cents, moved.ended_cents)
    return (moved.part.name, *map(rupees, figures))


def _row(line: Line) -> tuple[str, ...]:
    return (
        f"{line.day:%d %b %Y}",
        line.words,
        line.part,
        rupees(line.change_cents),
        rupees(line.balance_cents),
    )
