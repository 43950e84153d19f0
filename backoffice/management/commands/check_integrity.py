"""Checks every invariant; names each breach and exits 1 when there is one."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from domain.flows.integrity import checks


class Command(BaseCommand):
    help = "Checks every invariant; names each breach and exits 1 when there is one."

    def handle(self, *args: Any, **options: Any) -> None:
        found = 0
        for invariant, name, check in checks(timezone.now()):
            breaches = list(check())
            found += len(breaches)
            verdict = "holds" if not breaches else f"{len(breaches)} broken"
            self.stdout.write(f"{invariant:6} {name}: {verdict}")
            for breach in breaches:
                self.stderr.write(f"  {breach}")
        if found:
            raise CommandError(f"{found} breaches.")
        self.stdout.write("Every invariant holds.")
