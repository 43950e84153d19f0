"""Each way to break the tree by hand is found and named."""

from __future__ import annotations

import pytest

from domain.network.integrity import network_breaches
from domain.network.models import Member
from domain.network.operations.counting import roll_up_counts
from tests.network.factory import NOON, placed, run_sql

pytestmark = pytest.mark.django_db


@pytest.fixture
def family() -> list[Member]:
    """A root, its left and right, and one below the left; counted."""
    root = placed()
    left, right = placed(root, "L"), placed(root, "R")
    below = placed(left, "L")
    roll_up_counts(at=NOON)
    assert list(network_breaches()) == []
    return [root, left, right, below]


def broken() -> set[tuple[str, str]]:
    return {(each.invariant, each.subject) for each in network_breaches()}


UPDATE = "UPDATE domain_node SET {} WHERE member_id = %s"


@pytest.mark.parametrize(
    ("change", "who"),
    [
        ("parent_id = NULL", 3),
        ("path = '11', side = 'R', open = 3", 3),
        ("tree = 4711", 3),
        ("depth = 3", 3),
    ],
)
def test_a_place_that_the_place_above_does_not_know(
    family: list[Member], change: str, who: int
) -> None:
    run_without_checks(UPDATE.format(change), family[who].pk)
    assert ("N1", f"member {family[who].code}") in broken()


def test_a_free_slot_that_is_taken(family: list[Member]) -> None:
    run_sql(UPDATE.format("open = 3"), family[1].pk)
    assert broken() == {("N1", f"member {family[1].code}")}


def test_a_circle_of_places(family: list[Member]) -> None:
    root, left, _right, _below = family
    run_without_checks(
        UPDATE.format("parent_id = %s, side = 'L', path = '00', depth = 2"), left.pk, root.pk
    )
    assert ("N1", f"member {left.code}") in broken()


def test_a_parent_who_is_not_there(family: list[Member]) -> None:
    run_sql("DELETE FROM domain_node WHERE member_id = %s", family[1].pk)
    assert {("N1", f"member {family[3].code}"), ("N1", f"member {family[1].code}")} <= broken()


def test_two_in_one_place(family: list[Member]) -> None:
    _root, left, right, _below = family
    run_without_checks(UPDATE.format("side = 'L', path = '0'"), right.pk)
    run_sql(UPDATE.format("open = 1"), family[0].pk)
    assert {("N1", f"member {left.code}"), ("N1", f"member {right.code}")} <= broken()


def test_a_member_placed_nowhere(family: list[Member]) -> None:
    run_sql("UPDATE domain_member SET placed_at = NULL WHERE customer_id = %s", family[3].pk)
    assert broken() == {("N1", f"member {family[3].code}")}


def test_a_circle_of_sponsors(family: list[Member]) -> None:
    root, left, *_ = family
    run_sql("UPDATE domain_member SET referred_by_id = %s WHERE customer_id = %s", left.pk, root.pk)
    assert ("N1", f"member {root.code}") in broken()


def test_a_leg_counted_wrongly(family: list[Member]) -> None:
    run_sql("UPDATE domain_legcount SET left_members = 9 WHERE node_id = %s", family[0].pk)
    assert broken() == {("N2", f"member {family[0].code}")}


def test_a_place_waiting_to_be_counted_elsewhere(family: list[Member]) -> None:
    last = placed(family[2], "R")
    run_sql("UPDATE domain_uncountednode SET path = '0' WHERE node_id = %s", last.pk)
    assert ("N2", f"place {last.pk}") in broken()


def test_units_that_count_twice_or_were_never_added(family: list[Member]) -> None:
    add = """INSERT INTO domain_unitevent (node_id, sign, source_type, source_id, at)
             VALUES (%s, %s, 'active_buyer', %s, %s)"""
    run_sql(add, family[1].pk, 1, 1, NOON)
    run_sql(add, family[1].pk, 1, 2, NOON)
    assert broken() == {("N2", f"member {family[1].code}")}
    run_sql(add, family[2].pk, -1, 3, NOON)
    assert any(subject.startswith("unit ") for _, subject in broken())


UNIQUE_SIDE = "node_one_child_a_side"


def run_without_checks(sql: str, *values: object) -> None:
    """CHECKs hold even without triggers: take them off for what they refuse."""
    for name in (
        "node_root_or_child",
        "node_depth_is_path_length",
        "node_path_unique",
        UNIQUE_SIDE,
    ):
        run_sql(f"ALTER TABLE domain_node DROP CONSTRAINT {name}")
    run_sql(sql, *values)
