"""What the calendar does to instalments: they fall due, become overdue, and are reminded of.

:source: docs/policies/vehicles.md, "Reminders"
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db.models import Q

from domain.bookings.conditions import local_time
from domain.bookings.models import Booking, Instalment, InstalmentState, Line
from domain.bookings.vehicles.instalments import OPEN, RUNNING, refill
from domain.common.actors import System
from domain.common.effects import Change
from domain.common.money import show
from domain.common.settings.queries import settings_at
from domain.common.transactions import in_transaction
from domain.common.workflow import record
from domain.common.workflow.door import lock
from domain.flows.messages import Tell
from domain.notifications.rules import MessageKind

REMINDER = System("job:remind_instalments")
BEFORE, AFTER = "emi.remind_before_days", "emi.remind_after_days"


def instalments_to_look_at(*, at: datetime, limit: int = 1_000) -> list[int]:
    """Instalments that became overdue, or of which the buyer is to be reminded now."""
    today, days = _today(at), settings_at([BEFORE, AFTER], at)
    rows = Instalment.objects.filter(booking__state__in=RUNNING, state__in=OPEN)
    wanted = rows.filter(
        Q(due_on__lt=today) & ~Q(state=InstalmentState.OVERDUE)
        | Q(
            due_on__gte=today,
            due_on__lte=today + timedelta(days=days[BEFORE]),
            reminded_before_at=None,
        )
        | Q(due_on__lte=today - timedelta(days=days[AFTER]), reminded_after_at=None)
    )
    return list(wanted.order_by("due_on", "pk").values_list("pk", flat=True)[:limit])


@in_transaction
def look_at_instalment(*, instalment_id: int, at: datetime) -> str:
    """Mark an instalment overdue and remind its buyer, each once; returns what was done."""
    asked = Instalment.objects.get(pk=instalment_id)
    booking = lock(Booking, asked.booking_id)
    refill(booking=booking, at=at)
    row = Instalment.objects.get(pk=instalment_id)
    if booking.state not in RUNNING or row.state not in OPEN:
        return "Nothing is open of it."
    today, days = _today(at), settings_at([BEFORE, AFTER], at)
    if row.due_on < today:
        if row.reminded_after_at or (today - row.due_on).days < days[AFTER]:
            return "It is overdue."
        return _remind(booking, row, MessageKind.INSTALMENT_OVERDUE, at)
    if row.reminded_before_at or (row.due_on - today).days > days[BEFORE]:
        return "It is not due yet."
    return _remind(booking, row, MessageKind.INSTALMENT_SOON, at)


def _remind(booking: Booking, row: Instalment, kind: MessageKind, at: datetime) -> str:
    told = {
        "instalment": str(row.number),
        "due_on": f"{row.due_on:%d %B %Y}",
        "amount": show(row.open_cents, booking.currency),
    }
    overdue = kind is MessageKind.INSTALMENT_OVERDUE
    name = "reminded_after_at" if overdue else "reminded_before_at"
    Instalment.objects.filter(pk=row.pk).update(**{name: at})
    facts = {"instalment": row.number, "overdue": overdue}
    done = record(booking, "remind", actor=REMINDER, at=at, facts=facts)
    Tell(kind, booking, f"{kind}:{row.pk}", told).apply(Change(done.entry.pk, REMINDER, at))
    return f"Reminded of instalment {row.number}."


def _today(at: datetime) -> date:
    return local_time(Line.VEHICLE, at).date()
