from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

from domain.catalog.models import ChangeSet
from domain.catalog.rules import CatalogSnapshot
from domain.staff.models import Staff
from domain.staff.roles import Role
from tests.catalog.support import OPENING, shipped_snapshot
from tests.factories import fill_catalog

# Time is no property of a price, and test machines are busy.
settings.register_profile("catalog", deadline=None)
settings.load_profile("catalog")

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def shipped_workbook() -> bytes:
    return (ROOT / "fixtures" / "catalog" / "catalog.xlsx").read_bytes()


@pytest.fixture(scope="session")
def shipped() -> CatalogSnapshot:
    """The shipped catalog, as the rules see it."""
    return shipped_snapshot()


@pytest.fixture
def filled(db: None) -> ChangeSet:
    """A database that holds the shipped catalog since ``OPENING``."""
    return fill_catalog(OPENING)


@pytest.fixture
def manager(role: Callable[..., Staff]) -> Staff:
    return role(Role.OPERATIONS_MANAGER)


@pytest.fixture
def second(role: Callable[..., Staff]) -> Staff:
    return role(Role.OPERATIONS_MANAGER)
