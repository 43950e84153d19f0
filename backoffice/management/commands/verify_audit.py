"""Seals what is unsealed and walks the audit's hash chain."""

from __future__ import annotations

from itertools import chain
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from domain.common.audit.models import AuditSeal
from domain.common.audit.replay import all_replay_breaches
from domain.common.audit.sealing import chain_breaches, detail_breaches, seal_audit


class Command(BaseCommand):
    help = "Seals what is unsealed, walks the audit's hash chain and replays every record."

    def handle(self, *args: Any, **options: Any) -> None:
        at = timezone.now()
        while sealed := seal_audit(at=at):
            self.stdout.write(f"Sealed {sealed} entries.")
        breaches = list(chain(chain_breaches(at=at), detail_breaches(), all_replay_breaches()))
        for breach in breaches:
            self.stderr.write(str(breach))
        if breaches:
            raise CommandError(f"{len(breaches)} breaches.")
        last = AuditSeal.objects.order_by("-sequence").first()
        head = f"#{last.sequence} {last.digest}" if last else "empty"
        self.stdout.write(f"The chain is unbroken. Head: {head}")
