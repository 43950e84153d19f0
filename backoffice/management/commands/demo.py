from __future__ import annotations

import http.client
import os
import socket
import sys
from argparse import ArgumentParser
from collections.abc import Mapping
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from backoffice.demo_logins import LOGINS, PASSWORD
from backoffice.embedded.server import server_in
from backoffice.supervisor import Supervisor
from domain.staff.models import Staff


class Command(BaseCommand):
    help = "Run web, worker and a stand-in for Stripe on this machine, with demo data."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--stripe-port", type=int, default=8001)
        parser.add_argument("--reset", action="store_true", help="forget all data and start over")

    def handle(self, *args: Any, port: int, stripe_port: int, reset: bool, **options: Any) -> None:
        if settings.BACKOFFICE_ENV != "demo":
            raise CommandError("The demo runs only with BACKOFFICE_ENV=demo.")
        refuse_busy_ports(port, stripe_port)
        if reset or filling().exists():
            forget_data()
        # The first data as well: e-mails that it writes lead to the address it is served at.
        where = os.environ | environment(port, stripe_port)
        self.prepare(where)
        result = Supervisor(self.say).run(
            programs(port, stripe_port),
            environment=where,
            when_up=lambda: answers(port),
            once_up=lambda: self.welcome(port),
        )
        self.say("Stopped.")
        sys.exit(result)

    def say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()

    def prepare(self, environment: dict[str, str]) -> None:
        self.say("Preparing the database ...")
        call_command("prepare", verbosity=0)
        if not Staff.objects.exists():
            self.say("Filling it with demo data ...")
            # Half a company would be kept for ever: the next start sees this and begins anew.
            filling().touch()
            if not filled(environment):
                raise CommandError("The demo data could not be made; what is said above is why.")
            filling().unlink()
        connections.close_all()

    def welcome(self, port: int) -> None:
        lines = [
            "",
            f"  Back office   http://127.0.0.1:{port}/admin/",
            f"  Public API    http://127.0.0.1:{port}/api/docs/",
            f"  Password of everybody: {PASSWORD}",
            *(f"    {name:7} {role.label}" for name, _, _, role in LOGINS),
            "  Stop with Ctrl-C. The data stays; `make demo RESET=1` starts over.",
            "",
        ]
        self.say("\n".join(lines))


def filled(environment: Mapping[str, str]) -> bool:
    """Grow the company in a process of its own, forked: loading all again would take seconds."""
    connections.close_all()
    fill = get_context("fork").Process(target=fill_with_data, args=(environment,))
    fill.start()
    fill.join()
    return fill.exitcode == 0


def fill_with_data(environment: Mapping[str, str]) -> None:
    os.environ.update(environment)
    public = environment["PUBLIC_URL"]
    settings.GUEST_STATUS_URL = settings.GUEST_STATUS_URL.replace(settings.PUBLIC_URL, public)
    settings.PUBLIC_URL = public
    with Path(os.devnull).open("w") as nowhere:
        call_command("seed_demo", at_once=True, verbosity=0, stdout=nowhere)


def refuse_busy_ports(port: int, stripe_port: int) -> None:
    if port == stripe_port:
        raise CommandError(f"PORT and STRIPE_PORT are both {port}; they must differ.")
    for name, number in (("PORT", port), ("STRIPE_PORT", stripe_port)):
        with socket.socket() as probe:
            # As the servers do, or a port just left would count as busy for a minute.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", number))
            except (OSError, OverflowError) as error:
                raise CommandError(
                    f"Port {number} is not free. Choose another one: make demo {name}={number + 10}"
                ) from error


def stripe_state() -> Path:
    return Path(f"{settings.EMBEDDED_FOLDER}.stripe.json")


def filling() -> Path:
    return Path(f"{settings.EMBEDDED_FOLDER}.filling")


def forget_data() -> None:
    if settings.DATABASE_URL:
        raise CommandError("RESET=1 forgets the embedded database only; DATABASE_URL is set.")
    try:
        server_in(settings.EMBEDDED_FOLDER, settings.EMBEDDED_DATABASE).remove()
    except RuntimeError as error:
        raise CommandError(f"{error} Stop it first.") from error
    stripe_state().unlink(missing_ok=True)
    filling().unlink(missing_ok=True)


def environment(port: int, stripe_port: int) -> dict[str, str]:
    return {
        "DJANGO_SETTINGS_MODULE": "backoffice.settings",
        "PYTHONUNBUFFERED": "1",
        "STRIPE_API_BASE": f"http://127.0.0.1:{stripe_port}",
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
    }


def programs(port: int, stripe_port: int) -> dict[str, list[str]]:
    web = ["gunicorn", "backoffice.wsgi:application", "--bind", f"127.0.0.1:{port}"]
    stripe = ["backoffice.sandbox.stripe", "--port", f"{stripe_port}"]
    return {
        "stripe": [
            *(sys.executable, "-m", *stripe),
            *("--webhook", f"http://127.0.0.1:{port}/api/webhooks/stripe/"),
            *("--secret", settings.STRIPE_WEBHOOK_SECRET),
            *("--state", str(stripe_state())),
        ],
        "web": [
            *(sys.executable, "-m", *web),
            *("--worker-class", "gthread", "--workers", "2", "--threads", "4"),
            # Loaded once, for both of its processes.
            *("--preload", "--no-control-socket"),
            *("--graceful-timeout", "5", "--log-level", "warning"),
        ],
        "worker": [sys.executable, "manage.py", "qcluster"],
    }


def answers(port: int) -> bool:
    """Whatever the answer is: the server listens before it has loaded the product."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/api/health/live/")
        connection.getresponse()
    except OSError:
        return False
    finally:
        connection.close()
    return True
