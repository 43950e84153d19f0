"""A database of its own on the embedded server, built once and kept for the next run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management import call_command
from django.db import connection, connections
from django.utils import timezone

from domain.flows.reference import install_reference_data
from tests.template import use_template

NAME = "backoffice_bench"


def open_database() -> None:
    """Point the default connection at the bench's database, making it when it is missing."""
    connection.settings_dict["TEST"]["NAME"] = NAME
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False, keepdb=True)
    call_command("createcachetable", verbosity=0)
    install_reference_data(at=timezone.now())


@contextmanager
def thrown_away(name: str) -> Iterator[None]:
    """Work in a fresh copy of the migrated database, which is gone afterwards."""
    usual = connection.settings_dict["NAME"]
    # A pool goes on giving connections to the database that it was opened for.
    connection.close()
    connection.close_pool()
    use_template()
    connection.settings_dict["TEST"]["NAME"] = name
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        install_reference_data(at=timezone.now())
        yield
    finally:
        connection.creation.destroy_test_db(usual, verbosity=0)


def address() -> str:
    """The libpq address of the bench's database, for work without Django."""
    connection.ensure_connection()
    return connection.connection.info.dsn


def forget_connections() -> None:
    """A forked writer opens its own connections."""
    connections.close_all()
