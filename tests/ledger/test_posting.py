from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import transaction
from pytest_django import DjangoAssertNumQueries

from domain.common.errors import Conflict, InvalidInput
from domain.ledger.models import Account, Entry, LedgerPeriod, Transfer
from domain.ledger.operations import PeriodLocked, ensure_chart, reverse
from domain.ledger.queries import balance
from domain.ledger.rules import AccountRef, Leg
from domain.staff.models import Staff
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


def figures(entry: Entry) -> list[tuple[str, str, int]]:
    rows = entry.transfers.order_by("pk")
    return list(rows.values_list("debit_code", "credit_code", "amount_cents"))


@pytest.fixture
def may_be_locked(staff_with: Callable[..., Staff]) -> LedgerPeriod:
    person = staff_with("lock_period")
    return LedgerPeriod.objects.create(
        month=days_ago(40).replace(day=1), locked_at=NOON, locked_by=person
    )


class TestPosting:
    def test_writes_the_entry_and_one_transfer_a_leg(
        self, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        legs = (Leg(GATEWAY, UNAPPLIED, 10_000), Leg(AccountRef("5020"), GATEWAY, 320))
        with django_assert_num_queries(3):  # two of them open and close the savepoint
            entry = post_legs("payment:1", *legs, event="payment.surplus", source=("payment", 1))
        assert figures(entry) == [("1010", "2310", 10_000), ("5020", "1010", 320)]
        entry = Entry.objects.get(pk=entry.pk)
        assert (entry.event, entry.source_type, entry.source_id) == (
            "payment.surplus",
            "payment",
            1,
        )
        assert entry.actor_label == "System (test)"
        assert balance("1010", "USD") == 9_680

    def test_names_the_member_of_staff(self, staff_with: Callable[..., Staff]) -> None:
        person = staff_with()
        assert receipt("a", actor=person).actor_id == person.pk

    def test_returns_the_first_entry_when_repeated(self) -> None:
        first = receipt("payment:1")
        again = receipt("payment:1", effective_on=days_ago(3), memo="later")
        assert again.pk == first.pk
        assert again.effective_on == TODAY
        assert Transfer.objects.count() == 1

    def test_refuses_a_key_that_comes_back_with_other_figures(self) -> None:
        receipt("payment:1", 10_000)
        for legs in (
            [Leg(GATEWAY, UNAPPLIED, 10_001)],
            [Leg(BANK, UNAPPLIED, 10_000)],
            [Leg(GATEWAY, UNAPPLIED, 5_000), Leg(GATEWAY, UNAPPLIED, 5_000)],
        ):
            with pytest.raises(Conflict, match="other figures"), transaction.atomic():
                post_legs("payment:1", *legs)
        with pytest.raises(Conflict), transaction.atomic():
            receipt("payment:1", currency="INR")

    def test_makes_the_account_of_a_booking_once(self) -> None:
        advance = AccountRef("2300", new_booking().pk)
        for key in "ab":
            post_legs(key, Leg(GATEWAY, advance, 500))
        assert Account.objects.filter(code="2300").count() == 1
        assert balance("2300", "USD", booking_id=advance.booking_id) == 1_000

    @pytest.mark.parametrize(
        ("leg", "sentence"),
        [
            (Leg(GATEWAY, UNAPPLIED, 0), "above zero"),
            (Leg(GATEWAY, UNAPPLIED, -5), "above zero"),
            (Leg(GATEWAY, GATEWAY, 5), "different accounts"),
            (Leg(GATEWAY, AccountRef("9999"), 5), "no account 9999"),
            (Leg(GATEWAY, AccountRef("2300"), 5), "kept per booking"),
            (Leg(GATEWAY, AccountRef("2000", booking_id=1), 5), "kept per member"),
            (Leg(AccountRef("1010", booking_id=1), UNAPPLIED, 5), "kept per house"),
        ],
    )
    def test_refuses_what_is_no_transfer(self, leg: Leg, sentence: str) -> None:
        with pytest.raises(InvalidInput, match=sentence), transaction.atomic():
            post_legs("a", leg)
        assert not Entry.objects.exists()

    def test_refuses_an_entry_without_legs(self) -> None:
        with pytest.raises(InvalidInput, match="at least one leg"), transaction.atomic():
            post_legs("a")

    def test_refuses_a_currency_the_books_are_not_kept_in(self) -> None:
        with pytest.raises(InvalidInput, match="EUR"), transaction.atomic():
            receipt("a", currency="EUR")

    def test_keeps_currencies_apart(self) -> None:
        receipt("a", 700)
        receipt("b", 41_830_000, currency="INR")
        assert balance("1010", "USD") == 700
        assert balance("1010", "INR") == 41_830_000

    def test_refuses_a_day_in_a_locked_month(self, may_be_locked: LedgerPeriod) -> None:
        with pytest.raises(PeriodLocked, match="is locked"), transaction.atomic():
            receipt("late", effective_on=may_be_locked.month)
        assert not Entry.objects.exists()

    def test_repeats_an_entry_whose_month_was_locked_since(
        self, staff_with: Callable[..., Staff]
    ) -> None:
        first = receipt("a", effective_on=days_ago(40))
        LedgerPeriod.objects.create(
            month=days_ago(40).replace(day=1), locked_at=NOON, locked_by=staff_with()
        )
        assert receipt("a", effective_on=days_ago(40)).pk == first.pk

    def test_leaves_nothing_behind_when_its_caller_fails(self) -> None:
        advance = AccountRef("2300", new_booking().pk)
        with transaction.atomic():
            post_legs("a", Leg(GATEWAY, advance, 500))
            transaction.set_rollback(True)
        assert not Entry.objects.exists()
        assert not Account.objects.filter(code="2300").exists()
        # The account that was rolled back is found missing and made again.
        post_legs("a", Leg(GATEWAY, advance, 500))


class TestReversing:
    def undo(self, entry: Entry, key: str = "undo", **named: object) -> Entry:
        settled: dict[str, object] = {
            "event": "test.reversed",
            "reason": "Wrong account",
            "effective_on": TODAY,
            "actor": ROBOT,
            "at": NOON,
        }
        return reverse(entry_id=entry.pk, key=key, **(settled | named))  # type: ignore[arg-type]

    def test_posts_the_exact_negative(self) -> None:
        advance = AccountRef("2300", new_booking().pk)
        entry = post_legs(
            *("a", Leg(GATEWAY, advance, 900), Leg(AccountRef("5020"), GATEWAY, 30)),
            booking_id=advance.booking_id,
            source=("payment", 7),
        )
        undone = self.undo(entry)
        assert figures(undone) == [("2300", "1010", 900), ("1010", "5020", 30)]
        assert undone.reverses_id == entry.pk
        assert (undone.booking_id, undone.source_type) == (advance.booking_id, "payment")
        assert undone.memo == "Wrong account"
        assert balance("1010", "USD") == balance("5020", "USD") == 0

    def test_is_dated_when_it_happens_not_when_the_mistake_did(
        self, staff_with: Callable[..., Staff]
    ) -> None:
        entry = receipt("a", effective_on=days_ago(40))
        LedgerPeriod.objects.create(
            month=days_ago(40).replace(day=1), locked_at=NOON, locked_by=staff_with()
        )
        assert self.undo(entry).effective_on == TODAY
        assert balance("1010", "USD", as_of=days_ago(1)) == 10_000
        assert balance("1010", "USD") == 0

    def test_returns_the_first_reversal_when_repeated(self) -> None:
        entry = receipt("a")
        assert self.undo(entry).pk == self.undo(entry).pk
        assert Entry.objects.count() == 2

    def test_happens_once(self) -> None:
        entry = receipt("a")
        self.undo(entry)
        with pytest.raises(Conflict, match="already reversed"), transaction.atomic():
            self.undo(entry, key="undo again")
        assert balance("1010", "USD") == 0


class TestTheChart:
    def test_can_be_made_again(self) -> None:
        before = Account.objects.count()
        ensure_chart(at=NOON)
        assert Account.objects.count() == before
