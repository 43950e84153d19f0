from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from domain.common.audit.models import AuditEntry
from domain.common.errors import NotPermitted, Refused
from domain.network.integrity import network_breaches
from domain.network.models import Member, Node
from domain.network.operations.counting import roll_up_counts
from domain.network.operations.placement import place_member
from domain.network.queries.tree import leg_counts, next_slot, place_of
from domain.network.rules.paths import ancestors, first_open_side, lighter_side, spelled
from domain.staff.models import Staff
from tests.factories import assert_sound
from tests.network.factory import NOON, decide, new_member, node, placed, put, recount, tree_of
from tests.network.forest import grow, grow_anywhere

pytestmark = pytest.mark.django_db


class TestWords:
    def test_ancestors_come_nearest_first_with_the_side_below(self) -> None:
        assert list(ancestors("010")) == [("01", "L"), ("0", "R"), ("", "L")]
        assert list(ancestors("")) == []

    def test_a_path_reads_as_sides(self) -> None:
        assert (spelled("0110"), spelled("")) == ("L R R L", "root")

    def test_left_comes_first_and_wins_a_tie(self) -> None:
        assert [first_open_side(slots) for slots in (3, 1, 2)] == ["L", "L", "R"]
        assert [lighter_side(2, 1), lighter_side(1, 2), lighter_side(1, 1)] == ["R", "L", "L"]


class TestPlacing:
    def test_is_recorded_with_who_and_where(self, manager: Staff) -> None:
        root = placed()
        member = new_member(root)
        done = place_member(member_id=member.pk, side="R", actor=manager, at=NOON)
        assert (done.path, done.parent_id, done.tree) == ("1", root.pk, root.pk)
        assert node(member).placed_by == manager
        entry = AuditEntry.objects.get(subject_type="member", subject_id=member.pk, step="place")
        assert entry.facts["place"] == "R"
        assert_sound()

    def test_happens_once(self) -> None:
        member = placed()
        with pytest.raises(Refused, match="already"):
            put(member)

    def test_is_for_operations(self, clerk: Staff) -> None:
        with pytest.raises(NotPermitted, match="operations manager"):
            place_member(member_id=new_member().pk, actor=clerk, at=NOON)

    def test_of_a_member_who_changed_meanwhile_refuses(self, manager: Staff) -> None:
        member = new_member()
        with pytest.raises(Refused, match="changed while you looked"):
            place_member(
                member_id=member.pk, actor=manager, at=NOON, seen_version=member.version + 1
            )

    def test_without_a_sponsor_begins_a_tree(self) -> None:
        first, second = placed(), placed()
        assert node(first).tree == first.pk
        assert node(second).tree == second.pk

    def test_a_sponsor_without_a_place_becomes_a_root(self) -> None:
        sponsor = new_member()
        done = put(new_member(sponsor), "R")
        assert (done.tree, done.path) == (sponsor.pk, "1")
        assert Member.objects.get(pk=sponsor.pk).placed_at == NOON
        assert_sound()

    def test_takes_the_shallowest_vacancy_of_the_leg_and_never_the_other_leg(self) -> None:
        root = placed()
        names = {name: new_member(root, name) for name in "ABCDEFG"}
        for member in names.values():
            put(member, "L")
        assert tree_of(names.values()) == {
            "A": "0", "B": "00", "C": "01", "D": "000", "E": "001", "F": "010", "G": "011",
        }  # fmt: skip
        assert not Node.objects.filter(path__startswith="1").exists()

    def test_auto_goes_to_the_lighter_leg(self) -> None:
        root = placed()
        members = [placed(root, "AUTO") for _ in range(4)]
        assert [node(member).path for member in members] == ["0", "1", "00", "10"]


