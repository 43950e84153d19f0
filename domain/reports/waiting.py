"""What waits for somebody: the rows of each queue, found by an index of its own."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import DateField, DateTimeField, F, Q
from django_q.models import Task

from domain.bookings.conditions import local_time
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
from domain.payouts.queries.days import tax_day
from domain.reports.queued import Asked, Queued

# What failed longer ago was looked at or is looked for in its list: a queue stays quick.
LOOK_BACK = timedelta(days=30)
DEPOSITS_BACK = timedelta(days=92)
OVER = (
    BookingState.COMPLETED,
    BookingState.DELIVERED,
    BookingState.CANCELLED,
    BookingState.EXPIRED,
)


LATELY = Asked(lambda at: at - LOOK_BACK, DateTimeField())
# Days are those of the line of business that works on the queue.
DELIVERIES_DAY = Asked(lambda at: local_time(Line.DELIVERY, at).date(), DateField())
VEHICLES_DAY = Asked(lambda at: local_time(Line.VEHICLE, at).date(), DateField())
A_MONTH_AGO = Asked(lambda at: local_time(Line.DELIVERY, at).date() - LOOK_BACK, DateField())
THIS_MONTH = Asked(lambda at: tax_day(at).replace(day=1), DateField())
LAST_DEPOSITS = Asked(lambda at: tax_day(at).replace(day=1) - DEPOSITS_BACK, DateField())


def refunds_to_approve() -> Queued:
    return Queued(Refund.objects.filter(state=RefundState.REQUESTED), "requested_at", money=True)


def waivers_to_approve() -> Queued:
    asked = InstalmentWaiver.objects.filter(state=WaiverState.REQUESTED)
    return Queued(asked, "requested_at", rupees="amount_cents")


def payments_unknown() -> Queued:
    return Queued(Payment.objects.filter(state=PaymentState.UNKNOWN), "created_at", money=True)


def offline_payments() -> Queued:
    pending = Payment.objects.filter(state=PaymentState.PENDING)
    return Queued(pending.exclude(method=Method.STRIPE), "created_at", money=True)


def open_cases() -> Queued:
    return Queued(MoneyCase.objects.filter(state=CaseState.OPEN), "opened_at", money=True)


def dead_events() -> Queued:
    recent = WebhookEvent.objects.filter(received_at__gte=LATELY, state=InboxState.DEAD)
    return Queued(recent, "received_at")


def failed_messages() -> Queued:
    # Spelled as the index spells it, so that the index is used.
    waiting = Message.objects.filter(state__in=[MessageState.QUEUED, MessageState.FAILED])
    return Queued(waiting.filter(state=MessageState.FAILED), "created_at")


def failed_jobs() -> Queued:
    failed = Task.objects.filter(success=False, stopped__gte=LATELY).order_by()
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


def to_dispatch() -> Queued:
    return Queued(Booking.objects.filter(pickup_date=DELIVERIES_DAY, state=BookingState.PAID))


def overdue_dispatch() -> Queued:
    """Paid bookings whose pickup day has passed and that nobody sent on their way."""
    days = Q(pickup_date__lt=DELIVERIES_DAY, pickup_date__gte=A_MONTH_AGO)
    return Queued(Booking.objects.filter(days, state=BookingState.PAID), "pickup_date", by_day=True)


def follow_ups_due() -> Queued:
    due = Booking.objects.filter(follow_up_on__isnull=False, follow_up_on__lte=DELIVERIES_DAY)
    return Queued(due.exclude(state__in=OVER), "follow_up_on", by_day=True)


def instalments_overdue() -> Queued:
    """What is late of confirmed bookings, whether the nightly job has marked it already or not."""
    running = Q(booking__state__in=RUNNING)
    late = Instalment.objects.filter(running, state__in=OPEN, due_on__lt=VEHICLES_DAY)
    late_cents = F("amount_cents") - F("paid_cents") - F("waived_cents")
    return Queued(late.annotate(late_cents=late_cents), "due_on", by_day=True, rupees="late_cents")


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


def tax_to_deposit() -> Queued:
    """Tax of the months before this one in no confirmed challan; older is on its own page."""
    recent = undeposited(also_drafted=False).filter(
        deducted_on__lt=THIS_MONTH, deducted_on__gte=LAST_DEPOSITS
    )
    return Queued(recent, "deducted_on", by_day=True, rupees="tds_cents")


def certificates_to_verify() -> Queued:
    proposed = LowerDeductionCertificate.objects.filter(state=CertificateState.PROPOSED)
    return Queued(proposed, "added_at")
