from __future__ import annotations

import pytest

from backoffice.sandbox.stripe import Sandbox
from tests.factories import NOON


@pytest.fixture
def stripe(stripe: Sandbox) -> Sandbox:
    """The stand-in, at the same moment as the tests."""
    stripe.store.clock = NOON.timestamp
    return stripe
