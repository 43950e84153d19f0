"""Sales of vehicles by the books, and how bookings become sales, dealer by dealer.

A dealer is the member whose referral code a booking carries.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection

from domain.catalog.models import Vehicle
from domain.customers.models import Customer
from domain.reports.days import moments
from domain.reports.money import Agreement, ledger_change
from domain.reports.moved import LEGS

CURRENCY, SALES = "INR", "4000"
HANDED_OVER = "booking.delivered"

# Booked is what was booked in these days; sold is what the books say of them.
BY_VEHICLE = f"""
WITH {LEGS}, sold AS (
    SELECT coalesce(b.vehicle_sku, '') AS sku,
           count(DISTINCT b.id) FILTER (WHERE e.event = %(event)s) AS handed_over,
           sum(-l.cents) FILTER (WHERE e.event = %(event)s) AS sold,
           sum(-l.cents) FILTER (WHERE e.event <> %(event)s) AS changed
    FROM legs l JOIN domain_entry e ON e.id = l.entry_id
    LEFT JOIN domain_booking b ON b.id = e.booking_id
    GROUP BY 1
), booked AS (
    SELECT vehicle_sku AS sku, count(*) AS bookings, sum(total_cents) AS worth
    FROM domain_booking
    WHERE line = 'vehicle' AND created_at >= %(from)s AND created_at < %(to)s
    GROUP BY 1
)
SELECT sku, coalesce(bookings, 0), coalesce(worth, 0), coalesce(handed_over, 0),
       coalesce(sold, 0), coalesce(changed, 0)
FROM sold FULL JOIN booked USING (sku)
ORDER BY 5 DESC, 2 DESC, 1
"""  # noqa: S608  our own words only
BY_DEALER = """
SELECT referred_by_id, count(*), count(confirmed_at), count(delivered_at),
       count(*) FILTER (WHERE state = 'pending'),
       count(*) FILTER (WHERE state IN ('expired', 'cancelled')),
       coalesce(sum(total_cents) FILTER (WHERE delivered_at IS NOT NULL), 0)
FROM domain_booking
WHERE line = 'vehicle' AND created_at >= %(from)s AND created_at < %(to)s
GROUP BY 1 ORDER BY 2 DESC, 4 DESC, 1
"""


@dataclass(frozen=True, slots=True)
class VehicleSales:
    """One vehicle in some days, in paise; ``sku`` is "" for what has no booking."""

    sku: str
    bookings: int
    booked_cents: int
    handed_over: int
    sold_cents: int
    changed_cents: int

    @property
    def sales_cents(self) -> int:
        return self.sold_cents + self.changed_cents


def vehicle_sales(*, since: date, until: date) -> list[VehicleSales]:
    """What was booked and what was sold of each vehicle; refunds and waivers lower the sales."""
    asked = _asked(since, until) | {"codes": [SALES], "currency": CURRENCY, "event": HANDED_OVER}
    with connection.cursor() as cursor:
        cursor.execute(BY_VEHICLE, asked)
        return [VehicleSales(sku, *map(int, row)) for sku, *row in cursor.fetchall()]


def sales_agree(rows: Sequence[VehicleSales], *, since: date, until: date) -> Agreement:
    ledger = -ledger_change([SALES], since=since, until=until, currency=CURRENCY)
    return Agreement(sum(row.sales_cents for row in rows), ledger, "4000 Vehicle sales")


def vehicle_names(skus: Sequence[str]) -> dict[str, str]:
    """What each vehicle is called by its newest description."""
    rows = Vehicle.objects.filter(sku__in=skus).order_by("effective_from", "pk")
    return dict(rows.values_list("sku", "name"))


@dataclass(frozen=True, slots=True)
class Funnel:
    """What became of the bookings that one dealer brought; ``dealer_id`` None is nobody's.

    Whoever got to a stage counts in it for good, also when it was given up later.
    """

    dealer_id: int | None
    booked: int
    confirmed: int
    handed_over: int
    waiting: int
    given_up: int
    handed_over_cents: int


def dealer_funnel(*, since: date, until: date) -> list[Funnel]:
    """The bookings made in these days, dealer by dealer, those with the most first."""
    with connection.cursor() as cursor:
        cursor.execute(BY_DEALER, _asked(since, until))
        return [Funnel(dealer, *map(int, row)) for dealer, *row in cursor.fetchall()]


def dealer_names(ids: Sequence[int]) -> dict[int, str]:
    people = Customer.objects.filter(pk__in=ids).select_related("member")
    return {each.pk: f"{each.full_name()} ({each.member.code})" for each in people}


def _asked(since: date, until: date) -> dict[str, date | datetime | str | list[str]]:
    first, after = moments(since, until)
    return {"since": since, "until": until, "from": first, "to": after}


# --- Behind the figures ---------------------------------------------------------------------------

STAGES = {
    "booked": "true",
    "waiting": "b.state = 'pending'",
    "confirmed": "b.confirmed_at IS NOT NULL",
    "handed_over": "b.delivered_at IS NOT NULL",
    "given_up": "b.state IN ('expired', 'cancelled')",
}
BOOKINGS = """
SELECT b.id, b.number, b.state, b.created_at, b.vehicle_sku, coalesce(m.code, ''),
       b.total_cents, count(*) OVER (), sum(b.total_cents) OVER ()
