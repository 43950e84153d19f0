"""Two people change the same price at the same moment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import connections

from domain.catalog.models import ChangeSet, MiniMovePackage
from domain.catalog.operations import apply_change_set, change_row, prepare_import
from domain.catalog.queries import catalog_at
from domain.catalog.rules import Kind
from domain.common.actors import System
from domain.common.errors import DomainError
from domain.staff.models import Staff
from domain.staff.roles import Role
from tests.catalog.support import OPENING, WORKBOOK

NOON = OPENING + timedelta(hours=3)
ROUNDS = 10


def drafts(people: list[Staff]) -> list[ChangeSet]:
    current = catalog_at(NOON).packages["petite"].base_price_cents
    return [
        change_row(
            kind=Kind.PACKAGES,
            key="petite",
            values={"base_price": (current + number) / 100},
            effective_from=None,
            reason="",
            actor=person,
            at=NOON,
        )
        for number, person in enumerate(people, start=1)
    ]


@pytest.mark.django_db(transaction=True)
def test_only_one_of_two_changes_of_a_row_is_applied(role: Callable[..., Staff]) -> None:
    system = System("import_catalog")
    first = prepare_import(
        content=WORKBOOK.read_bytes(),
        file_name="catalog.xlsx",
        effective_from=None,
        actor=system,
        at=OPENING,
    )
    apply_change_set(change_set_id=first.pk, digest=first.digest, actor=system, at=OPENING)
    people = [role(Role.OPERATIONS_MANAGER) for _ in range(2)]

    for _ in range(ROUNDS):
        before = MiniMovePackage.objects.count()
        outcomes = race(list(zip(drafts(people), people, strict=True)))
        assert sorted(outcomes) == ["applied", "refused"]
        assert MiniMovePackage.objects.count() == before + 1


def race(entries: list[tuple[ChangeSet, Staff]]) -> list[str]:
    ready, outcomes = Barrier(len(entries)), []

    def click(change_set: ChangeSet, person: Staff) -> None:
        ready.wait()
        try:
            apply_change_set(
                change_set_id=change_set.pk, digest=change_set.digest, actor=person, at=NOON
            )
            outcomes.append("applied")
        except DomainError:
            outcomes.append("refused")
        finally:
            connections.close_all()

    threads = [Thread(target=click, args=entry) for entry in entries]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes
