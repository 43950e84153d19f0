"""The queues of those who sell vehicles: who is late with paying, who waits for a vehicle."""

from __future__ import annotations

from backoffice.queue import Queue
from domain.reports import waiting


def vehicle_queues() -> tuple[Queue, ...]:
    return (
        Queue(
            "instalments",
            "Instalments overdue",
            "event_busy",
            "domain.record_offline_payment",
            "domain_instalment_changelist",
            "when=late",
            waiting.instalments_overdue,
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
