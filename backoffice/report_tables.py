"""Reports of deliveries: revenue, payments and refunds, receivables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import groupby

from django.urls import reverse

from backoffice.admin.report_ranges import Days
from backoffice.charts import Bar, draw
from backoffice.reports import (
    Kind,
    Line,
    Money,
    Report,
    Total,
    bars_by_day,
    behind_url,
    service_name,
)
from domain.common.money import show
from domain.reports import money, receivables
from domain.reports.money import CashDay, Revenue

CURRENCY = "USD"


def _every_day(days: Days) -> list[date]:
    return [days.since + timedelta(days=index) for index in range(days.count)]


def revenue(days: Days, at: datetime) -> Report:
    del at
    earlier = days.before()
    rows = money.revenue(since=days.since, until=days.until, currency=CURRENCY)
    before = money.revenue(since=earlier.since, until=earlier.until, currency=CURRENCY)
    lines: list[Line] = []
    for day, found in groupby(rows, key=lambda row: row.day):
        of_day = list(found)
        lines += [_revenue_line(row) for row in of_day]
        if len(of_day) > 1:
            lines.append(_revenue_sum(f"{day:%a %d %b %Y}", of_day, Days(day, day)))
    chart, unit = bars_by_day(
        _by_day(rows), _by_day(before), _every_day(days), days.count, CURRENCY
    )
    return Report(
        name="revenue",
        title="Revenue by service and day",
        says=(
            "Earned on the day a delivery is completed or a fee is kept; "
            "sales tax is owed, not earned."
        ),
        headings=("Day", "Service", "Deliveries", "Revenue", "Fees kept", "Earned", "Sales tax"),
        numbers=frozenset({2, 3, 4, 5, 6}),
        lines=tuple(lines),
        foot=_revenue_sum("Total", rows, days),
        totals=_revenue_totals(rows, before),
        agreement=money.revenue_agrees(rows, since=days.since, until=days.until, currency=CURRENCY),
        currency=CURRENCY,
        chart=chart,
        chart_title=f"Earned a {unit}; the dashed marks are the period before",
    )


def _revenue_line(row: Revenue) -> Line:
    def figure(cents: int, codes: str) -> Money:
        url = behind_url(
            codes=codes, since=row.day, until=row.day, service=row.service or "none", sign="income"
        )
        return Money(cents, CURRENCY, url if cents else "")

    return Line(
        (
            row.day,
            service_name(row.service),
            row.deliveries,
            figure(row.revenue_cents, "4005"),
            figure(row.fees_cents, "4010"),
            figure(row.total_cents, "4005,4010"),
            figure(row.tax_cents, "2110"),
        )
    )


def _revenue_sum(label: str, rows: Sequence[Revenue], days: Days) -> Line:
    def figure(cents: int, codes: str) -> Money:
        url = behind_url(codes=codes, since=days.since, until=days.until, sign="income")
        return Money(cents, CURRENCY, url if cents else "")

    return Line(
        (
            label,
            "all services",
            sum(row.deliveries for row in rows),
            figure(_of(rows, "revenue_cents"), "4005"),
            figure(_of(rows, "fees_cents"), "4010"),
            figure(_earned(rows), "4005,4010"),
            figure(_of(rows, "tax_cents"), "2110"),
        ),
        is_subtotal=True,
    )


def _of(rows: Sequence[Revenue], name: str) -> int:
    return sum(getattr(row, name) for row in rows)


def _earned(rows: Sequence[Revenue]) -> int:
    return sum(row.total_cents for row in rows)


def _by_day(rows: Sequence[Revenue]) -> dict[date, int]:
    found: dict[date, int] = defaultdict(int)
    for row in rows:
        found[row.day] += row.total_cents
    return found


CASH_COLUMNS = (
    ("card", "Cards"),
    ("offline", "Bank and cash"),
    ("refunds", "Refunds"),
    ("disputes", "Disputes"),
    ("fees", "Card fees"),
    ("other", "Other"),
)


def _revenue_totals(rows: Sequence[Revenue], before: Sequence[Revenue]) -> tuple[Total, ...]:
    return (
        Total("Earned", _earned(rows), _earned(before), CURRENCY),
        Total(
            "of it deliveries",
            _of(rows, "revenue_cents"),
            _of(before, "revenue_cents"),
            CURRENCY,
        ),
        Total("of it fees kept", _of(rows, "fees_cents"), _of(before, "fees_cents"), CURRENCY),
        Total("Sales tax beside it", _of(rows, "tax_cents"), _of(before, "tax_cents"), CURRENCY),
    )


def cash(days: Days, at: datetime) -> Report:
    del at
    earlier = days.before()
    rows = money.cash_days(since=days.since, until=days.until, currency=CURRENCY)
    before = money.cash_days(since=earlier.since, until=earlier.until, currency=CURRENCY)
    lines: list[Line] = []
    for _, found in groupby(rows, key=lambda row: row.day.isocalendar()[:2]):
        of_week = list(found)
        lines += [_cash_line(row.day, [row], Days(row.day, row.day)) for row in of_week]
        if days.count > 7 and len(of_week) > 1:
            week = Days(of_week[0].day, of_week[-1].day)
            label = f"Week {of_week[0].day.isocalendar()[1]}"
            lines.append(_cash_line(label, of_week, week, is_subtotal=True))
    now = {row.day: row.net_cents for row in rows}
    was = {row.day: row.net_cents for row in before}
    chart, unit = bars_by_day(now, was, _every_day(days), days.count, CURRENCY)
    return Report(
        name="payments",
        title="Payments and refunds",
        says=(
            "Money through the bank and the card gateway, on the day of the books. "
            "What goes out is below zero."
        ),
        headings=("Day", *(label for _, label in CASH_COLUMNS), "Net"),
        numbers=frozenset(range(1, 8)),
        lines=tuple(lines),
        foot=_cash_line("Total", rows, days, is_subtotal=True),
        totals=_cash_totals(rows, before),
        agreement=money.cash_agrees(rows, since=days.since, until=days.until, currency=CURRENCY),
        currency=CURRENCY,
        chart=chart,
        chart_title=f"Net a {unit}; the dashed marks are the period before",
    )


def _cash_line(
    label: str | date, rows: Sequence[CashDay], days: Days, *, is_subtotal: bool = False
) -> Line:
    figures = [_cash_figure(kind, _cash(rows, kind), days) for kind, _ in CASH_COLUMNS]
    net = Money(
        sum(row.net_cents for row in rows),
        CURRENCY,
        behind_url(codes="1000,1010", since=days.since, until=days.until),
    )
    return Line((label, *figures, net), is_subtotal=is_subtotal)


def _cash_figure(kind: str, cents: int, days: Days) -> Money:
    codes = {"card": "1010", "offline": "1000"}.get(kind, "1000,1010")
    url = behind_url(codes=codes, since=days.since, until=days.until, kind=kind)
    return Money(cents, CURRENCY, url if cents else "")


def _cash(rows: Sequence[CashDay], *kinds: str) -> int:
    return sum(getattr(row, f"{kind}_cents") for row in rows for kind in kinds)


def owed(days: Days, at: datetime) -> Report:
    del days
    rows = receivables.receivables(at=at, currency=CURRENCY)
    lines: list[Line] = []
    for service, found in groupby(rows, key=lambda row: row.service):
        of_service = list(found)
        lines += [_owed_line(row.service, row.age_words, [row], age=row.age) for row in of_service]
        if len(of_service) > 1:
            lines.append(_owed_line(service, "all ages", of_service, is_subtotal=True))
    ages = [sum(row.due_cents for row in rows if row.age == age) for age in range(4)]
    bars = [
        Bar(words, cents, f"{words}: {show(cents, CURRENCY)}", url=_owed_url("", age))
        for age, (words, cents) in enumerate(zip(receivables.AGES, ages, strict=True))
    ]
    return Report(
        name="receivables",
        title="Receivables",
        says="What guests still owe for open bookings, by service and by the booking's age.",
        headings=("Service", "Age", "Bookings", "Booked", "Paid", "Owed"),
        numbers=frozenset({2, 3, 4, 5}),
        lines=tuple(lines),
        foot=_owed_line("Total", "", rows, is_subtotal=True, any_service=True),
        totals=(
            Total("Owed to us", sum(row.due_cents for row in rows), None, CURRENCY),
            Total("Paid on these bookings", sum(row.paid_cents for row in rows), None, CURRENCY),
        ),
        agreement=receivables.advances_agree(currency=CURRENCY),
        agrees="Advances held, summed booking by booking, equal",
        empty="Nobody owes anything.",
        currency=CURRENCY,
        chart=draw(bars) if any(ages) else None,
        chart_title="Owed by age of the booking",
        notes=("Money held in advance for bookings that are not delivered yet is a liability.",),
    )


def _owed_url(service: str, age: int | None) -> str:
    asked = {"service": service} | ({"age": str(age)} if age is not None else {})
    query = "&".join(f"{name}={value}" for name, value in asked.items() if value)
    return reverse("admin:report_owed") + (f"?{query}" if query else "")


def _owed_line(
    service: str,
    age_words: str,
    rows: Sequence[receivables.Receivable],
    *,
    age: int | None = None,
    is_subtotal: bool = False,
    any_service: bool = False,
) -> Line:
    url = _owed_url("" if any_service else service, age)
    return Line(
        (
            "Total" if any_service else service_name(service),
            age_words,
            sum(row.bookings for row in rows),
            Money(sum(row.total_cents for row in rows), CURRENCY),
            Money(sum(row.paid_cents for row in rows), CURRENCY),
            Money(sum(row.due_cents for row in rows), CURRENCY, url),
        ),
        is_subtotal=is_subtotal,
    )


KINDS = {
    "revenue": Kind("Revenue", revenue, CURRENCY),
    "payments": Kind("Payments and refunds", cash, CURRENCY),
    "receivables": Kind("Receivables", owed, CURRENCY, ranged=False),
}


def _cash_totals(rows: Sequence[CashDay], before: Sequence[CashDay]) -> tuple[Total, ...]:
    return (
        Total(
            "Received",
            _cash(rows, "card", "offline"),
            _cash(before, "card", "offline"),
            CURRENCY,
        ),
        Total("Refunds", _cash(rows, "refunds"), _cash(before, "refunds"), CURRENCY),
        Total("Card fees", _cash(rows, "fees"), _cash(before, "fees"), CURRENCY),
        Total("Net", _net(rows), _net(before), CURRENCY),
    )


def _net(rows: Sequence[CashDay]) -> int:
    return sum(row.net_cents for row in rows)
