"""The queues of those who sell vehicles: who is late with paying, who waits for a vehicle."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from django.conf import settings

from backoffice.queue import Queue
from domain.reports import waiting


def vehicle_queues(at: datetime) -> tuple[Queue, ...]:
    today = at.astimezone(ZoneInfo(settings.VEHICLES_TIME_ZONE)).date()
    return (
        Queue(
            "instalments",
            "Instalments overdue",
            "event_busy",
            "domain.record_offline_payment",
            "domain_instalment_changelist",
            "when=late",
            partial(waiting.instalments_overdue, today),
            "Every instalment was paid in time.",
        ),
        Queue(
            "to_hand_over",
            "Paid vehicles to hand over",
            "key",
            "domain.complete_booking",
            "domain_booking_changelist",
            "line__exact=vehicle&state__exact=completed",
            waiting.vehicles_to_hand_over,
            "Every vehicle that is paid was handed over.",
        ),
    )
