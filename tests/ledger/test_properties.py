"""Whatever is posted and reversed, in any order: the books balance and agree with a plain count."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.common.errors import Conflict
from domain.ledger.chart import CHART
from domain.ledger.integrity import ledger_breaches
from domain.ledger.models import Account, Entry
from domain.ledger.operations import Overdrawn, post_many, reverse
from domain.ledger.queries import account_page, balance, cursor_after, natural, trial_balance
from domain.ledger.rollup import roll_up
from domain.ledger.rules import AccountRef, Leg, Posting
from tests.ledger.support import NOON, ROBOT, days_ago, new_member, post_legs, wallet

CODES = ("1000", "1010", "2310", "4005", "5000", "2000")
DAYS = 4

days = st.integers(0, DAYS - 1)
legs = st.lists(
    st.tuples(st.sampled_from(CODES), st.sampled_from(CODES), st.integers(1, 10**12)).filter(
        lambda leg: leg[0] != leg[1]
    ),
    min_size=1,
    max_size=4,
)
actions = st.one_of(
    st.tuples(st.just("post"), legs, days),
    st.tuples(st.just("post many"), st.lists(legs, min_size=1, max_size=4), days),
    st.tuples(st.just("reverse"), st.integers(0, 30), days),
    st.tuples(st.just("roll up"), st.none(), st.none()),
)

type Move = tuple[date, str, str, int]


@dataclass
class Plain:
    """The same books as a list of moves."""

    moves: list[Move]

    def balance(self, code: str, as_of: date) -> int:
        return sum(
            cents * ((debit == code) - (credit == code))
            for day, debit, credit, cents in self.moves
            if day <= as_of
        ) * (1 if CHART[code].kind.grows_by_debit else -1)


class Books:
    def __init__(self) -> None:
        self.plain = Plain([])
        self.entries: list[tuple[int, list[Move]]] = []
        self.earnings = wallet(new_member())
        self.number = 0

    def ref(self, code: str) -> AccountRef:
        return self.earnings if code == "2000" else AccountRef(code)

    def legs(self, told: list[tuple[str, str, int]]) -> tuple[Leg, ...]:
        return tuple(Leg(self.ref(debit), self.ref(credit), cents) for debit, credit, cents in told)

    def key(self) -> str:
        self.number += 1
        return f"key:{self.number}"

    def do(self, what: str, told: object, ago: int | None) -> None:
        """Act on the books and on the plain list, or on neither when the wallet forbids it."""
        day = days_ago(ago or 0)
        try:
            with transaction.atomic():
                if what == "post":
                    assert isinstance(told, list)
                    entry = post_legs(self.key(), *self.legs(told), effective_on=day)
                    self.keep(entry.pk, [(day, *leg) for leg in told])
                elif what == "post many":
                    assert isinstance(told, list)
                    self.post_many(told, day)
                elif what == "reverse" and self.entries:
                    assert isinstance(told, int)
                    self.undo(told % len(self.entries), day)
                elif what == "roll up":
                    roll_up(at=NOON)
        except (Overdrawn, Conflict):
            pass

    def post_many(self, told: list[list[tuple[str, str, int]]], day: date) -> None:
        postings = [Posting(self.key(), "test", self.legs(each), day) for each in told]
        made = post_many(postings=postings, currency="USD", actor=ROBOT, at=NOON)
        for posting, each in zip(postings, told, strict=True):
            self.keep(made[posting.key], [(day, *leg) for leg in each])

    def undo(self, which: int, day: date) -> None:
        pk, moves = self.entries[which]
        entry = reverse(
            entry_id=pk,
            key=self.key(),
            event="undo",
            reason="",
            effective_on=day,
            actor=ROBOT,
            at=NOON,
        )
        self.keep(entry.pk, [(day, credit, debit, cents) for _, debit, credit, cents in moves])

    def keep(self, pk: int, moves: list[Move]) -> None:
        self.entries.append((pk, moves))
        self.plain.moves += moves


def page_by_page(code: str) -> list[int]:
    changes, before = [], None
    while page := account_page(code, "USD", before=before, limit=3):
        changes += [row.change_cents for row in page]
        before = cursor_after(page)
    assert before is None or before.balance_cents == 0
    return changes


@pytest.mark.django_db
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(actions, max_size=12))
def test_any_sequence_balances_and_agrees_with_a_plain_count(
    sequence: list[tuple[str, object, int | None]],
) -> None:
    with transaction.atomic():
        books = Books()
        for action in sequence:
            books.do(*action)
        for ago in (0, 1, DAYS):
            as_of = days_ago(ago)
            totals = trial_balance(currency="USD", as_of=as_of)
            assert sum(row.debit_cents - row.credit_cents for row in totals) == 0
            for code in CODES:
                assert balance(code, "USD", as_of=as_of) == books.plain.balance(code, as_of)
        for code in ("1010", "2000"):
            assert sum(page_by_page(code)) == books.plain.balance(code, days_ago(0))
        account = Account.objects.filter(guarded=True).first()
        assert (account.balance_cents if account else 0) == balance("2000", "USD") >= 0
        assert Entry.objects.count() == len(books.entries)
        assert list(ledger_breaches()) == []
        transaction.set_rollback(True)


@given(st.sampled_from(CODES), st.integers(-(10**15), 10**15))
def test_the_sign_of_a_balance_is_that_of_its_kind(code: str, cents: int) -> None:
    kind = CHART[code].kind
    assert natural(kind, cents) == (cents if kind in {"AS", "EX"} else -cents)
