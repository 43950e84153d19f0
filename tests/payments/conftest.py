from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django import DjangoDbBlocker

from domain.payments.models import Payment
from tests.factories import make_booking, settled


@pytest.fixture
def no_database(django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Let the gateway look at a connection that is never opened."""
    with django_db_blocker.unblock():
        yield


@pytest.fixture
def payment(shop: None) -> Payment:
    """A card payment that arrived."""
    return settled(make_booking())
