"""One house for the whole crawl: built once, and forgotten at the end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker

from tests.access.world import World


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/access" in item.path.as_posix():
            item.add_marker(pytest.mark.django_db)


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    house = transaction.atomic()
    # Operations take a savepoint in it, as in any test, so that a refusal spoils nothing.
    house._from_testcase = True  # type: ignore[attr-defined]
    with django_db_blocker.unblock(), house:
        yield World()
        transaction.set_rollback(True)
