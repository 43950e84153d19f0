"""What waits for somebody: each queue's count, oldest and sum, by an index of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import (
    BigIntegerField,
    CharField,
    Count,
    DateField,
    DateTimeField,
    F,
    Min,
    Q,
    QuerySet,
    Sum,
    Value,
)
from django.db.models.functions import Cast
from django_q.models import Task

from domain.bookings.models import (
    Booking,
    BookingState,
    Instalment,
    InstalmentWaiver,
    Line,
    WaiverState,
)
from domain.bookings.vehicles.instalments import OPEN, RUNNING
from domain.catalog.models import ChangeSet, ChangeSetState
from domain.common.settings.models import DatedSetting, SettingState
from domain.common.workflow.models import Plan, PlanState
from domain.ledger.models import ManualEntry
from domain.network.earning.models import CommissionRun, ReserveRelease
from domain.network.models import Member, PlacementCorrection, Transmission
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
from domain.payouts.models import (
    AnswerState,
    BankAnswer,
    BatchState,
    CertificateState,
    Challan,
    ChallanState,
    LowerDeductionCertificate,
    Payout,
    PayoutBatch,
    PayoutState,
)
from domain.payouts.queries.challans import undeposited

# What failed longer ago was looked at or is looked for in its list: a queue stays quick.
LOOK_BACK = timedelta(days=30)
DEPOSITS_BACK = timedelta(days=92)
OVER = (
    BookingState.COMPLETED,
    BookingState.DELIVERED,
    BookingState.CANCELLED,
    BookingState.EXPIRED,
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A queue as it stands. ``sums`` are in minor units by currency."""

    count: int
    oldest: datetime | date | None = None
    sums: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Queued:
    """The rows of a queue: ``since`` is the field that tells from when a row waits (a moment, or
    a day when ``by_day``), and with ``money`` their amounts are summed by currency. ``rupees``
    names a column of paise in rows that say no currency.
    """

    rows: QuerySet[Any]
    since: str = ""
    by_day: bool = False
    money: bool = False
    rupees: str = ""

    def counted(self, name: str) -> QuerySet[Any, tuple[Any, ...]]:
        moment = Min(self.since) if self.since and not self.by_day else NO_MOMENT
        in_words = Value("INR" if self.rupees else "", output_field=CharField())
        currency = F("currency") if self.money else in_words
        summed = self.rupees or ("amount_cents" if self.money else "")
        cents = Sum(summed) if summed else Value(0, output_field=BigIntegerField())
        counted: QuerySet[Any, tuple[Any, ...]] = (
            self.rows.order_by()
            .values(queue=Value(name), of=currency)
            .annotate(
                rows=Count("pk"),
                moment=moment,
                day=Min(self.since) if self.by_day else NO_DAY,
                cents=Cast(cents, BigIntegerField()),
            )
            .values_list("queue", "of", "rows", "moment", "day", "cents")
        )
        return counted


# Each column of a union has one type, and a bare NULL has none.
NO_MOMENT = Cast(Value(None), DateTimeField())
NO_DAY = Cast(Value(None), DateField())


def waiting_in(queues: Mapping[str, Queued]) -> dict[str, Waiting]:
    """Count queues, each by its own index, all in one statement."""
    if not queues:
        return {}
    first, *others = (queued.counted(name) for name, queued in queues.items())
    groups: dict[str, list[tuple[Any, ...]]] = {name: [] for name in queues}
    for name, *group in first.union(*others, all=True) if others else first:
        groups[name].append(tuple(group))
    return {name: _together(found) for name, found in groups.items()}


def _together(groups: list[tuple[Any, ...]]) -> Waiting:
    return Waiting(
        sum(rows for _, rows, *_ in groups),
        min((moment or day for _, _, moment, day, _ in groups if moment or day), default=None),
        tuple(sorted((currency, cents) for currency, *_, cents in groups if currency)),
    )


def refunds_to_approve() -> Queued:
    return Queued(Refund.objects.filter(state=RefundState.REQUESTED), "requested_at", money=True)


def waivers_to_approve() -> Queued:
    asked = InstalmentWaiver.objects.filter(state=WaiverState.REQUESTED)
    return Queued(asked, "requested_at")


def payments_unknown() -> Queued:
    return Queued(Payment.objects.filter(state=PaymentState.UNKNOWN), "created_at", money=True)


def offline_payments() -> Queued:
    pending = Payment.objects.filter(state=PaymentState.PENDING)
    return Queued(pending.exclude(method=Method.STRIPE), "created_at", money=True)


