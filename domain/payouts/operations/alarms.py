"""Telling those who deposit tax that it is due, by e-mail and each time once.

:source: docs/policies/tax.md, "Challans"
"""

from __future__ import annotations

from datetime import date, datetime

from django.contrib.auth.models import AbstractUser
from django.db.models import QuerySet

from domain.common.actors import System
from domain.common.money import show
from domain.common.transactions import in_transaction
from domain.notifications.operations import new_message, queue_message
from domain.notifications.rules import MessageKind, compose
from domain.payouts.queries.challans import alarm_days, late_or_due
from domain.payouts.queries.days import tax_day
from domain.payouts.rules.calendar import deposit_by
from domain.staff.models import Staff

REMINDER = System("job:remind_deposits")
DEPOSITS = "domain.draft_challan"
RIGHTS_BY_ROLE = "django.contrib.auth.backends.ModelBackend"


def depositors() -> QuerySet[Staff]:
    """Active staff who may draft a challan, superusers only where a role of theirs says so."""
    may: QuerySet[Staff] = Staff.objects.with_perm(
        DEPOSITS, include_superusers=False, backend=RIGHTS_BY_ROLE
    )
    return may.exclude(email="").order_by("pk")


@in_transaction
def remind_deposits(*, at: datetime) -> list[str]:
    """Say which month's tax has to be deposited by when. Safe to repeat: each is told once."""
    today, said = tax_day(at), []
    for month, cents in late_or_due(today).items():
        days = [day for day in alarm_days(month) if day <= today]
        for person in depositors() if days else ():
            _tell(person, month, cents, days[-1], today, at)
            said.append(f"{person} is told of {show(cents, 'INR')} for {month:%B %Y}.")
    return said


def _tell(
    person: AbstractUser, month: date, cents: int, alarm: date, today: date, at: datetime
) -> None:
    due = deposit_by(month)
    late = (today - due).days
    words = compose(
        MessageKind.TAX_DUE,
        {
            "amount": show(cents, "INR"),
            "month": f"{month:%B %Y}",
            "when": f"was due on {due:%d %B}" if late > 0 else f"is due by {due:%d %B}",
        },
    )
    message = new_message(
        kind=MessageKind.TAX_DUE,
        recipient=person.email,
        subject=words.subject,
        body=words.body,
        dedupe_key=f"tax_due:{month:%Y-%m}:{alarm}:{person.pk}",
        at=at,
    )
    queue_message(message=message, actor=REMINDER, at=at)
