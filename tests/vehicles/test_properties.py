"""However the same money is split and ordered, the instalments are the same."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.bookings.rules.instalments import Part, changed_amounts, filled, owed, plan
from tests.factories import assert_sound
from tests.vehicles.factory import NOON, active, pay, told

PLANS = st.builds(
    lambda cents, months: plan(financed_cents=cents, months=months, first_due=date(2027, 1, 31)),
    st.integers(0, 10**9),
    st.sampled_from((3, 6, 12, 24)),
)


def parts(planned: list[object], paid: int = 0) -> list[Part]:
    empty = [Part(each.due_on, each.amount_cents) for each in planned]  # type: ignore[attr-defined]
    found = filled(empty, paid)
    return [
        Part(each.due_on, each.amount_cents, got) for each, got in zip(empty, found, strict=True)
    ]


@given(PLANS, st.integers(0, 10**9))
def test_a_plan_adds_up_and_is_filled_from_its_start(planned: list[object], paid: int) -> None:
    rows = parts(planned, paid)
    financed = sum(row.amount_cents for row in rows)
    assert sum(row.paid_cents for row in rows) == min(paid, financed)
    assert all(row.amount_cents % 100 == 0 for row in rows[:-1])
    part_paid = [number for number, row in enumerate(rows) if row.open_cents and row.paid_cents]
    assert len(part_paid) <= 1
    for earlier, later in pairwise(rows):
        assert not later.paid_cents or not earlier.open_cents
    assert sum(owed(rows, date(2999, 1, 1))) == financed - sum(row.paid_cents for row in rows)


@given(PLANS, st.integers(0, 10**8), st.integers(-(10**8), 10**8))
def test_a_changed_price_never_takes_what_was_paid(
    planned: list[object], paid: int, change: int
) -> None:
    rows = parts(planned, paid)
    amounts = changed_amounts(rows, change)
    assert all(now >= row.paid_cents for now, row in zip(amounts, rows, strict=True))
    room = sum(row.open_cents for row in rows)
    assert sum(amounts) - sum(row.amount_cents for row in rows) == max(change, -room)


@pytest.mark.torture
@pytest.mark.django_db
@pytest.mark.usefixtures("shop")
@settings(max_examples=8, deadline=None)
@given(st.lists(st.integers(1, 30_000_00), min_size=1, max_size=4), st.randoms())
def test_the_same_money_fills_the_same(amounts: list[int], shuffled: object) -> None:
    other = list(amounts)
    shuffled.shuffle(other)  # type: ignore[attr-defined]
    found = []
    for each in (amounts, other, [sum(amounts)]):
        booking = active()
        for cents in each:
            pay(booking, cents)
        found.append(told(booking))
    assert found[0] == found[1] == found[2]
    assert_sound(NOON)
