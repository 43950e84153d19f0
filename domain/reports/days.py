"""From when to when the days of a report are, where the vehicles' business is."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings


def midnight(day: date) -> datetime:
    """When a day begins."""
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(settings.VEHICLES_TIME_ZONE))


def moments(since: date, until: date) -> tuple[datetime, datetime]:
    """Beginning of the first day, and end of the last, which is not part of them any more."""
    return midnight(since), midnight(until + timedelta(days=1))
