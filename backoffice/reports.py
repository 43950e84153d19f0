"""Reports as tables: columns, rows with subtotals, a chart, and whether the ledger agrees."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from urllib.parse import urlencode

from django.urls import reverse

from backoffice.access import url_for_holders
from backoffice.admin.report_ranges import Days
from backoffice.charts import Bar, Chart, draw
from backoffice.resources.cells import Cell
from domain.bookings.models import ServiceType
from domain.common.money import show, to_amount
from domain.reports.money import Agreement

SERVICES = dict(ServiceType.choices)
MOST_BARS = 62
# From here on nobody thinks in percent any more.
MANY_TIMES = 3


def service_name(service: str) -> str:
    return str(SERVICES.get(service, service)) if service else "Without a booking"


@dataclass(frozen=True, slots=True)
class Money:
    """A figure of a table; ``url`` opens what is behind it."""

    cents: int
    currency: str
    url: str = ""

    @property
    def text(self) -> str:
        return show(self.cents, self.currency) if self.cents else "–"


@dataclass(frozen=True, slots=True)
class Number:
    """A count of a table; ``url`` opens what was counted."""

    count: int
    url: str = ""

    @property
    def text(self) -> str:
        return f"{self.count:,}" if self.count else "–"


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody or something with a page of its own."""

    text: str
    url: str = ""


type Value = str | int | date | Money | Number | Named


def as_cell(value: Value) -> Cell:
    match value:
        case Money():
            return to_amount(value.cents, value.currency)
        case Number():
            return value.count
        case Named():
            return value.text
    return value


@dataclass(frozen=True, slots=True)
class Line:
    values: tuple[Value, ...]
    is_subtotal: bool = False

    def cells(self) -> list[Cell]:
        return [as_cell(value) for value in self.values]


@dataclass(frozen=True, slots=True)
class Total:
    """A headline figure beside the same of the period before."""

    label: str
    cents: int
    before: int | None
    currency: str

    @property
    def text(self) -> str:
        return show(self.cents, self.currency)

    @property
    def compared(self) -> str:
        if self.before is None:
            return ""
        was = show(self.before, self.currency)
        if not self.before:
            return f"{was} in the period before"
        # Of what goes out, more is more: its size is compared, not its sign.
        size, was_size = abs(self.cents), abs(self.before)
        goes_out = self.before < 0 and self.cents <= 0
        moved = size - was_size if goes_out else self.cents - self.before
        same_way = (self.cents < 0) == (self.before < 0)
        if same_way and size >= MANY_TIMES * was_size:
            return f"▲ {size / was_size:.0f} times the {was} of the period before"
        percent = round(moved * 100 / was_size)
        arrow = "▲" if percent > 0 else "▼" if percent < 0 else "="
        return f"{arrow} {abs(percent)} % against {was} in the period before"


@dataclass(frozen=True, slots=True)
class Report:
    name: str
    title: str
    says: str
    headings: tuple[str, ...]
    numbers: frozenset[int]
    lines: tuple[Line, ...]
    foot: Line
    totals: tuple[Total, ...]
    # None where a report counts and nothing of it is in the books.
    agreement: Agreement | None
    currency: str
    agrees: str = "The total equals"
    empty: str = "Nothing was booked in the ledger in these days. Choose a longer range."
    chart: Chart | None = None
    chart_title: str = ""
    notes: tuple[str, ...] = field(default=())

    @property
    def compares(self) -> bool:
        return any(total.before is not None for total in self.totals)

    def rows(self) -> list[list[Cell]]:
        return [[*line.cells(), self.currency] for line in (*self.lines, self.foot)]


@dataclass(frozen=True, slots=True)
class Kind:
    """A report that can be asked for. One that is not ``ranged`` shows how it stands now."""

    title: str
    make: Callable[[Days, datetime], Report]
    currency: str
    group: str = "Deliveries"
    ranged: bool = True


# Who may see a report's figures need not see whose they are.
MEMBERS = "domain.view_member"
RIGHTS_OF_ROWS = {
    "pairs": "domain.view_pair",
    "bonuses": "domain.view_pair",
    "growth": MEMBERS,
    "level": MEMBERS,
    "register": MEMBERS,
    "wallets": "domain.view_wallet",
    "payouts": "domain.view_payout",
    "runs": "domain.view_commissionrun",
    "instalments": "domain.view_instalment",
}


def right_of_rows(name: str) -> str:
    return RIGHTS_OF_ROWS.get(name, "domain.view_booking")


def behind_url(**asked: str | date) -> str:
    """The page of the transfers behind a figure."""
    return f"{reverse('admin:report_entries')}?{urlencode(asked)}"


def rows_url(name: str, **asked: str | int | date | None) -> str:
    """The page of the rows behind a figure that is no sum of transfers; "" for who may not see
    them.
    """
    told = {key: value for key, value in asked.items() if value is not None}
    url = f"{reverse('admin:report_rows', args=[name])}?{urlencode(told)}"
    return url_for_holders(right_of_rows(name), url)


def bars_by_day(
    now: dict[date, int], before: dict[date, int], days: Sequence[date], shift: int, currency: str
) -> tuple[Chart, str]:
    """A bar a day, a week or 30 days; marks show the period before."""
    size = 1 if len(days) <= MOST_BARS else 7 if len(days) <= 7 * MOST_BARS else 30
    unit = {1: "day", 7: "week", 30: "30 days"}[size]
    bars = []
    for start in range(0, len(days), size):
        chunk = days[start : start + size]
        value = sum(now.get(day, 0) for day in chunk)
        earlier = [date.fromordinal(day.toordinal() - shift) for day in chunk]
        was = sum(before.get(day, 0) for day in earlier)
        label = f"{chunk[0]:%d %b}" if size == 1 else f"{chunk[0]:%d %b} – {chunk[-1]:%d %b}"
        says = f"{label}: {show(value, currency)}; {show(was, currency)} in the period before"
        bars.append(Bar(f"{chunk[0].day} {chunk[0]:%b}", value, says, before=was))
    return draw(bars, most_labels=10), unit
