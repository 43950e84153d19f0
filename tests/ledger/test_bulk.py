from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from domain.common.errors import Conflict, InvalidInput
from domain.ledger.integrity import ledger_breaches
from domain.ledger.models import Entry, LedgerPeriod, Transfer
from domain.ledger.operations import Overdrawn, PeriodLocked, post_many
from domain.ledger.queries import balance
from domain.ledger.rules import AccountRef, Leg, Posting
from domain.staff.models import Staff
from tests.ledger.support import (
    GATEWAY,
    NOON,
    ROBOT,
    TODAY,
    UNAPPLIED,
    days_ago,
    new_member,
    post_legs,
    receipt,
    stored,
    wallet,
)

pytestmark = pytest.mark.django_db
COMMISSION = AccountRef("5010")


def run(*postings: Posting) -> dict[str, int]:
    return post_many(postings=postings, currency="USD", actor=ROBOT, at=NOON)


def credit(key: str, to: AccountRef, cents: int = 100, **named: object) -> Posting:
    return Posting(key, "pair", (Leg(COMMISSION, to, cents),), TODAY, **named)  # type: ignore[arg-type]


class TestPostingMany:
    def test_posts_each_with_its_legs_and_moves_wallets_once(self) -> None:
        wallets = [wallet(new_member()) for _ in range(3)]
        postings = [
            Posting(
                f"pair:{n}",
                "pair",
                (
                    Leg(COMMISSION, ref, 800),
                    Leg(COMMISSION, AccountRef("2010", None, ref.customer_id), 200),
                ),
                TODAY,
                source=("pair", n),
                memo="June",
            )
            for n, ref in enumerate(wallets * 2)
        ]
        made = run(*postings)
        assert made == dict(Entry.objects.values_list("key", "pk"))
        assert [stored(ref) for ref in wallets] == [1_600] * 3
        assert balance("5010", "USD") == 6_000
        entry = Entry.objects.get(key="pair:2")
        assert (entry.source_type, entry.source_id, entry.memo) == ("pair", 2, "June")
        assert list(ledger_breaches()) == []

    def test_asks_as_often_for_a_thousand_as_for_one(self) -> None:
        members = [new_member() for _ in range(20)]
        counts = []
        for size in (1, 1_000):
            with CaptureQueriesContext(
                connection,
            ) as asked:
                run(*(credit(f"{size}:{n}", wallet(members[n % 20])) for n in range(size)))
            counts.append(len(asked))
        assert counts[1] <= counts[0]

    def test_returns_the_first_entries_when_repeated(self) -> None:
        earnings = wallet(new_member())
        first = run(credit("a", earnings), credit("b", earnings))
        again = run(credit("c", earnings), credit("b", earnings), credit("a", earnings))
        assert again | first == again
        assert stored(earnings) == 300

    def test_finds_what_was_posted_alone(self) -> None:
        entry = receipt("a", 100)
        posting = Posting("a", "test", (Leg(GATEWAY, UNAPPLIED, 100),), TODAY)
        assert run(posting) == {"a": entry.pk}
        assert post_legs("a", *posting.legs).pk == entry.pk

    def test_refuses_all_when_one_has_other_figures(self) -> None:
        earnings = wallet(new_member())
        run(credit("a", earnings, 100))
        with pytest.raises(Conflict, match="a was already"), transaction.atomic():
            run(credit("new", earnings), credit("a", earnings, 101))
        assert Entry.objects.count() == 1
        assert stored(earnings) == 100

    def test_refuses_all_when_one_account_would_be_overdrawn(self) -> None:
        rich, poor = wallet(new_member()), wallet(new_member())
        run(credit("a", rich, 500))
        payouts = [
            Posting(f"p{n}", "x", (Leg(ref, GATEWAY, 200),), TODAY)
            for n, ref in enumerate((rich, poor))
        ]
        with pytest.raises(Overdrawn), transaction.atomic():
            run(*payouts)
        assert stored(rich) == 500

    def test_refuses_all_when_one_lies_in_a_locked_month(
        self, staff_with: Callable[..., Staff]
    ) -> None:
        LedgerPeriod.objects.create(
            month=days_ago(40).replace(day=1), locked_at=NOON, locked_by=staff_with()
        )
        late = Posting("late", "x", (Leg(GATEWAY, UNAPPLIED, 5),), days_ago(40))
        with pytest.raises(PeriodLocked), transaction.atomic():
            run(credit("a", wallet(new_member())), late)
        assert not Transfer.objects.exists()

    def test_refuses_a_key_that_stands_twice(self) -> None:
        with pytest.raises(InvalidInput, match="2 times"), transaction.atomic():
            run(credit("a", GATEWAY), credit("a", GATEWAY))

    def test_refuses_what_is_no_transfer(self) -> None:
        with pytest.raises(InvalidInput, match="a: An amount"), transaction.atomic():
            run(credit("a", GATEWAY, 0))

    def test_of_nothing_does_nothing(self) -> None:
        assert run() == {}
