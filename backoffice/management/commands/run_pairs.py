"""Computes the commission run of a month in the name of a colleague; another one approves it."""

from __future__ import annotations

from argparse import ArgumentParser
from calendar import monthrange
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from backoffice.management.colleagues import colleague
from domain.common.context import acting, new_request_id
from domain.common.errors import DomainError
from domain.common.money import show
from domain.compliance.days import day_of
from domain.flows.commission import run_month


class Command(BaseCommand):
    help = "Computes the commission run of a month; a second person approves it on its page."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--month", required=True, help="as 2027-03")
        parser.add_argument("--as", required=True, dest="who", help="username of who computes it")

    def handle(self, *args: Any, month: str, who: str, **options: Any) -> None:
        at = timezone.now()
        try:
            first = date.fromisoformat(f"{month}-01")
        except ValueError as error:
            raise CommandError(f"{month} is no month; write it as 2027-03.") from error
        as_of = min(first.replace(day=monthrange(first.year, first.month)[1]), day_of(at))
        actor = colleague(who)
        if as_of < first:
            raise CommandError(f"{month} lies ahead.")
        try:
            with acting(request_id=new_request_id()):
                run = run_month(as_of=as_of, actor=actor, at=at)
        except DomainError as refusal:
            raise CommandError(str(refusal)) from refusal
        people = "1 member" if run.members == 1 else f"{run.members} members"
        self.stdout.write(
            f"{run}: {run.events} new units, {run.pairs} pairs of {people}, "
            f"{show(run.gross_cents, 'INR')}. Somebody else has to approve it."
        )
