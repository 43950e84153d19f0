from __future__ import annotations

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.utils import timezone

from domain.flows.reference import install_reference_data


class Command(BaseCommand):
    help = "Bring the database up to date: tables, the shared cache, roles, accounts, schedule."

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", verbosity=options["verbosity"], interactive=False)
        call_command("createcachetable", verbosity=options["verbosity"])
        install_reference_data(at=timezone.now())
