from __future__ import annotations

from collections.abc import Callable

import pytest

from domain.staff.models import Staff
from tests.backoffice.support import Company


@pytest.fixture
def company(db: None, role: Callable[..., Staff]) -> Company:
    """A company that has its prices already."""
    company = Company(role)
    company.open_shop()
    return company
