"""Each invariant of the catalog, whole and broken on purpose."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection

from domain.catalog.integrity import catalog_breaches
from domain.catalog.models import MiniMovePackage, SpecialtyItem
from tests.catalog.support import OPENING

NOON = OPENING + timedelta(hours=3)

pytestmark = pytest.mark.usefixtures("filled")


def execute(sql: str) -> Callable[[], None]:
    """Run a statement past the triggers, as somebody with the keys of the database could."""

    def run() -> None:
        with connection.cursor() as cursor:
            # Checks that wait for the end of the transaction have to pass first.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET session_replication_role = replica")
            cursor.execute(sql)
            cursor.execute("SET session_replication_role = default")

    return run


def stray() -> None:
    row = SpecialtyItem.objects.get(key="crib")
    row.pk = None
    row.save(force_insert=True)


def test_holds_after_the_first_filling() -> None:
    assert list(catalog_breaches(NOON)) == []


@pytest.mark.parametrize(
    ("break_it", "invariant"),
    [
        (
            execute("UPDATE domain_minimovepackage SET base_price_cents = 1 WHERE key = 'petite'"),
            "C1",
        ),
        (execute("DELETE FROM domain_specialtyitem WHERE key = 'crib'"), "C1"),
        (execute("UPDATE domain_changesetrow SET seen_version = 7"), "C1"),
        (execute("UPDATE domain_vehicle SET item_id = gen_random_uuid()"), "C2"),
        (execute("UPDATE domain_servicezone SET is_active = false WHERE key = 'ct-nj'"), "C3"),
        (stray, "C1"),
        (execute("DELETE FROM domain_changesetrow WHERE key = 'peloton'"), "C2"),
        (
            execute("UPDATE domain_changeset SET state = 'discarded', applied_at = null"),
            "C2",
        ),
    ],
)
def test_names_what_was_broken(break_it: Callable[[], None], invariant: str) -> None:
    break_it()

    assert invariant in {breach.invariant for breach in catalog_breaches(NOON)}
    assert MiniMovePackage.objects.exists()
