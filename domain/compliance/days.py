"""Days of compliance are Indian ones: the sellers, their papers and their tax are there."""

from __future__ import annotations

from datetime import date, datetime

from domain.bookings.conditions import local_time
from domain.bookings.models import Line


def day_of(at: datetime) -> date:
    return local_time(Line.VEHICLE, at).date()
