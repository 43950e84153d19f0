"""Closing a month."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from domain.common.errors import NotPermitted, Refused
from domain.common.workflow import transit
from domain.flows.closing import close_month
from domain.ledger.models import LedgerPeriod
from domain.payments.models import MoneyCase
from domain.payments.operations.cases import open_case
from domain.staff.models import Staff
from tests.factories import NOON, POLL, make_booking

pytestmark = pytest.mark.usefixtures("shop")
MAY = date(2026, 5, 1)
IN_MAY = datetime(2026, 5, 20, 15, tzinfo=UTC)


def case(*, at: datetime, booking_id: int | None = None, happened_on: str = "") -> MoneyCase:
    return open_case(
        kind="fee",
        dedupe_key=f"fee:{at}:{booking_id}:{happened_on}",
        sentence="Stripe's fee differs.",
        amount_cents=5,
        currency="USD",
        booking_id=booking_id,
        payment_id=None,
        facts={"happened_on": happened_on} if happened_on else {},
        actor=POLL,
        at=at,
    )


class TestClosingAMonth:
    def test_locks_it(self, finance: Staff) -> None:
        assert close_month(month=MAY, actor=finance, at=NOON).month == MAY

    def test_is_refused_while_cases_are_open_and_says_which(self, finance: Staff) -> None:
        booking = make_booking()
        first, second = case(at=IN_MAY, booking_id=booking.pk), case(at=IN_MAY)
        with pytest.raises(Refused) as refusal:
            close_month(month=MAY, actor=finance, at=NOON)
        assert str(refusal.value) == (
            f"2 open cases keep May 2026 open: {first} ({booking}), {second}. Resolve them first."
        )
        assert not LedgerPeriod.objects.exists()

    def test_counts_cases_that_have_waited_since_before(self, finance: Staff) -> None:
        case(at=IN_MAY - timedelta(days=60))
        with pytest.raises(Refused, match="1 open case keeps May 2026 open"):
            close_month(month=MAY, actor=finance, at=NOON)

    def test_counts_what_was_found_later_about_its_last_day(self, finance: Staff) -> None:
        case(at=NOON, happened_on="2026-05-31")
        with pytest.raises(Refused, match="1 open case"):
            close_month(month=MAY, actor=finance, at=NOON)

    def test_names_only_the_first_of_many(self, finance: Staff) -> None:
        for hour in range(7):
            case(at=IN_MAY + timedelta(hours=hour))
        with pytest.raises(Refused, match="and 2 more"):
            close_month(month=MAY, actor=finance, at=NOON)

    def test_lets_later_and_resolved_cases_be(self, finance: Staff) -> None:
        case(at=NOON, happened_on="2026-06-01")
        over = case(at=IN_MAY)
        transit(MoneyCase, over.pk, "resolve", actor=finance, at=NOON, reason="posted")
        assert close_month(month=MAY, actor=finance, at=NOON).month == MAY

    def test_needs_the_right(self, manager: Staff) -> None:
        case(at=IN_MAY)
        with pytest.raises(NotPermitted):
            close_month(month=MAY, actor=manager, at=NOON)
