"""Pairs of undone sales: taken back as money, given again once units are there."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.network.earning.integrity import earning_breaches
from domain.network.earning.models import PairReturn
from domain.network.earning.queries.wallets import balances_of
from domain.network.earning.rules.pairs import returned
from domain.network.operations.members import terminate
from domain.payouts.models import TaxRecord
from domain.staff.models import Staff
from tests.factories import assert_sound
from tests.network.earners import by_hand, chain, pairs_of, post_run, price_pairs, two_people, unit
from tests.network.factory import NOON, placed, run_sql

pytestmark = pytest.mark.django_db
LAST = {"on_reversal": "CLAWBACK_LAST"}


@pytest.fixture
def people() -> tuple[Staff, Staff]:
    found = two_people()
    price_pairs(found, **LAST)
    return found


class Top:
    """A member with two pairs, posted."""

    def __init__(self, people: tuple[Staff, Staff]) -> None:
        self.people = people
        self.member = placed(name="ROOT")
        self.left, self.right = chain(self.member, "L", 2), chain(self.member, "R", 2)
        post_run(people)

    def run(self) -> list[tuple[int, int]]:
        run = post_run(self.people)
        mine = PairReturn.objects.filter(run=run, pair__member=self.member)
        return list(mine.order_by("pair__number").values_list("pair__number", "sign"))

    def has(self, *codes: str) -> list[int]:
        found = balances_of(self.member.pk)
        return [found[code] for code in codes or ("2000",)]


@pytest.fixture
def top(people: tuple[Staff, Staff]) -> Top:
    return Top(people)


def test_the_last_pair_goes_back_and_comes_again(top: Top) -> None:
    unit(top.left[0], sign=-1)
    assert top.run() == [(2, -1)]
    assert top.has() == [1_000_00]
    assert top.run() == []
    chain(top.member, "L", 1)
    assert top.run() == [(2, 1)]
    assert top.has() == [2_000_00]
    chain(top.member, "L", 1), chain(top.member, "R", 1)
    assert top.run() == []
    assert pairs_of(top.member) == [1, 2, 3]
    assert top.has() == [3_000_00]
    assert_sound()


def test_the_deeper_leg_counts(top: Top) -> None:
    unit(top.left[0], sign=-1), unit(top.right[0], sign=-1), unit(top.right[1], sign=-1)
    assert top.run() == [(1, -1), (2, -1)]
    assert top.has() == [0]
    chain(top.member, "L", 1), chain(top.member, "R", 1)
    assert top.run() == [(1, 1)]
    assert_sound()


def test_what_was_spent_is_owed_and_settled_when_it_comes_again(top: Top) -> None:
    by_hand(top.member, "2000", "1000", 1_700_00)
    unit(top.left[0], sign=-1)
    top.run()
    assert top.has("2000", "1300") == [0, 700_00]
    chain(top.member, "L", 1)
    top.run()
    assert top.has("2000", "1300") == [300_00, 0]
    assert_sound()


def test_debts_of_before_stay_debts_of_units(people: tuple[Staff, Staff]) -> None:
    price_pairs(people, on_reversal="DEBT")
    top = Top(people)
    unit(top.left[0], sign=-1)
    assert top.run() == []
    price_pairs(people, **LAST)
    unit(top.left[1], sign=-1)
    assert top.run() == [(2, -1)]
    assert top.has() == [1_000_00]


def test_the_reserves_part_comes_from_the_reserve(people: tuple[Staff, Staff]) -> None:
    price_pairs(people, **LAST, full_count=0)
    top = Top(people)
    unit(top.left[0], sign=-1)
    top.run()
    assert top.has("2000", "2010") == [800_00, 200_00]
    chain(top.member, "L", 1)
    top.run()
    assert top.has("2000", "2010") == [1_600_00, 400_00]
    assert_sound()


def test_tax_goes_back_and_comes_again(people: tuple[Staff, Staff]) -> None:
    price_pairs(people, **LAST, **{"tds.timing": "ACCRUAL", "tds.no_pan_rate_bps": 500})
    top = Top(people)
    assert top.has() == [1_900_00]
    unit(top.left[0], sign=-1)
    top.run()
    assert top.has("2000", "1300") == [950_00, 0]
    chain(top.member, "L", 1)
    top.run()
    assert top.has() == [1_900_00]
    unit(top.left[1], sign=-1)
    top.run()
    assert top.has("2000", "1300") == [950_00, 0]
    kept = TaxRecord.objects.filter(member=top.member).values_list("tds_cents", flat=True)
    assert sum(kept) == 50_00
    assert_sound()


def test_who_was_terminated_gives_back_and_gets_nothing_again(top: Top) -> None:
    terminate(member_id=top.member.pk, reason="left", actor=top.people[1], at=NOON)
    unit(top.left[0], sign=-1)
    assert top.run() == [(2, -1)]
    chain(top.left[1], "L", 1)
    assert top.run() == []
    assert top.has() == [1_000_00]


def test_what_the_books_do_not_know_is_named(top: Top) -> None:
    unit(top.left[0], sign=-1)
    top.run()
    run_sql("UPDATE domain_pairreturn SET sign = 1")
    assert {each.invariant for each in earning_breaches()} == {"N6"}


@given(steps=st.lists(st.integers(0, 6), min_size=1, max_size=12))
@settings(max_examples=100, deadline=None)
def test_as_many_are_back_as_units_lack(steps: list[int]) -> None:
    """However the debt moves: under the rule from the start, exactly its pairs are back."""
    debt = back = 0
    for now in steps:
        taken, again = returned(debt, now, back, clawback=True)
        debt, back = now, back + taken - again
        assert back == debt
        assert returned(debt, now, back, clawback=False) == (0, 0)
