from __future__ import annotations

from itertools import pairwise

import pytest
from pytest_django import DjangoAssertNumQueries

from domain.ledger.chart import CHART
from domain.ledger.models import Transfer
from domain.ledger.operations import reverse
from domain.ledger.queries import (
    AccountRow,
    BookingCash,
    account_page,
    balance,
    booking_cash,
    cursor_after,
    movements,
    trial_balance,
)
from domain.ledger.rollup import roll_up
from domain.ledger.rules import AccountRef, Leg
from tests.ledger.support import (
    BANK,
    GATEWAY,
    NOON,
    ROBOT,
    TODAY,
    UNAPPLIED,
    days_ago,
    new_booking,
    post_legs,
    receipt,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["before the horizon", "behind the horizon", "on both sides"])
def books(request: pytest.FixtureRequest) -> None:
    """Ten days of receipts, one a day, the newest 100, the day before 200 and so on."""
    for n in range(10):
        receipt(f"r:{n}", 100 * (n + 1), effective_on=days_ago(n))
        if request.param == "on both sides" and n == 4:
            roll_up(at=NOON)
    if request.param == "behind the horizon":
        roll_up(at=NOON)


@pytest.mark.usefixtures("books")
class TestBalances:
    def test_have_the_sign_that_people_expect(self) -> None:
        assert balance("1010", "USD") == balance("2310", "USD") == 5_500

    def test_are_those_of_the_end_of_a_day(self) -> None:
        assert balance("1010", "USD", as_of=days_ago(8)) == 1_900
        assert balance("2310", "USD", as_of=days_ago(9)) == 1_000
        assert balance("1010", "USD", as_of=days_ago(10)) == 0

    def test_add_up_to_nothing_over_the_chart(self) -> None:
        for day in (None, days_ago(5), days_ago(20)):
            totals = trial_balance(currency="USD", as_of=day)
            assert sum(row.debit_cents for row in totals) == sum(r.credit_cents for r in totals)
            shown = {row.account.code: row.balance_cents for row in totals}
            assert shown["1010"] == balance("1010", "USD", as_of=day)
            assert set(shown) == set(CHART)

    def test_come_in_one_query(self, django_assert_num_queries: DjangoAssertNumQueries) -> None:
        with django_assert_num_queries(1):
            trial_balance(currency="USD")
        with django_assert_num_queries(1):
            account_page("1010", "USD", limit=5)

    def test_move_by_day(self) -> None:
        post_legs("x", Leg(BANK, GATEWAY, 40), effective_on=days_ago(2))
        assert movements("1010", "USD", since=days_ago(2), until=days_ago(1)) == {
            days_ago(2): (300, 40),
            days_ago(1): (200, 0),
        }


@pytest.mark.usefixtures("books")
class TestAPageOfAnAccount:
    def walk(self, limit: int) -> list[AccountRow]:
        rows: list[AccountRow] = []
        before = None
        while page := account_page("1010", "USD", before=before, limit=limit):
            rows += page
            before = cursor_after(page)
        return rows

    def test_carries_the_balance_after_each_row(self) -> None:
        rows = account_page("1010", "USD", limit=3)
        assert [(row.change_cents, row.balance_cents) for row in rows] == [
            (100, 5_500),
            (200, 5_400),
            (300, 5_200),
        ]
        assert (rows[0].key, rows[0].other_code, rows[0].actor_label) == (
            *("r:0", "2310"),
            "System (test)",
        )

    @pytest.mark.parametrize("limit", [1, 3, 10, 50])
    def test_is_followed_by_the_next(self, limit: int) -> None:
        rows = self.walk(limit)
        assert len({row.transfer_id for row in rows}) == len(rows) == 10
        assert rows[-1].balance_cents == rows[-1].change_cents == 1_000
        for newer, older in pairwise(rows):
            assert newer.balance_cents - newer.change_cents == older.balance_cents

    def test_follows_the_effective_day_not_the_order_of_posting(self) -> None:
        receipt("late", 7, effective_on=days_ago(5))
        keys = [row.key for row in self.walk(4)]
        assert keys.index("late") == keys.index("r:5") - 1

    def test_shows_a_credit_as_less_of_an_asset(self) -> None:
        post_legs("x", Leg(BANK, GATEWAY, 40))
        newest = account_page("1010", "USD", limit=1)[0]
        assert (newest.change_cents, newest.balance_cents) == (-40, 5_460)

    def test_ends_at_the_day_asked_for(self) -> None:
        rows = account_page("1010", "USD", as_of=days_ago(7))
        assert [row.balance_cents for row in rows] == [2_700, 1_900, 1_000]

    def test_of_an_account_that_never_moved_is_empty(self) -> None:
        assert account_page("5030", "USD") == []
        assert cursor_after([]) is None


class TestTheCashOfABooking:
    def test_is_what_came_and_went_by_event(
        self, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        first, other, untouched = (new_booking() for _ in range(3))
        advance = AccountRef("2300", first.pk)
        self.post("payment.captured", Leg(GATEWAY, advance, 10_000), first.pk)
        self.post("payment.surplus", Leg(GATEWAY, UNAPPLIED, 800), first.pk)
        self.post("fee.stripe", Leg(AccountRef("5020"), GATEWAY, 320), first.pk)
        self.post("refund.completed", Leg(advance, GATEWAY, 3_000), first.pk)
        self.post("dispute.lost", Leg(AccountRef("5030"), GATEWAY, 500), first.pk)
        self.post("payment.captured", Leg(BANK, AccountRef("2300", other.pk), 42), other.pk)
        with django_assert_num_queries(1):
            found = booking_cash([first.pk, other.pk, untouched.pk])
        assert found == {
            first.pk: BookingCash(10_000, 3_000, 500, 800),
            other.pk: BookingCash(42),
            untouched.pk: BookingCash(),
        }

    def test_counts_a_bounced_refund_as_not_refunded(self) -> None:
        booking = new_booking()
        refund = Leg(AccountRef("2300", booking.pk), GATEWAY, 3_000)
        entry = self.post("refund.completed", refund, booking.pk)
        reverse(
            entry_id=entry,
            key="bounce",
            event="refund.reversed",
            reason="",
            effective_on=TODAY,
            actor=ROBOT,
            at=NOON,
        )
        assert booking_cash([booking.pk])[booking.pk].refunded_cents == 0

    def post(self, event: str, leg: Leg, booking_id: int) -> int:
        return post_legs(f"{event}:{booking_id}", leg, event=event, booking_id=booking_id).pk


class TestTheAccountOfABooking:
    def test_has_a_balance_of_its_own(self) -> None:
        first, other = new_booking(), new_booking()
        post_legs("a", Leg(GATEWAY, AccountRef("2300", first.pk), 900), effective_on=days_ago(3))
        post_legs("b", Leg(GATEWAY, AccountRef("2300", other.pk), 50))
        post_legs("c", Leg(AccountRef("2300", first.pk), AccountRef("4010"), 100))
        assert balance("2300", "USD", booking_id=first.pk) == 800
        assert balance("2300", "USD", booking_id=first.pk, as_of=days_ago(1)) == 900
        assert balance("2300", "USD", booking_id=other.pk) == 50
        assert balance("2300", "USD") == 850
        assert Transfer.objects.count() == 3
