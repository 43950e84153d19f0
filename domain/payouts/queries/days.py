"""Days of payouts and of tax are Indian ones."""

from __future__ import annotations

from datetime import date, datetime

from domain.bookings.conditions import local_time
from domain.bookings.models import Line


def tax_day(at: datetime) -> date:
    return local_time(Line.VEHICLE, at).date()
