"""Tax that has to be deposited: said by e-mail on its days, and on the home page all the while."""

from __future__ import annotations

from datetime import date

import pytest

from backoffice.payout_queues import payout_queues
from domain.notifications.models import Message
from domain.payouts.operations.alarms import remind_deposits
from domain.payouts.queries.challans import alarm_days
from domain.reports.queued import waiting_in
from domain.reports.waiting import tax_to_deposit
from tests.payouts.factory import NOON, Office, on

pytestmark = pytest.mark.django_db
TAX = (("tax", tax_to_deposit),)


@pytest.mark.parametrize(
    ("month", "days"),
    [
        (date(2026, 12, 1), [date(2027, 1, day) for day in (1, 5, 7, 8)]),
        (
            date(2027, 3, 1),
            [date(2027, 4, 1), date(2027, 4, 28), date(2027, 4, 30), date(2027, 5, 1)],
        ),
    ],
)
def test_days_follow_the_due_day(month: date, days: list[date]) -> None:
    assert alarm_days(month) == days


@pytest.fixture
def withheld(office: Office) -> Office:
    """Rs 500 withheld on the first of February."""
    february = on(date(2027, 2, 1))
    office.approved(office.member(at=february), 10_000_00, at=february)
    return office


def test_is_told_once_a_day_of_alarm_to_those_who_deposit(withheld: Office) -> None:
    for day in (1, 2, 5, 6, 7, 8, 20):
        remind_deposits(at=on(date(2027, 3, day)))
        remind_deposits(at=on(date(2027, 3, day)))
    told = Message.objects.filter(kind="tax_due").order_by("pk")
    assert {each.recipient for each in told} == {withheld.finance.email}
    assert [each.subject for each in told] == [
        *["Tax of February 2027 is due by 07 March"] * 3,
        "Tax of February 2027 was due on 07 March",
    ]
    assert "₹500.00" in told[0].body


def test_is_not_told_of_the_month_that_still_runs(withheld: Office) -> None:
    assert remind_deposits(at=on(date(2027, 2, 28))) == []


def test_waits_on_the_home_page_and_presses_from_two_days_before(withheld: Office) -> None:
    waiting = waiting_in(TAX, on(date(2027, 3, 1)))["tax"]
    assert (waiting.count, waiting.oldest) == (1, date(2027, 2, 1))
    assert waiting.sums == (("INR", 500_00),)
    assert waiting_in(TAX, on(date(2027, 2, 28)))["tax"].count == 0
    found = [
        next(each for each in payout_queues(at) if each.name == "tax_to_deposit")
        for at in (NOON, on(date(2027, 3, 5)))
    ]
    assert [each.title for each in found] == ["Tax to deposit by 7 Mar"] * 2
    assert [each.urgent for each in found] == [False, True]
