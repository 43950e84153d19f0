"""Closing a month: its books are locked once nothing in it waits to be explained.

:source: docs/policies/ledger.md, "Locked months"
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q, QuerySet

from domain.common.errors import Refused
from domain.common.transactions import in_transaction
from domain.ledger.models import LedgerPeriod
from domain.ledger.operations import lock_month
from domain.payments.models import CaseState, MoneyCase
from domain.staff.models import Staff

MOST_NAMED = 5


@in_transaction
def close_month(*, month: date, actor: Staff, at: datetime) -> LedgerPeriod:
    """Lock a month in which no case is open.

    :raises Refused: the month is not over, is locked already, or has open cases
    :raises LedgerBusy: a large batch is being posted
    """
    # Locked first: from here on nothing posts into the month, so no case can be missed.
    period = lock_month(month=month, actor=actor, at=at)
    if sentence := why_not_closed(month):
        raise Refused(sentence)
    return period


def why_not_closed(month: date) -> str:
    """Say how many open cases keep a month open, and where they lie; "" when none does."""
    cases = list(open_cases(month).select_related("booking").order_by("opened_at", "pk"))
    if not cases:
        return ""
    named = [f"{each} ({each.booking})" if each.booking else str(each) for each in cases]
    more = len(named) - MOST_NAMED
    where = ", ".join(named[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
    keeps = "case keeps" if len(cases) == 1 else "cases keep"
    return f"{len(cases)} open {keeps} {month:%B %Y} open: {where}. Resolve them first."


def open_cases(month: date) -> QuerySet[MoneyCase]:
    """Cases that were open when a month ended, or are about something that happened by then.

    A reconciliation finds the last day's differences in the month after; a case that is
    only about later things keeps no earlier month open.
    """
    after = _after(month)
    zones = (settings.DELIVERIES_TIME_ZONE, settings.VEHICLES_TIME_ZONE)
    end = max(datetime(after.year, after.month, 1, tzinfo=ZoneInfo(zone)) for zone in zones)
    happened = Q(opened_at__lt=end) | Q(facts__happened_on__lt=after.isoformat())
    return MoneyCase.objects.filter(happened, state=CaseState.OPEN)


def _after(month: date) -> date:
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1)