def open_cases() -> Queued:
    return Queued(MoneyCase.objects.filter(state=CaseState.OPEN), "opened_at", money=True)


def dead_events(at: datetime) -> Queued:
    recent = WebhookEvent.objects.filter(received_at__gte=at - LOOK_BACK, state=InboxState.DEAD)
    return Queued(recent, "received_at")


def failed_messages() -> Queued:
    # Spelled as the index spells it, so that the index is used.
    waiting = Message.objects.filter(state__in=[MessageState.QUEUED, MessageState.FAILED])
    return Queued(waiting.filter(state=MessageState.FAILED), "created_at")


def failed_jobs(at: datetime) -> Queued:
    failed = Task.objects.filter(success=False, stopped__gte=at - LOOK_BACK).order_by()
    return Queued(failed, "stopped")


def batches_to_approve() -> Queued:
    return Queued(Plan.objects.filter(state=PlanState.REQUESTED), "prepared_at")


def catalog_to_approve() -> Queued:
    return Queued(ChangeSet.objects.filter(state=ChangeSetState.SUBMITTED), "prepared_at")


def settings_to_approve() -> Queued:
    return Queued(DatedSetting.objects.filter(state=SettingState.PROPOSED), "proposed_at")


def entries_to_approve() -> Queued:
    return Queued(ManualEntry.objects.filter(state="requested"), "requested_at")


def members_to_place() -> Queued:
    # Spelled as the index spells it, so that the index is used.
    return Queued(Member.objects.filter(placed_at=None, state="active"), "holding_since")


def runs_to_approve() -> Queued:
    return Queued(CommissionRun.objects.filter(state="computed"), "computed_at")


def corrections_to_approve() -> Queued:
    return Queued(PlacementCorrection.objects.filter(state="requested"), "requested_at")


def transmissions_to_approve() -> Queued:
    return Queued(Transmission.objects.filter(state="requested"), "requested_at")


def releases_to_approve() -> Queued:
    return Queued(ReserveRelease.objects.filter(state="requested"), "requested_at")


def to_dispatch(today: date) -> Queued:
    return Queued(Booking.objects.filter(pickup_date=today, state=BookingState.PAID))


def overdue_dispatch(today: date) -> Queued:
    """Paid bookings whose pickup day has passed and that nobody sent on their way."""
    days = Q(pickup_date__lt=today, pickup_date__gte=today - LOOK_BACK)
    return Queued(Booking.objects.filter(days, state=BookingState.PAID), "pickup_date", by_day=True)


def follow_ups_due(today: date) -> Queued:
    due = Booking.objects.filter(follow_up_on__isnull=False, follow_up_on__lte=today)
    return Queued(due.exclude(state__in=OVER), "follow_up_on", by_day=True)


def instalments_overdue(today: date) -> Queued:
    """What is late of confirmed bookings, whether the nightly job has marked it already or not."""
    running = Q(booking__state__in=RUNNING)
    late = Instalment.objects.filter(running, state__in=OPEN, due_on__lt=today)
    return Queued(late, "due_on", by_day=True)


def vehicles_to_hand_over() -> Queued:
    paid = Booking.objects.filter(line=Line.VEHICLE, state=BookingState.COMPLETED)
    return Queued(paid, "confirmed_at")


def payouts_to_approve() -> Queued:
    live = Payout.objects.filter(state__in=["requested", "approved", "processing", "unknown"])
    return Queued(live.filter(state=PayoutState.REQUESTED), "requested_at", money=True)


def payouts_to_send_again() -> Queued:
    back = Payout.objects.filter(state=PayoutState.FAILED, bank_part_held=True)
    return Queued(back, "requested_at", money=True)


def batches_to_release() -> Queued:
    return Queued(PayoutBatch.objects.filter(state=BatchState.READY), "made_at")


def answers_to_review() -> Queued:
    return Queued(BankAnswer.objects.filter(state=AnswerState.PREPARED), "uploaded_at")


def challans_to_confirm() -> Queued:
    return Queued(Challan.objects.filter(state=ChallanState.DRAFTED), "drafted_at")


def tax_to_deposit(today: date) -> Queued:
    """Tax of the months before this one in no confirmed challan; older is on its own page."""
    first = today.replace(day=1)
    recent = undeposited(also_drafted=False).filter(
        deducted_on__lt=first, deducted_on__gte=first - DEPOSITS_BACK
    )
    return Queued(recent, "deducted_on", by_day=True, rupees="tds_cents")


def certificates_to_verify() -> Queued:
    proposed = LowerDeductionCertificate.objects.filter(state=CertificateState.PROPOSED)
    return Queued(proposed, "added_at")
