"""Settles what is unknown and rings again for what was lost."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from domain.flows import sweeps, tasks


class Command(BaseCommand):
    help = "Settles open and unknown payments, and queues lost refunds and events again."

    def handle(self, *args: Any, **options: Any) -> None:
        at = timezone.now()
        for outcome in sweeps.poll_open_payments(at=at):
            self.stdout.write(outcome)
        self.stdout.write(f"{len(sweeps.events_to_process(at=at))} events wait.")
        self.stdout.write(f"{len(sweeps.refunds_to_send(at=at))} refunds wait.")
        tasks.sweep()
