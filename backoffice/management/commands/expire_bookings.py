"""Expires unpaid bookings whose deadline has passed, after asking Stripe."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from domain.common.context import acting, new_request_id
from domain.common.errors import DomainError
from domain.flows.sweeps import bookings_to_expire, expire_booking


class Command(BaseCommand):
    help = "Expires unpaid bookings whose deadline has passed, one transaction each."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="list, change none")

    def handle(self, *args: Any, dry_run: bool, **options: Any) -> None:
        at = timezone.now()
        due = bookings_to_expire(at=at)
        left = 0
        for n, booking_id in enumerate(due, start=1):
            if dry_run:
                self.stdout.write(f"{n}/{len(due)} booking {booking_id} would expire")
                continue
            try:
                with acting(request_id=new_request_id()):
                    outcome = expire_booking(booking_id=booking_id, at=at)
                self.stdout.write(f"{n}/{len(due)} {outcome}")
            except DomainError as refusal:
                left += 1
                self.stderr.write(f"{n}/{len(due)} left as it is: {refusal}")
        if left:
            raise CommandError(f"{left} of {len(due)} bookings were left as they were.")
        self.stdout.write(f"{len(due)} bookings were due.")
