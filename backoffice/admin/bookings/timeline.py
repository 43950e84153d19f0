"""What happened to a booking, newest first: its audit trail in people's words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from backoffice.admin.trail import BEGUN, CHANGES, change_words, state_label, step_label
from domain.bookings.models import Booking
from domain.common.audit.models import AuditEntry
from domain.common.money import show
from domain.common.workflow.stateful import REGISTERED, model_of
from domain.notifications.models import Message
from domain.payments.models import OFFLINE, MoneyCase, Payment, Refund

PAGE = 50
MONEY_KINDS = ("payment", "refund", "moneycase", "dispute")
FILTERS = {"all": "All", "money": "Money", "mail": "Mail"}
WITHOUT_MONEY = {name: label for name, label in FILTERS.items() if name != "money"}


@dataclass(frozen=True, slots=True)
class Event:
    id: int
    at: datetime
    kind: str
    title: str
    who: str
    role: str
    change: str = ""
    reason: str = ""
    moves: Sequence[Mapping[str, Any]] = ()
    plan_id: int | None = None


@dataclass(frozen=True, slots=True)
class Events:
    rows: Sequence[Event]
    more_before: int | None


def events_of(
    booking: Booking, *, only: str = "all", before: int | None = None, sees_money: bool
) -> Events:
    """A page of a booking's timeline; four queries at most.

    :param before: the id of the last event already shown
    """
    entries = AuditEntry.objects.filter(booking_id=booking.pk).select_related("actor", "detail")
    if not sees_money:
        entries = entries.filter(subject_type__in=["booking", "message"])
    if only == "money":
        entries = entries.filter(subject_type__in=MONEY_KINDS) | entries.exclude(money={})
    elif only == "mail":
        entries = entries.filter(subject_type="message")
    if before is not None:
        entries = entries.filter(pk__lt=before)
    found = list(entries.order_by("-pk")[: PAGE + 1])
    shown = found[:PAGE]
    subjects = _subjects(shown)
    rows = [_event(entry, subjects, booking.currency, sees_money=sees_money) for entry in shown]
    return Events(rows, shown[-1].pk if len(found) > PAGE else None)


def _subjects(entries: Sequence[AuditEntry]) -> dict[tuple[str, int], Any]:
    """The records that the entries speak of, a query for each kind there is."""
    found: dict[tuple[str, int], Any] = {}
    for kind, model in (
        ("message", Message),
        ("payment", Payment),
        ("refund", Refund),
        ("moneycase", MoneyCase),
    ):
        ids = {entry.subject_id for entry in entries if entry.subject_type == kind}
        if ids:
            rows = model._default_manager.filter(pk__in=ids)
            found |= {(kind, row.pk): row for row in rows}
    return found


def _event(
    entry: AuditEntry,
    subjects: Mapping[tuple[str, int], Any],
    currency: str,
    *,
    sees_money: bool,
) -> Event:
    subject = subjects.get((entry.subject_type, entry.subject_id))
    return Event(
        id=entry.pk,
        at=entry.at,
        kind=_kind(entry),
        title=_title(entry, subject, currency, sees_money=sees_money),
        who=entry.who(),
        role=entry.role if entry.actor_id else "",
        change=_change(entry),
        reason=_reason(entry),
        moves=entry.money.get("moves", ()) if sees_money else (),
        plan_id=entry.plan_id,
    )


def _kind(entry: AuditEntry) -> str:
    if entry.subject_type == "message":
        return "mail"
    return "money" if entry.subject_type in MONEY_KINDS or entry.money else "booking"


def _reason(entry: AuditEntry) -> str:
    detail = getattr(entry, "detail", None)
    return detail.reason if detail is not None else ""


def _title(entry: AuditEntry, subject: Any, currency: str, *, sees_money: bool) -> str:
    step = step_label(entry.subject_type, entry.step)
    if entry.subject_type == "message":
        # Its subject line may tell an amount.
        named = f"E-mail “{subject}”" if subject and sees_money else "E-mail to the guest"
        return f"{named} {entry.to_state}"
    if entry.subject_type == "booking":
        if entry.step == "begin":
            return "Booked"
        if entry.step == "edit" and (fields := entry.facts.get("fields")):
            return f"Changed: {', '.join(fields).replace('_', ' ')}"
        amount = entry.facts.get("amount_cents", 0) if sees_money else 0
        return f"{step}: {show(amount, currency)}" if amount else step
    return _of_money(entry, subject, step)


def _of_money(entry: AuditEntry, subject: Any, step: str) -> str:
    name = _named(entry, subject)
    if entry.step == "begin":
        return f"{name} {_begun(entry, subject)}"
    if entry.step in CHANGES:
        return f"{name} {change_words(entry.step)}"
    # What became of it says more than what the step is called: ``Payment …: succeeded``.
    changed = entry.from_state != entry.to_state
    return f"{name}: {_state_words(entry, entry.to_state) if changed else step.lower()}"


def _begun(entry: AuditEntry, subject: Any) -> str:
    if entry.subject_type == "payment" and subject is not None and subject.method in OFFLINE:
        return "recorded"
    return BEGUN.get(entry.subject_type, "begun")


def _named(entry: AuditEntry, subject: Any) -> str:
    if entry.subject_type == "webhookevent":
        return "What Stripe told us"
    if subject is None:
        return _model_name(entry.subject_type).capitalize()
    if entry.subject_type == "payment":
        return f"Payment of {subject}"
    if entry.subject_type == "moneycase":
        return f"Case “{subject.get_kind_display()}”"
    return str(subject)


def _model_name(kind: str) -> str:
    return str(model_of(kind)._meta.verbose_name) if kind in REGISTERED else kind


def _change(entry: AuditEntry) -> str:
    if entry.from_state == entry.to_state or entry.step == "begin":
        return ""
    return f"{_state_words(entry, entry.from_state)} → {_state_words(entry, entry.to_state)}"


def _state_words(entry: AuditEntry, state: str) -> str:
    return state_label(entry.subject_type, state).lower()