class TestSettings:
    def test_one_tree_for_the_company(self, finance: Staff, manager: Staff) -> None:
        first = placed()
        decide("placement.single_root", 1, at=NOON, by=finance, approver=manager)
        assert put(new_member()).tree == first.pk
        sponsor = new_member()
        put(new_member(sponsor))
        assert node(sponsor).tree == first.pk
        assert Node.objects.filter(parent=None).count() == 1
        assert_sound()

    def test_the_side_of_those_who_ask_for_none(self, finance: Staff, manager: Staff) -> None:
        decide("placement.default_side", "R", at=NOON, by=finance, approver=manager)
        root = placed()
        assert put(new_member(root)).path == "1"

    def test_a_leg_full_down_to_the_limit_refuses(self, finance: Staff, manager: Staff) -> None:
        decide("placement.max_depth", 10, at=NOON, by=finance, approver=manager)
        last = root = placed()
        for _ in range(10):
            last = placed(last, "L")
        assert node(last).depth == 10
        with pytest.raises(Refused, match="full down to level 10"):
            placed(last, "L")
        assert node(placed(root, "R")).path == "1"


class TestTheDatabaseAlone:
    """What no operation would do, by hand."""

    def breaks(self, sql: str, *values: object) -> None:
        with (
            pytest.raises(DatabaseError),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(sql, list(values))

    def test_refuses_what_is_no_tree(self) -> None:
        root = placed()
        left, right = placed(root, "L"), placed(root, "R")
        update = "UPDATE domain_node SET {} WHERE member_id = %s"
        self.breaks(update.format("path = '0', side = 'L'"), right.pk)
        self.breaks(update.format("parent_id = member_id"), left.pk)
        self.breaks(update.format("parent_id = NULL"), left.pk)
        self.breaks(update.format("depth = 7"), left.pk)
        self.breaks(update.format("open = 4"), left.pk)
        self.breaks(update.format("side = 'R'"), left.pk)
        self.breaks("DELETE FROM domain_node WHERE member_id = %s", left.pk)


class TestLegCounts:
    def test_are_exact_before_and_after_the_roll_up(self) -> None:
        root = placed()
        left = placed(root, "L")
        for _ in range(3):
            placed(left, "AUTO")
        placed(root, "R")
        assert (leg_counts(root.pk), leg_counts(left.pk)) == ((4, 1), (2, 1))
        assert roll_up_counts(at=NOON, batch=2) == 5
        assert (leg_counts(root.pk), leg_counts(left.pk)) == ((4, 1), (2, 1))
        placed(root, "R")
        assert leg_counts(root.pk) == (4, 2)
        assert roll_up_counts(at=NOON) == 1
        assert leg_counts(root.pk) == (4, 2)
        assert_sound()

    def test_of_somebody_without_a_place_are_none(self) -> None:
        assert leg_counts(987_654) == (0, 0)


def first_vacancy(tree: int, path: str, side: str) -> str:
    """The rule as its text has it: look at each place of the leg, the shallowest first."""
    taken = set(Node.objects.filter(tree=tree).values_list("path", flat=True))
    top = path + {"L": "0", "R": "1"}[side]
    queue = [top]
    while queue[0] in taken:
        queue += [queue[0] + "0", queue[0] + "1"]
        queue.pop(0)
    return queue[0]


@hypothesis_settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 30), st.sampled_from(["L", "R", "AUTO"])), max_size=25))
def test_any_order_of_placements_follows_the_rule(steps: list[tuple[int, str]]) -> None:
    with transaction.atomic():
        members: list[Member] = [placed()]
        for which, side in steps:
            sponsor = members[which % len(members)]
            below = place_of(sponsor.pk)
            assert below is not None
            member = new_member(sponsor)
            done_side = side
            if side == "AUTO":
                done_side = lighter_side(*recount(below.tree)[sponsor.pk])
            expected = first_vacancy(below.tree, below.path, done_side)
            slot = next_slot(below, done_side, max_depth=1000)
            assert slot is not None
            assert slot.path == expected
            assert put(member, side).path == expected
            members.append(member)
        for pk, legs in recount(members[0].pk).items():
            assert leg_counts(pk) == legs
        transaction.set_rollback(True)


def test_a_grown_tree_is_what_its_placements_would_have_left() -> None:
    for size in (1, 2, 7, 100):
        for root in (grow(size), grow_anywhere(size)):
            assert {pk: leg_counts(pk) for pk in recount(root)} == recount(root)
    assert list(network_breaches()) == []
