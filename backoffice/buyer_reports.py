"""What buyers of vehicles owe, and what we hold of theirs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby

from backoffice.admin.report_ranges import Days
from backoffice.charts import Bar, draw
from backoffice.reports import Kind, Line, Money, Number, Report, Total, rows_url
from domain.common.money import show
from domain.reports import owed_by_buyers as buyers
from domain.reports.owed_by_buyers import ADVANCE_AGES, AGES, CURRENCY, Advance, Owed

WHERE = {True: "Handed over: owed to us", False: "Not handed over: the plan"}


def instalments(days: Days, at: datetime) -> Report:
    """Instalments by age as they are now: what is owed, and what is only planned."""
    del days
    rows = buyers.owed_by_buyers(at=at)
    lines: list[Line] = []
    for handed_over, found in groupby(rows, key=lambda row: row.handed_over):
        part = list(found)
        lines += [_owed_line(WHERE[handed_over], [row], age=row.age) for row in part]
        lines.append(_owed_line(WHERE[handed_over], part, is_subtotal=True))
    late = [row for row in rows if 0 < row.age < len(AGES)]
    return Report(
        name="instalments",
        title=KINDS["instalments"].title,
        says=(
            "What buyers of vehicles still have to pay, by how late it is. Only a vehicle that is "
            "handed over makes a debt; before that the instalments are a plan."
        ),
        headings=("Vehicle", "Age", "Bookings", "Instalments", "To pay"),
        numbers=frozenset({2, 3, 4}),
        lines=tuple(lines),
        foot=Line(
            (
                "Total",
                "all ages",
                "",
                Number(sum(row.instalments for row in rows)),
                Money(_cents(rows), CURRENCY, rows_url("instalments") if rows else ""),
            ),
            is_subtotal=True,
        ),
        totals=(
            Total("Owed to us", _cents([row for row in rows if row.handed_over]), None, CURRENCY),
            Total("Late", _cents(late), None, CURRENCY),
            Total("of it over 90 days", _cents([r for r in late if r.age == 4]), None, CURRENCY),
        ),
        agreement=buyers.debts_agree(rows),
        agrees="What is owed for vehicles handed over equals",
        empty="No buyer of a vehicle has anything to pay.",
        currency=CURRENCY,
        chart=draw(_ages(rows)) if rows else None,
        chart_title="To pay by age",
    )


def _cents(rows: Sequence[Owed]) -> int:
    return sum(row.cents for row in rows)


def _ages(rows: Sequence[Owed]) -> list[Bar]:
    found = []
    for age, words in enumerate(AGES):
        cents = _cents([row for row in rows if row.age == age])
        url = rows_url("instalments", age=age)
        found.append(Bar(words, cents, f"{words}: {show(cents, CURRENCY)}", url=url))
    return found


def _owed_line(
    label: str, rows: Sequence[Owed], *, age: int | None = None, is_subtotal: bool = False
) -> Line:
    handed_over = int(rows[0].handed_over)
    return Line(
        (
            label,
            "all ages" if is_subtotal else rows[0].age_words,
            "" if is_subtotal else Number(rows[0].bookings),
            Number(sum(row.instalments for row in rows)),
            Money(_cents(rows), CURRENCY, rows_url("instalments", handed=handed_over, age=age)),
        ),
        is_subtotal=is_subtotal,
    )


# --- Advances -------------------------------------------------------------------------------------


def advances(days: Days, at: datetime) -> Report:
    """Money for vehicles that are not handed over, as it is now."""
    del days
    rows = buyers.advances(at=at)
    old = [row for row in rows if row.age == len(ADVANCE_AGES) - 1]
    bars = [
        Bar(
            words,
            cents := sum(row.cents for row in rows if row.age == age),
            f"{words}: {show(cents, CURRENCY)}",
            url=rows_url("advances", age=age),
        )
        for age, words in enumerate(ADVANCE_AGES)
    ]
    return Report(
        name="advances",
        title=KINDS["advances"].title,
        says="What buyers have paid for vehicles they do not have yet, by the booking's age.",
        headings=("Age of the booking", "Bookings", "Waiting", "Confirmed", "Given up", "Held"),
        numbers=frozenset(range(1, 6)),
        lines=tuple(_advance_line(ADVANCE_AGES[row.age], [row], age=row.age) for row in rows),
        foot=_advance_line("Total", rows, is_subtotal=True),
        totals=(
            Total("Held in advance", sum(row.cents for row in rows), None, CURRENCY),
            Total("of it over 365 days", sum(row.cents for row in old), None, CURRENCY),
        ),
        agreement=buyers.advances_held_agree(rows),
        agrees="Advances, summed booking by booking, equal",
        empty="No money is held for a vehicle.",
        currency=CURRENCY,
        chart=draw(bars) if rows else None,
        chart_title="Held by age of the booking",
        notes=(
            "Advances older than 365 days may count as deposits: ask counsel. Not legal advice.",
        ),
    )


def _advance_line(
    label: str, rows: Sequence[Advance], *, age: int | None = None, is_subtotal: bool = False
) -> Line:
    def figure(name: str, of: str | None = None) -> Money:
        cents = sum(getattr(row, name) for row in rows)
        return Money(cents, CURRENCY, rows_url("advances", age=age, of=of) if cents else "")

    return Line(
        (
            label,
            Number(sum(row.bookings for row in rows)),
            figure("waiting_cents", "waiting"),
            figure("confirmed_cents", "confirmed"),
            figure("given_up_cents", "given_up"),
            figure("cents"),
        ),
        is_subtotal=is_subtotal,
    )


KINDS = {
    "instalments": Kind("Instalments", instalments, CURRENCY, "Vehicles", ranged=False),
    "advances": Kind("Advances", advances, CURRENCY, "Vehicles", ranged=False),
}
