"""Which units the pairs of a large tree are made of, against plain counting."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import timedelta

import pytest

from domain.network.earning.integrity import earning_breaches
from domain.network.earning.models import Pair
from domain.network.earning.operations import sql
from domain.network.models import Node, UnitEvent
from tests.network.earners import TODAY, post_run, price_pairs, two_people
from tests.network.factory import NOON
from tests.network.forest import grow_anywhere

pytestmark = pytest.mark.django_db
SIZE = 3 * sql.WHOLE
MONTH = timedelta(days=31)


def test_each_pair_has_the_units_of_its_rank() -> None:
    """Two months, so that what was paired in the first is passed over in the second."""
    people = two_people()
    price_pairs(people, monthly_cap=3)
    first = grow_anywhere(SIZE)
    order = random.Random(1).sample(range(first, first + SIZE), SIZE)
    units = [
        UnitEvent(node_id=member, sign=1, source_type="placement", source_id=member, at=NOON)
        for member in order
    ]
    UnitEvent.objects.bulk_create(units)
    for months in range(2):
        post_run(people, TODAY + months * MONTH, NOON + months * MONTH)

    legs = defaultdict[tuple[int, str], list[int]](list)
    sits = dict(Node.objects.filter(tree=first).values_list("member_id", "path"))
    on = {path: member for member, path in sits.items()}
    for unit in sorted(units, key=lambda each: each.pk):
        path = sits[unit.node_id]
        for length in range(len(path)):
            legs[on[path[:length]], path[length]].append(unit.pk)
    expected = {
        (member, number + 1): pair
        for member in on.values()
        for number, pair in enumerate(
            list(zip(legs[member, "0"], legs[member, "1"], strict=False))[:6]
        )
    }
    columns = ("member_id", "number", "left_unit_id", "right_unit_id")
    found = {(m, n): (left, right) for m, n, left, right in Pair.objects.values_list(*columns)}
    assert found == expected
    assert max(len(leg) for leg in legs.values()) > sql.WHOLE
    assert list(earning_breaches()) == []
