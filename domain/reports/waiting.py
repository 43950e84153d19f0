"""What waits for somebody: each queue's count, oldest and sum, each by one indexed query."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Min, Q, QuerySet, Sum
from django_q.models import Task

from domain.bookings.models import Booking, BookingState
from domain.catalog.models import ChangeSet, ChangeSetState
from domain.common.settings.models import DatedSetting, SettingState
from domain.common.workflow.models import Plan, PlanState
from domain.ledger.models import ManualEntry
from domain.notifications.models import Message, MessageState
from domain.payments.models import (
    CaseState,
    InboxState,
    Method,
    MoneyCase,
    Payment,
    PaymentState,
    Refund,
    RefundState,
    WebhookEvent,
)

# What failed longer ago was looked at or is looked for in its list: a queue stays quick.
LOOK_BACK = timedelta(days=30)
OVER = (BookingState.COMPLETED, BookingState.CANCELLED, BookingState.EXPIRED)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A queue as it stands. ``sums`` are in minor units by currency."""

    count: int
    oldest: datetime | date | None = None
    sums: tuple[tuple[str, int], ...] = ()


def _count(rows: QuerySet[Any], since: str = "") -> Waiting:
    wanted: dict[str, Any] = {"count": Count("pk")}
    if since:
        wanted["oldest"] = Min(since)
    found = rows.aggregate(**wanted)
    return Waiting(found["count"], found.get("oldest"))


def _sum(rows: QuerySet[Any], since: str) -> Waiting:
    groups = list(
        rows.order_by()
        .values("currency")
        .annotate(count=Count("pk"), oldest=Min(since), cents=Sum("amount_cents"))
        .order_by("currency")
    )
    return Waiting(
        sum(group["count"] for group in groups),
        min((group["oldest"] for group in groups), default=None),
        tuple((group["currency"], group["cents"]) for group in groups),
    )


def refunds_to_approve() -> Waiting:
    return _sum(Refund.objects.filter(state=RefundState.REQUESTED), "requested_at")


def payments_unknown() -> Waiting:
    return _sum(Payment.objects.filter(state=PaymentState.UNKNOWN), "created_at")


def offline_payments() -> Waiting:
    pending = Payment.objects.filter(state=PaymentState.PENDING)
    return _sum(pending.exclude(method=Method.STRIPE), "created_at")


def open_cases() -> Waiting:
    return _sum(MoneyCase.objects.filter(state=CaseState.OPEN), "opened_at")


def dead_events(at: datetime) -> Waiting:
    recent = WebhookEvent.objects.filter(received_at__gte=at - LOOK_BACK, state=InboxState.DEAD)
    return _count(recent, "received_at")


def failed_messages() -> Waiting:
    # Spelled as the index spells it, so that the index is used.
    waiting = Message.objects.filter(state__in=[MessageState.QUEUED, MessageState.FAILED])
    return _count(waiting.filter(state=MessageState.FAILED), "created_at")


def failed_jobs(at: datetime) -> Waiting:
    failed = Task.objects.filter(success=False, stopped__gte=at - LOOK_BACK).order_by()
    return _count(failed, "stopped")


def batches_to_approve() -> Waiting:
    return _count(Plan.objects.filter(state=PlanState.REQUESTED), "prepared_at")


def catalog_to_approve() -> Waiting:
    return _count(ChangeSet.objects.filter(state=ChangeSetState.SUBMITTED), "prepared_at")


def settings_to_approve() -> Waiting:
    return _count(DatedSetting.objects.filter(state=SettingState.PROPOSED), "proposed_at")


def entries_to_approve() -> Waiting:
    return _count(ManualEntry.objects.filter(state="requested"), "requested_at")


def to_dispatch(today: date) -> Waiting:
    return _count(Booking.objects.filter(pickup_date=today, state=BookingState.PAID))


def overdue_dispatch(today: date) -> Waiting:
    """Paid bookings whose pickup day has passed and that nobody sent on their way."""
    days = Q(pickup_date__lt=today, pickup_date__gte=today - LOOK_BACK)
    return _count(Booking.objects.filter(days, state=BookingState.PAID), "pickup_date")


def follow_ups_due(today: date) -> Waiting:
    due = Booking.objects.filter(follow_up_on__isnull=False, follow_up_on__lte=today)
    return _count(due.exclude(state__in=OVER), "follow_up_on")
