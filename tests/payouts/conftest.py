import pytest

from tests.payouts.factory import Office


@pytest.fixture
def office(db: None) -> Office:
    return Office()
