"""Reports of the vehicles' sales: by vehicle, by dealer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from backoffice.admin.report_ranges import Days
from backoffice.charts import Bar, draw
from backoffice.report_rows import member_link
from backoffice.reports import (
    Kind,
    Line,
    Money,
    Named,
    Number,
    Report,
    Total,
    behind_url,
    rows_url,
)
from domain.common.money import show
from domain.reports import sales
from domain.reports.sales import CURRENCY, HANDED_OVER, Funnel, VehicleSales

MOST_DEALERS = 50
WITHOUT_VEHICLE = "Without a booking"
NOBODY = "Nobody's: came by themselves"


def share(part: int, whole: int) -> str:
    """A part in whole percent, the way people round; – of nothing."""
    return f"{(part * 200 + whole) // (whole * 2)} %" if whole > 0 else "–"


# --- Sales by vehicle -----------------------------------------------------------------------------


def vehicle_sales(days: Days, at: datetime) -> Report:
    del at
    rows = sales.vehicle_sales(since=days.since, until=days.until)
    earlier = days.before()
    before = sales.vehicle_sales(since=earlier.since, until=earlier.until)
    names = sales.vehicle_names([row.sku for row in rows])
    best = [row for row in rows if row.sales_cents][:12]
    bars = [
        Bar(row.sku, row.sales_cents, f"{_named(row, names)}: {show(row.sales_cents, CURRENCY)}")
        for row in best
    ]
    return Report(
        name="vehicle-sales",
        title=KINDS["vehicle-sales"].title,
        says=(
            "A sale counts on the day the vehicle is handed over; refunds and waivers after it "
            "lower the sales of their own day."
        ),
        headings=(
            *("Vehicle", "Booked", "Booked for", "Handed over"),
            *("Sold for", "Refunds and waivers", "Sales"),
        ),
        numbers=frozenset(range(1, 7)),
        lines=tuple(_sales_line(_named(row, names), [row], days, sku=row.sku) for row in rows),
        foot=_sales_line("Total", rows, days, is_subtotal=True),
        totals=(
            Total("Sales", _sold(rows), _sold(before), CURRENCY),
            Total("Booked for", _booked(rows), _booked(before), CURRENCY),
        ),
        agreement=sales.sales_agree(rows, since=days.since, until=days.until),
        currency=CURRENCY,
        chart=draw(bars, most_labels=12) if bars else None,
        chart_title="Sales by vehicle, the twelve best",
        empty="No vehicle was booked or handed over in these days. Choose a longer range.",
    )


def _named(row: VehicleSales, names: dict[str, str]) -> str:
    name = names.get(row.sku, "")
    return f"{name} ({row.sku})" if name else row.sku or WITHOUT_VEHICLE


def _sold(rows: Sequence[VehicleSales]) -> int:
    return sum(row.sales_cents for row in rows)


def _booked(rows: Sequence[VehicleSales]) -> int:
    return sum(row.booked_cents for row in rows)


def _sales_line(
    label: str,
    rows: Sequence[VehicleSales],
    days: Days,
    *,
    sku: str | None = None,
    is_subtotal: bool = False,
) -> Line:
    of = {"since": str(days.since), "until": str(days.until)}

    def entries(cents: int, **more: str) -> Money:
        vehicle = {} if sku is None else {"vehicle": sku or "none"}
        url = behind_url(codes="4000", currency=CURRENCY, sign="income", **of, **vehicle, **more)
        return Money(cents, CURRENCY, url if cents else "")

    def bookings(stage: str) -> str:
        return rows_url("bookings", stage=stage, vehicle=sku, **of)

    booked = sum(row.bookings for row in rows)
    return Line(
        (
            label,
            Number(booked, bookings("booked") if booked else ""),
            Money(_booked(rows), CURRENCY, bookings("booked") if booked else ""),
            Number(
                handed_over := sum(row.handed_over for row in rows),
                rows_url("sold", vehicle=sku, **of) if handed_over else "",
            ),
            entries(sum(row.sold_cents for row in rows), event=HANDED_OVER),
            entries(sum(row.changed_cents for row in rows), but=HANDED_OVER),
            entries(_sold(rows)),
        ),
        is_subtotal=is_subtotal,
    )


# --- Dealers --------------------------------------------------------------------------------------


def dealers(days: Days, at: datetime) -> Report:
    """How bookings become sales, dealer by dealer, those with the most bookings first."""
    del at
    rows = sales.dealer_funnel(since=days.since, until=days.until)
    shown, rest = rows[:MOST_DEALERS], rows[MOST_DEALERS:]
    names = sales.dealer_names([row.dealer_id for row in shown if row.dealer_id])
    lines = [_dealer_line(_dealer(row, names), [row], days, dealer=row.dealer_id) for row in shown]
    if rest:
        lines.append(
            _dealer_line(f"{len(rest):,} more dealers", rest, days, dealer=None, is_more=True)
        )
    return Report(
        name="dealers",
        title=KINDS["dealers"].title,
        says=(
            "The bookings of vehicles made in these days, by whose referral code they carry, and "
            "how far each came. Who was confirmed counts as such for good."
        ),
        headings=(
            *("Dealer", "Booked", "Waiting", "Confirmed", "Handed over"),
            *("Given up", "Confirmed of booked", "Handed over of booked", "Handed over for"),
        ),
        numbers=frozenset(range(1, 9)),
        lines=tuple(lines),
        foot=_dealer_line("Total", rows, days, dealer=None, is_subtotal=True),
        totals=(),
        agreement=None,
        currency=CURRENCY,
        chart=draw(_stages(rows, days), money=False) if rows else None,
        chart_title="From booked to handed over",
        empty="No vehicle was booked in these days. Choose a longer range.",
    )


def _dealer(row: Funnel, names: dict[int, str]) -> Named | str:
    if row.dealer_id is None:
        return NOBODY
    return member_link(row.dealer_id, names.get(row.dealer_id, f"Member {row.dealer_id}"))


STAGES = {
    "booked": "Booked",
    "confirmed": "Confirmed",
    "handed_over": "Handed over",
    "waiting": "Waiting for money",
    "given_up": "Given up",
}


def _stages(rows: Sequence[Funnel], days: Days) -> list[Bar]:
    found = []
    for stage, label in STAGES.items():
        count = sum(getattr(row, stage) for row in rows)
        url = rows_url("bookings", stage=stage, since=days.since, until=days.until)
        found.append(Bar(label, count, f"{label}: {count:,}", url=url))
    return found


def _dealer_line(
    label: Named | str,
    rows: Sequence[Funnel],
    days: Days,
    *,
    dealer: int | None,
    is_subtotal: bool = False,
    is_more: bool = False,
) -> Line:
    whose = None if is_subtotal else dealer or "none"

    def stage(name: str) -> Number:
        count = sum(getattr(row, name) for row in rows)
        url = rows_url("bookings", stage=name, dealer=whose, since=days.since, until=days.until)
        return Number(count, url if count and not is_more else "")

    booked = sum(row.booked for row in rows)
    worth = sum(row.handed_over_cents for row in rows)
    handed = stage("handed_over")
    return Line(
        (
            label,
            stage("booked"),
            stage("waiting"),
            stage("confirmed"),
            handed,
            stage("given_up"),
            share(sum(row.confirmed for row in rows), booked),
            share(handed.count, booked),
            Money(worth, CURRENCY, handed.url),
        ),
        is_subtotal=is_subtotal,
    )


KINDS = {
    "vehicle-sales": Kind("Sales by vehicle", vehicle_sales, CURRENCY, "Vehicles"),
    "dealers": Kind("Dealers", dealers, CURRENCY, "Vehicles"),
}
