"""Fills an empty database with a believable company, through the product's own operations."""

from __future__ import annotations

import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
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
from backoffice.sandbox.company import Company, Deliveries, all_sent, grow
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
STORY = timedelta(days=90)
OPENING = System("opening")


class Command(BaseCommand):
    help = "Fills an empty database with staff, the catalog and months of bookings and members."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--bookings", type=int, default=140)
        parser.add_argument("--members", type=int, default=1_000)
        parser.add_argument("--vehicles", type=int, default=300, help="vehicle bookings")
        parser.add_argument("--seed", type=int, default=7)
        parser.add_argument("--today", type=datetime.fromisoformat, help="when the story ends")
        side = parser.add_mutually_exclusive_group()
        side.add_argument(
            "--at-once",
            action="store_true",
            help="grow deliveries and vehicles side by side, in two processes",
        )
        side.add_argument(
            "--only-vehicles",
            action="store_true",
            help="grow vehicles in a house that is open already",
        )

    def handle(self, *args: Any, only_vehicles: bool, at_once: bool, **options: Any) -> None:
        if settings.BACKOFFICE_ENV == "production":
            raise CommandError("Demo data does not belong into production.")
        with connection.cursor() as cursor:
            # Whoever loses power meanwhile begins anew anyway: no commit waits for the disk.
            cursor.execute("SET synchronous_commit = off")
        options["today"] = options["today"] or timezone.now()
        if only_vehicles:
            self.grow_vehicles(options)
            return
        self.open_house(options["today"])
        with self.vehicles_beside(options) if at_once else nullcontext():
            self.grow_deliveries(options)
            hang_pictures(actor=hire()["omar"], at=options["today"] - STORY)
            all_sent()
        if not at_once:
            self.grow_vehicles(options)
        all_sent()
        # Everything that was queued has been lived through above.
        OrmQ.objects.all().delete()
        seal()
        roll_up(at=options["today"])
        self.stdout.write(f"{Booking.objects.count()} bookings, {Staff.objects.count()} people.")

    def open_house(self, today: datetime) -> None:
        if Booking.objects.exists():
            raise CommandError("There are bookings already; the demo company needs an empty house.")
        install_reference_data(at=today)
        hire()
        self.open_catalog(today - STORY)

    def grow_deliveries(self, options: dict[str, Any]) -> None:
        sandbox = start(state=stripe_state())
        company = Deliveries(**_life(options, side=0), sandbox=sandbox)
        # Stripe's side of the story keeps the story's time.
        sandbox.store.clock = company.clock
        settings.STRIPE_API_BASE = sandbox.url
        bookings = options["bookings"]
        try:
            with acting(request_id=new_request_id()):
                grow(company, bookings, lambda n: self.progress(n, bookings, options["verbosity"]))
        finally:
            sandbox.stop()

    def grow_vehicles(self, options: dict[str, Any]) -> None:
        company = Company(**_life(options, side=1))
        with acting(request_id=new_request_id()):
            network = sell(company, options["members"], options["vehicles"], self.say)
            live_on(network)
            pay_members(network)

    @contextmanager
    def vehicles_beside(self, options: dict[str, Any]) -> Iterator[None]:
        """Half of the time, as neither side waits for the other: two cores, two processes."""
        told = ("members", "vehicles", "seed", "verbosity")
        command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "seed_demo"]
        command += ["--skip-checks", "--only-vehicles", f"--today={options['today'].isoformat()}"]
        command += [f"--{name}={options[name]}" for name in told]
        beside = subprocess.Popen(command, stdout=subprocess.DEVNULL)  # noqa: S603
        try:
            yield
            if beside.wait():
                raise CommandError("The vehicles' side could not be grown; what failed is above.")
        finally:
            beside.terminate()
            beside.wait()

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

    def say(self, said: str) -> None:
        self.stdout.write(f"  {said}")

    def progress(self, n: int, whole: int, verbosity: int) -> None:
        if verbosity and (n % 20 == 0 or n == whole):
            self.say(f"{n}/{whole} bookings")


def _life(options: dict[str, Any], *, side: int) -> dict[str, Any]:
    """What one side of the company begins with."""
    today = options["today"]
    chance = Random(options["seed"] + side)  # noqa: S311
    return {"staff": hire(), "rng": chance, "today": today, "now": today - STORY}


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
