"""Fills an empty database with a believable company, through the product's own operations."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
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
from backoffice.sandbox.company.aftersales import live_on, look_after
from backoffice.sandbox.company.beside import Meet, NotGrown, beside
from backoffice.sandbox.company.network import TEAMS, found, live, team_of
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
from domain.network.models import Member
from domain.staff.models import Staff

WORKBOOK = Path("fixtures/catalog/catalog.xlsx")
STORY = timedelta(days=90)
OPENING = System("opening")
# Each side of the company has chances of its own, and needs not know what the others draw.
DELIVERING, FOUNDING, TEAM = range(3)


class Command(BaseCommand):
    help = "Fills an empty database with staff, the catalog and months of bookings and members."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--bookings", type=int, default=140)
        parser.add_argument("--members", type=int, default=1_000)
        parser.add_argument("--vehicles", type=int, default=300, help="vehicle bookings")
        parser.add_argument("--seed", type=int, default=7)
        parser.add_argument("--today", type=datetime.fromisoformat, help="when the story ends")
        parser.add_argument(
            "--at-once",
            action="store_true",
            help="grow deliveries and each team of members side by side, in a process each",
        )

    def handle(self, *args: Any, at_once: bool, **options: Any) -> None:
        if settings.BACKOFFICE_ENV == "production":
            raise CommandError("Demo data does not belong into production.")
        options["today"] = options["today"] or timezone.now()
        wait_for_no_disk()
        self.open_house(options["today"])
        founders = found(_life(options, FOUNDING))
        if at_once:
            self.grow_beside(founders, options)
        else:
            self.grow_deliveries(options)
            self.grow_teams(founders, options, range(TEAMS), meet=bool)
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

    def grow_beside(self, founders: list[Member], options: dict[str, Any]) -> None:
        """In half of the time: no team waits for another but at the end of a month."""

        def team(number: int, meet: Meet) -> None:
            wait_for_no_disk()
            self.grow_teams(founders, options, [number], meet=meet)

        try:
            with beside([partial(team, number) for number in range(TEAMS)]):
                wait_for_no_disk()
                self.grow_deliveries(options)
        except NotGrown as failure:
            raise CommandError("A team could not be grown; what failed is above.") from failure

    def grow_deliveries(self, options: dict[str, Any]) -> None:
        sandbox = start(state=stripe_state())
        life = _life(options, DELIVERING)
        company = Deliveries(life.staff, life.rng, life.today, life.now, sandbox=sandbox)
        # Stripe's side of the story keeps the story's time.
        sandbox.store.clock = company.clock
        settings.STRIPE_API_BASE = sandbox.url
        bookings = options["bookings"]
        try:
            with acting(request_id=new_request_id()):
                grow(company, bookings, lambda n: self.progress(n, bookings, options["verbosity"]))
        finally:
            sandbox.stop()
        hang_pictures(actor=company.staff["omar"], at=options["today"] - STORY)
        all_sent()

    def grow_teams(
        self,
        founders: list[Member],
        options: dict[str, Any],
        numbers: Sequence[int],
        *,
        meet: Meet,
    ) -> None:
        """Some of the teams, or all of them; the first one's side does what concerns them all."""
        size = {"members": options["members"], "bookings": options["vehicles"]}
        teams = [team_of(founders[n], _life(options, TEAM + n), number=n, **size) for n in numbers]
        leads = 0 in numbers
        with acting(request_id=new_request_id()):
            live(teams, leads=leads, meet=meet, tell=self.say)
            for team in teams:
                live_on(team)
            meet()
            if leads:
                look_after(teams[0].company)
                pay_members(teams[0].company)

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


def wait_for_no_disk() -> None:
    """Whoever loses power meanwhile begins anew anyway: no commit waits for the disk."""
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")


def _life(options: dict[str, Any], side: int) -> Company:
    """What one side of the company begins with."""
    today = options["today"]
    chance = Random(options["seed"] + side)  # noqa: S311
    return Company(staff=hire(), rng=chance, today=today, now=today - STORY)


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
