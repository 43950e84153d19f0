"""What people do to the books: lock a month, draft and approve an entry by hand."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings

from domain.common.actors import may
from domain.common.errors import InvalidInput, NotPermitted, Refused
from domain.common.transactions import in_transaction
from domain.common.workflow import begin, transit
from domain.ledger.chart import CHART, CURRENCIES, Per
from domain.ledger.models import LedgerPeriod, ManualEntry
from domain.ledger.operations.lock import hold_ledger
from domain.staff.models import Staff


@in_transaction
def lock_month(*, month: date, actor: Staff, at: datetime) -> LedgerPeriod:
    """Lock a past month: nothing is dated into it any more.

    :raises Refused: the month is not over, or already locked
    :raises LedgerBusy: a large batch is being posted
    """
    if not may(actor, "domain.lock_period"):
        raise NotPermitted("You may not lock a ledger month; a finance manager may.")
    month = month.replace(day=1)
    if month >= _still_open(at):
        raise Refused(f"{month:%B %Y} is not over yet.")
    if LedgerPeriod.objects.filter(month=month).exists():
        raise Refused(f"{month:%B %Y} is already locked.")
    hold_ledger(patience_ms=3000)
    return LedgerPeriod.objects.create(month=month, locked_at=at, locked_by=actor)


def _still_open(at: datetime) -> date:
    """The first month that is not over yet in every place the business books money."""
    zones = (settings.DELIVERIES_TIME_ZONE, settings.VEHICLES_TIME_ZONE)
    return min(at.astimezone(ZoneInfo(zone)).date() for zone in zones).replace(day=1)


@in_transaction
def request_manual_entry(
    *,
    debit_code: str,
    credit_code: str,
    currency: str,
    amount_cents: int,
    effective_on: date,
    reason: str,
    actor: Staff,
    at: datetime,
    booking_id: int | None = None,
) -> ManualEntry:
    """Draft an entry by hand; a second person posts it.

    :raises InvalidInput: with every field that is wrong
    """
    if not may(actor, "domain.request_manual_entry"):
        raise NotPermitted("You may not draft manual entries; a finance manager may.")
    draft = {"debit_code": debit_code, "credit_code": credit_code}
    errors = {
        field: [fault] for field, code in draft.items() if (fault := _code_fault(code, booking_id))
    }
    checks = (
        ("credit_code", debit_code == credit_code, "Choose two different accounts."),
        ("currency", currency not in CURRENCIES, f"The books are not kept in {currency}."),
        ("amount", amount_cents <= 0, "Give an amount above zero."),
        ("reason", not reason.strip(), "Say why."),
    )
    errors |= {field: [sentence] for field, wrong, sentence in checks if wrong}
    if errors:
        raise InvalidInput.of(errors)
    manual = ManualEntry(
        debit_code=debit_code,
        credit_code=credit_code,
        currency=currency,
        amount_cents=amount_cents,
        effective_on=effective_on,
        booking_id=booking_id,
        reason=reason,
        requested_by=actor,
        requested_at=at,
    )
    return begin(manual, actor=actor, at=at, reason=reason).subject


def _code_fault(code: str, booking_id: int | None) -> str:
    chart = CHART.get(code)
    if chart is None:
        return f"There is no account {code}."
    if chart.per == Per.MEMBER:
        return "A member's account is moved from the member's own page."
    if chart.per == Per.BOOKING and booking_id is None:
        return "This account is kept per booking; name the booking."
    return ""


def approve_manual_entry(*, manual_id: int, actor: Staff, at: datetime) -> ManualEntry:
    return transit(ManualEntry, manual_id, "approve", actor=actor, at=at).subject
