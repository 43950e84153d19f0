"""Fills an empty database with a believable company, through the product's own operations."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils import timezone
from django_q.models import OrmQ

from backoffice.demo_logins import LOGINS, PASSWORD
from backoffice.management.commands.demo import stripe_state
from backoffice.sandbox.company import Company, all_sent, grow
from backoffice.sandbox.company.aftersales import live_on
from backoffice.sandbox.company.network import sell
from backoffice.sandbox.company.payouts import pay_members
from backoffice.sandbox.company.vehicles import hang_pictures, workbook_with_vehicles
from backoffice.sandbox.stripe import start
from domain.bookings.models import Booking
from domain.catalog.operations import apply_change_set, prepare_import
from domain.common.actors import System
from domain.common.audit.tasks import seal
from domain.common.context import acting, new_request_id
from domain.flows.reference import install_reference_data
from domain.ledger.rollup import roll_up
from domain.staff.models import Staff

WORKBOOK = Path("fixtures/catalog/catalog.xlsx")
STORY_DAYS = 90
OPENING = System("opening")


class Command(BaseCommand):
    help = "Fills an empty database with staff, the catalog and months of bookings and members."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--bookings", type=int, default=140)
        parser.add_argument("--members", type=int, default=1_000)
        parser.add_argument("--vehicles", type=int, default=300, help="vehicle bookings")
        parser.add_argument("--seed", type=int, default=7)

    def handle(self, *args: Any, bookings: int, seed: int, verbosity: int, **options: Any) -> None:
        if settings.BACKOFFICE_ENV == "production":
            raise CommandError("Demo data does not belong into production.")
        if Booking.objects.exists():
            raise CommandError("There are bookings already; the demo company needs an empty house.")
        with connection.cursor() as cursor:
            # Whoever loses power meanwhile begins anew anyway: no commit waits for the disk.
            cursor.execute("SET synchronous_commit = off")
        today = timezone.now()
        begun = today - timedelta(days=STORY_DAYS)
        install_reference_data(at=today)
        staff = hire()
        self.open_catalog(begun)
        sandbox = start(state=stripe_state())
        company = Company(sandbox, staff, Random(seed), today=today, now=begun)  # noqa: S311
        # Stripe's side of the story keeps the story's time.
        sandbox.store.clock = company.clock
        settings.STRIPE_API_BASE = sandbox.url
        try:
            with acting(request_id=new_request_id()):
                grow(company, bookings, lambda n: self.progress(n, bookings, verbosity))
                self.sell(company, options["members"], options["vehicles"], begun)
                all_sent()
        finally:
            sandbox.stop()
        # Everything that was queued has been lived through above.
        OrmQ.objects.all().delete()
        seal()
        roll_up(at=today)
        self.stdout.write(f"{bookings} bookings, {len(staff)} people.")

    def sell(self, company: Company, members: int, bookings: int, begun: datetime) -> None:
        hang_pictures(actor=company.staff["omar"], at=begun)
        network = sell(company, members, bookings, lambda said: self.stdout.write(f"  {said}"))
        live_on(network)
        pay_members(network)

    def open_catalog(self, at: datetime) -> None:
        content = workbook_with_vehicles(settings.BASE_DIR / WORKBOOK)
        change = prepare_import(
            content=content,
            file_name=WORKBOOK.name,
            effective_from=None,
            actor=OPENING,
            at=at,
            reason="Opening catalog",
        )
        apply_change_set(change_set_id=change.pk, digest=change.digest, actor=OPENING, at=at)

    def progress(self, n: int, whole: int, verbosity: int) -> None:
        if verbosity and (n % 20 == 0 or n == whole):
            self.stdout.write(f"  {n}/{whole} bookings")


def hire() -> dict[str, Staff]:
    """One person a role, with the demo's password; those who are there already stay."""
    people = {}
    for number, (name, first, last, role) in enumerate(LOGINS, start=1):
        person = Staff.objects.filter(username=name).first()
        if person is None:
            person = Staff.objects.create_user(
                name,
                f"{name}@backoffice.example",
                PASSWORD,
                first_name=first,
                last_name=last,
                is_staff=True,
                employee_id=f"E-{number:03d}",
                department=role.label.title(),
            )
            person.groups.add(Group.objects.get(name=role.value))
        people[name] = person
    return people
