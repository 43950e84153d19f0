"""Brings roles, accounts, the default policy and the schedule up to date."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from domain.flows.reference import install_reference_data


class Command(BaseCommand):
    help = "Brings roles, accounts, the default policy and the schedule up to date."

    def handle(self, *args: Any, **options: Any) -> None:
        install_reference_data(at=timezone.now())
        self.stdout.write("Roles, accounts, policy and schedule are up to date.")