FROM domain_booking b LEFT JOIN domain_member m ON m.customer_id = b.referred_by_id
WHERE b.line = 'vehicle' AND b.created_at >= %(from)s AND b.created_at < %(to)s AND {stage}
  AND (%(vehicle)s::text IS NULL OR b.vehicle_sku = %(vehicle)s)
  AND (%(dealer)s::bigint IS NULL OR coalesce(b.referred_by_id, 0) = %(dealer)s)
ORDER BY b.created_at DESC, b.id DESC LIMIT %(limit)s
"""
SOLD = f"""
WITH {LEGS}
SELECT b.id, b.number, b.state, b.created_at, b.vehicle_sku, coalesce(m.code, ''),
       sum(-l.cents)::bigint, count(*) OVER (), sum(sum(-l.cents)) OVER ()
FROM legs l JOIN domain_entry e ON e.id = l.entry_id AND e.event = %(event)s
JOIN domain_booking b ON b.id = e.booking_id
LEFT JOIN domain_member m ON m.customer_id = b.referred_by_id
WHERE %(vehicle)s::text IS NULL OR b.vehicle_sku = %(vehicle)s
GROUP BY b.id, m.code ORDER BY b.created_at DESC, b.id DESC LIMIT %(limit)s
"""  # noqa: S608  our own words only
NOBODYS = 0


@dataclass(frozen=True, slots=True)
class BookingLine:
    booking_id: int
    number: str
    state: str
    created_at: datetime
    vehicle: str
    dealer: str
    cents: int


type Found = tuple[list[BookingLine], int, int]


def bookings_at_stage(
    stage: str, *, since: date, until: date, vehicle: str | None, dealer: int | None, limit: int
) -> Found:
    """The bookings behind a figure, the newest first; how many there are, and their sum.

    ``dealer`` 0 is nobody's.
    """
    asked = {**_asked(since, until), "vehicle": vehicle, "dealer": dealer, "limit": limit}
    return _lines(BOOKINGS.format(stage=STAGES[stage]), asked)


def bookings_sold(*, since: date, until: date, vehicle: str | None, limit: int) -> Found:
    """The bookings whose sale was recognised in these days, with what each was sold for."""
    asked = {**_asked(since, until), "vehicle": vehicle, "limit": limit}
    return _lines(SOLD, asked | {"codes": [SALES], "currency": CURRENCY, "event": HANDED_OVER})


def _lines(sql: str, asked: Mapping[str, object]) -> Found:
    with connection.cursor() as cursor:
        cursor.execute(sql, asked)  # type: ignore[arg-type]
        found = cursor.fetchall()
    lines = [BookingLine(*row[:7]) for row in found]
    return (lines, int(found[0][7]), int(found[0][8])) if found else ([], 0, 0)
