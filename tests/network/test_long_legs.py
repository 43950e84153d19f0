"""Which units the pairs of a large tree are made of, against plain counting."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta

import pytest

from domain.network.earning.integrity import earning_breaches
from domain.network.earning.models import Pair
from domain.network.earning.operations import naming
from domain.network.models import Node, UnitEvent
from tests.network.earners import TODAY, post_run, price_pairs, two_people
from tests.network.factory import NOON
from tests.network.forest import grow, grow_anywhere, grow_below

pytestmark = pytest.mark.django_db
SIZE = 3 * naming.WHOLE
MONTH = timedelta(days=31)
type Pairs = dict[tuple[int, int], tuple[int, int]]


def test_each_pair_has_the_units_of_its_rank() -> None:
    """Two months, so that what was paired in the first is passed over in the second."""
    people = two_people()
    price_pairs(people, monthly_cap=3)
    first = grow_anywhere(SIZE)
    order = random.Random(1).sample(range(first, first + SIZE), SIZE)
    units = given(order)
    for months in range(2):
        post_run(people, TODAY + months * MONTH, NOON + months * MONTH)

    expected, longest = counted(units, 6)
    assert found() == expected
    assert longest > naming.WHOLE
    assert list(earning_breaches()) == []


def test_below_the_levels_that_a_figure_holds() -> None:
    """In two trees, one of them so deep that its last levels are told apart by their paths."""
    people = two_people()
    price_pairs(people, monthly_cap=3)
    members = [*range(first := grow(15), first + 15)]
    members += range(first := grow_below(66, 31), first + 96)
    random.Random(2).shuffle(members)
    units = given(members)
    for months in range(2):
        post_run(people, TODAY + months * MONTH, NOON + months * MONTH)
    expected, _ = counted(units, 6)
    assert found() == expected
    assert any(number > 3 for _, number in expected)


def given(members: Sequence[int]) -> list[UnitEvent]:
    units = [
        UnitEvent(node_id=member, sign=1, source_type="placement", source_id=member, at=NOON)
        for member in members
    ]
    return UnitEvent.objects.bulk_create(units)


def counted(units: Sequence[UnitEvent], most: int) -> tuple[Pairs, int]:
    """Each member's first pairs by plain counting, and how long the longest leg is."""
    legs = defaultdict[tuple[int, str], list[int]](list)
    places = Node.objects.values_list("member_id", "tree", "path")
    sits = {member: (tree, path) for member, tree, path in places}
    on = {place: member for member, place in sits.items()}
    for unit in sorted(units, key=lambda each: each.pk):
        tree, path = sits[unit.node_id]
        for length in range(len(path)):
            legs[on[tree, path[:length]], path[length]].append(unit.pk)
    pairs = {
        (member, number + 1): pair
        for member in on.values()
        for number, pair in enumerate(
            list(zip(legs[member, "0"], legs[member, "1"], strict=False))[:most]
        )
    }
    return pairs, max(len(leg) for leg in legs.values())


def found() -> Pairs:
    columns = ("member_id", "number", "left_unit_id", "right_unit_id")
    return {(m, n): (left, right) for m, n, left, right in Pair.objects.values_list(*columns)}
