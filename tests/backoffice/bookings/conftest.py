from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from domain.catalog.models import ChangeSet
from domain.staff.models import Staff
from tests.api.conftest import fill_catalog


@pytest.fixture(autouse=True)
def catalog(db: None) -> ChangeSet:
    return fill_catalog()


@pytest.fixture
def sign_in(role: Callable[..., Staff]) -> Callable[..., Client]:
    """A browser of somebody in a role, as htmx would send its requests."""

    def make(name: str = "operations_manager") -> Client:
        client = Client(headers={"HX-Request": "true"})
        client.force_login(role(name))
        return client

    return make


@pytest.fixture
def ops(sign_in: Callable[..., Client]) -> Client:
    return sign_in("operations_manager")


@pytest.fixture
def service(sign_in: Callable[..., Client]) -> Client:
    return sign_in("customer_service")


@pytest.fixture
def logistics(sign_in: Callable[..., Client]) -> Client:
    return sign_in("logistics_coordinator")
