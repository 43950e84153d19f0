"""One migrated database per state of the migrations, which every test database is a copy of.

Migrating takes most of the time that it takes to begin. The first worker does it, the others and
later runs copy what it made. ``python -m tests.template`` does it before all of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from psycopg import Cursor, sql
from psycopg.errors import ObjectInUse

PREFIX = "backoffice_template_"
LOCK = 5_417_236
ROOT = Path(settings.BASE_DIR)


def use_template() -> None:
    """Have test databases made as copies of the one that is migrated."""
    name = PREFIX + _fingerprint()
    with _maintenance() as cursor:
        # Waiting for another worker to migrate takes longer than any wait of the product.
        cursor.execute("SET lock_timeout = 0; SET statement_timeout = 0")
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        known = _known(cursor)
        if name not in known:
            _forget(cursor, known)
            _build(cursor, name)
    connection.settings_dict["TEST"]["TEMPLATE"] = name


def _fingerprint() -> str:
    """What the tables depend on: our migrations, and the versions of everybody else's."""
    files = [*sorted(ROOT.glob("domain/migrations/*.py")), ROOT / "requirements.lock"]
    return sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]


@contextmanager
def _maintenance() -> Iterator[Cursor]:
    """Outside the database of the tests, which is not there yet, and outside transactions."""
    with connection._nodb_cursor() as cursor:
        yield cursor


def _known(cursor: Cursor) -> list[str]:
    cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [PREFIX])
    return [name for (name,) in cursor.fetchall()]


def _forget(cursor: Cursor, names: list[str]) -> None:
    for name in names:
        try:
            cursor.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))
        except ObjectInUse:  # another run is copying it
            continue


def _build(cursor: Cursor, name: str) -> None:
    """Under another name until it is whole, so that a killed run leaves no half template."""
    half = f"half_{name}"
    cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(half)))
    cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(half)))
    usual = connection.settings_dict["NAME"]
    try:
        connection.settings_dict["NAME"] = half
        call_command("migrate", verbosity=0)
    finally:
        _disconnect()
        connection.settings_dict["NAME"] = usual
    cursor.execute(
        sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(half), sql.Identifier(name))
    )


def _disconnect() -> None:
    connection.close()
    if connection.settings_dict["OPTIONS"].get("pool"):
        connection.close_pool()


if __name__ == "__main__":
    django.setup()
    use_template()
