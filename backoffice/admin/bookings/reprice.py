"""Then and now: a booking's lines as sold beside what a catalog of another day would say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.conf import settings

from domain.bookings.models import Booking, BookingLine
from domain.catalog.rules import Quote, QuoteLine
from domain.flows.checkout import reprice

NOON = time(12)


@dataclass(frozen=True, slots=True)
class Compared:
    label: str
    then_cents: int | None
    now_cents: int | None
    kept: bool = False

    @property
    def change_cents(self) -> int:
        return (self.now_cents or 0) - (self.then_cents or 0)


@dataclass(frozen=True, slots=True)
class Comparison:
    rows: list[Compared]
    then_cents: int
    now_cents: int
    currency: str
    as_of: datetime

    @property
    def change_cents(self) -> int:
        return self.now_cents - self.then_cents


def moment_of(day: date | None, now: datetime) -> datetime:
    """The moment meant by a day: now when it is today, else noon of the business's zone."""
    zone = ZoneInfo(settings.DELIVERIES_TIME_ZONE)
    if day is None or day == now.astimezone(zone).date():
        return now
    return datetime.combine(day, NOON, tzinfo=zone)


def compare(booking: Booking, *, day: date | None, now: datetime) -> Comparison:
    """Price a booking by the catalog of another day. Changes nothing.

    :raises InvalidInput: it cannot be priced by that catalog
    """
    as_of = moment_of(day, now)
    fresh = reprice(booking, as_of=as_of, at=now)
    sold = list(booking.lines.order_by("position"))
    rows = _rows(sold, fresh)
    then = sum(line.amount_cents for line in sold)
    amended = sum(line.amount_cents for line in sold if line.kind == BookingLine.Kind.AMENDMENT)
    return Comparison(rows, then, fresh.total_price_cents + amended, booking.currency, as_of)


def _rows(sold: list[BookingLine], fresh: Quote) -> list[Compared]:
    left = list(fresh.lines)
    rows = []
    for line in sold:
        if line.kind == BookingLine.Kind.AMENDMENT:
            rows.append(Compared(line.label, line.amount_cents, line.amount_cents, kept=True))
            continue
        now = _same(line, left)
        if now is not None:
            left.remove(now)
        rows.append(Compared(line.label, line.amount_cents, now.amount_cents if now else None))
    return rows + [Compared(line.label, None, line.amount_cents) for line in left]


def _same(sold: BookingLine, fresh: list[QuoteLine]) -> QuoteLine | None:
    """The line that stands for the same thing; several may share a code, then the name counts."""
    alike = [line for line in fresh if line.code == sold.code]
    named = [line for line in alike if line.label == sold.label]
    found = named or (alike if len(alike) == 1 else [])
    return found[0] if found else None
