"""What the product needs in its tables before the first booking: roles, accounts, policy, jobs."""

from __future__ import annotations

from datetime import UTC, datetime

from django_q.models import Schedule

from domain.bookings.models import CancellationPolicy, Line
from domain.common.transactions import in_transaction
from domain.ledger.operations import ensure_chart
from domain.staff.operations import sync_roles

BEGINNING = datetime(2020, 1, 1, tzinfo=UTC)

# What runs by itself: task, and every how many minutes.
SCHEDULE = (
    ("domain.common.audit.tasks.seal", 1),
    ("domain.ledger.tasks.roll_up", 1),
    ("domain.network.tasks.count_legs", 1),
    ("domain.flows.tasks.sweep", 2),
    ("domain.notifications.tasks.deliver_waiting", 5),
    ("domain.flows.tasks.expire_bookings", 10),
    ("domain.flows.tasks.place_due_members", 10),
    ("domain.flows.tasks.keep_stock", 10),
    ("domain.flows.tasks.remind_instalments", 60),
    ("domain.flows.tasks.apply_reserves", 60),
    ("domain.flows.tasks.poll_payments", 60),
    ("domain.compliance.tasks.age_papers", 60),
    ("domain.payouts.tasks.remind_deposits", 60),
)


@in_transaction
def install_reference_data(*, at: datetime) -> None:
    """Bring roles, accounts, the default policy and the schedule up to date. Safe to repeat."""
    sync_roles(at=at)
    ensure_chart(at=at)
    if not CancellationPolicy.objects.filter(line=Line.DELIVERY).exists():
        CancellationPolicy.objects.create(
            line=Line.DELIVERY,
            valid_from=BEGINNING,
            free_until_hours=48,
            late_fee_bps=5_000,
            same_day_fee_bps=10_000,
        )
    names = [task for task, _ in SCHEDULE]
    Schedule.objects.filter(func__startswith="domain.").exclude(func__in=names).delete()
    for task, minutes in SCHEDULE:
        Schedule.objects.update_or_create(
            name=task,
            defaults={
                "func": task,
                "schedule_type": Schedule.MINUTES,
                "minutes": minutes,
                "repeats": -1,
            },
        )
