"""The day's figures and the latest events, for the home page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count, Sum
from django.db.models.functions import TruncDate

from domain.bookings.models import Booking, BookingState, PickupTime
from domain.common.audit.models import AuditEntry
from domain.common.money import percent
from domain.ledger.queries import movements
from domain.payments.models import Dispute, DisputeState
from domain.reports.money import refunded_cents

CURRENCY = "USD"
CHART_DAYS = 14
FEE_DAYS = 30
NOT_BOOKED = (BookingState.EXPIRED, BookingState.CANCELLED)
# When a pickup that has not begun counts as late, by the hour of the day.
LATE_FROM: dict[str, int] = {PickupTime.MORNING: 12, PickupTime.AFTERNOON: 17}
LATE_AT_LAST = 18
QUIET_STEPS = ("need_action", "send", "attach_refund", "attach_intent", "count_attempt", "edit")


@dataclass(frozen=True, slots=True)
class Day:
    """The bookings made on one day."""

    day: date
    bookings: int


@dataclass(frozen=True, slots=True)
class Booked:
    """What was booked today, and a week ago up to the same time of day, in cents."""

    today_cents: int
    before_cents: int
    compared_with: date


@dataclass(frozen=True, slots=True)
class Pickups:
    total: int
    done: int
    on_their_way: int
    late: int


@dataclass(frozen=True, slots=True)
class Fees:
    """Card fees and what they were taken of, over thirty days, and the open disputes."""

    fees_cents: int
    received_cents: int
    disputes: int

    @property
    def bps(self) -> int:
        return self.fees_cents * 10_000 // self.received_cents if self.received_cents else 0

    @property
    def percent(self) -> str:
        return percent(self.bps)


def days_booked(at: datetime, zone: ZoneInfo) -> list[Day]:
    """Every one of the last fourteen days, also those without a booking."""
    today = at.astimezone(zone).date()
    first = today - timedelta(days=CHART_DAYS - 1)
    since = datetime.combine(first, time(), tzinfo=zone)
    rows = (
        Booking.objects.filter(created_at__gte=since, currency=CURRENCY)
        .annotate(day=TruncDate("created_at", tzinfo=zone))
        .order_by()
        .values("day")
        .annotate(count=Count("pk"))
    )
    found = {row["day"]: row["count"] for row in rows}
    days = (first + timedelta(days=index) for index in range(CHART_DAYS))
    return [Day(day, found.get(day, 0)) for day in days]


def booked_so_far(at: datetime, zone: ZoneInfo) -> Booked:
    """What was booked since midnight; what expired or was cancelled does not count."""
    local = at.astimezone(zone)
    before = local - timedelta(days=7)
    sums = []
    for until in (local, before):
        since = datetime.combine(until.date(), time(), tzinfo=zone)
        rows = Booking.objects.filter(
            created_at__gte=since, created_at__lte=until, currency=CURRENCY
        ).exclude(state__in=NOT_BOOKED)
        sums.append(rows.aggregate(cents=Sum("total_cents"))["cents"] or 0)
    return Booked(sums[0], sums[1], before.date())


def pickups_on(at: datetime, zone: ZoneInfo) -> Pickups:
    local = at.astimezone(zone)
    rows = list(
        Booking.objects.filter(pickup_date=local.date())
        .exclude(state__in=[*NOT_BOOKED, BookingState.PENDING])
        .order_by()
        .values("state", "pickup_time", "specific_pickup_hour")
        .annotate(count=Count("pk"))
    )
    states: dict[str, int] = {}
    late = 0
    for row in rows:
        states[row["state"]] = states.get(row["state"], 0) + row["count"]
        hour = row["specific_pickup_hour"]
        ends = LATE_FROM.get(str(row["pickup_time"]), LATE_AT_LAST) if hour is None else hour + 1
        late += row["count"] if row["state"] == BookingState.PAID and local.hour >= ends else 0
    done = states.get(BookingState.COMPLETED, 0)
    return Pickups(sum(states.values()), done, states.get(BookingState.IN_TRANSIT, 0), late)


def refunded_on(day: date) -> int:
    """What went back to guests on a day, in cents, by the books."""
    return refunded_cents(since=day, until=day, currency=CURRENCY)


def card_fees(today: date) -> Fees:
    since = today - timedelta(days=FEE_DAYS - 1)
    fees = movements("5020", CURRENCY, since=since, until=today)
    received = movements("1010", CURRENCY, since=since, until=today)
    return Fees(
        sum(debit - credit for debit, credit in fees.values()),
        sum(debit for debit, _ in received.values()),
        Dispute.objects.filter(state=DisputeState.OPEN).count(),
    )


def latest_events(subject_types: Sequence[str], *, limit: int = 10) -> list[AuditEntry]:
    """The newest lines of the audit trail about some kinds of records."""
    rows = AuditEntry.objects.filter(subject_type__in=subject_types).exclude(step__in=QUIET_STEPS)
    return list(rows.select_related("actor").order_by("-at", "-id")[:limit])


def numbers_of(booking_ids: Sequence[int]) -> dict[int, str]:
    return dict(Booking.objects.filter(pk__in=booking_ids).values_list("pk", "number"))
