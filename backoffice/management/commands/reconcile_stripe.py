"""Compares Stripe's balance transactions with the ledger and opens a case per difference."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from domain.common.context import acting, new_request_id
from domain.flows.reconciliation import reconcile
from domain.payments.gateway import StripeError


class Command(BaseCommand):
    help = "Compares Stripe's balance transactions with the ledger; opens a case per difference."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--days", type=int, default=3, help="how many days back (3)")

    def handle(self, *args: Any, days: int, **options: Any) -> None:
        at = timezone.now()
        try:
            with acting(request_id=new_request_id()):
                found = reconcile(since=at - timedelta(days=days), until=at, at=at)
        except StripeError as error:
            raise CommandError(f"Stripe did not answer, nothing was compared: {error}") from error
        for each in found:
            self.stdout.write(f"{each.kind.label}: {each.sentence}")
        self.stdout.write(f"{len(found)} differences.")
