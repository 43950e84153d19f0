from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from domain.common.errors import Conflict, InvalidInput, NotPermitted, Refused
from domain.network.models import Member, PlacementCorrection
from domain.network.operations.corrections import (
    apply_correction,
    deny_correction,
    request_correction,
    withdraw_correction,
)
from domain.network.operations.counting import roll_up_counts
from domain.network.queries.tree import leg_counts
from domain.staff.models import Staff
from tests.factories import assert_sound
from tests.network.factory import NOON, decide, new_member, node, placed

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def other(role: Callable[..., Staff]) -> Staff:
    return role("operations_manager")


def ask(
    member: Member, under: Member, side: str, actor: Staff, *, days: int = 0
) -> PlacementCorrection:
    return request_correction(
        member_id=member.pk,
        under_id=under.pk,
        side=side,
        reason="the wrong leg",
        actor=actor,
        at=NOON + days * DAY,
    )


class TestTwoPeople:
    def test_move_a_member_to_the_other_leg(self, manager: Staff, other: Staff) -> None:
        root = placed()
        member = placed(root, "L")
        roll_up_counts(at=NOON)
        asked = ask(member, root, "R", manager)
        assert node(member).path == "0"
        with pytest.raises(Refused, match="somebody else"):
            apply_correction(correction_id=asked.pk, actor=manager, at=NOON)
        apply_correction(correction_id=asked.pk, actor=other, at=NOON)
        assert (node(member).path, node(root).open) == ("1", 1)
        assert leg_counts(root.pk) == (0, 1)
        asked = PlacementCorrection.objects.get(pk=asked.pk)
        assert (asked.state, asked.from_path, asked.to_path) == ("applied", "0", "1")
        assert_sound()

    def test_move_a_member_into_another_tree(self, manager: Staff, other: Staff) -> None:
        wrong, right = placed(), placed()
        below = placed(right, "L")
        member = placed(wrong, "L")
        asked = ask(member, right, "L", manager)
        apply_correction(correction_id=asked.pk, actor=other, at=NOON)
        moved = node(member)
        assert (moved.tree, moved.path, moved.parent_id) == (right.pk, "00", below.pk)
        assert (leg_counts(wrong.pk), leg_counts(right.pk)) == ((0, 0), (2, 0))
        assert_sound()

    def test_move_a_root_without_anybody_below(self, manager: Staff, other: Staff) -> None:
        root, lonely = placed(), placed()
        asked = ask(lonely, root, "R", manager)
        apply_correction(correction_id=asked.pk, actor=other, at=NOON)
        assert node(lonely).path == "1"
        assert_sound()

    def test_deny_or_take_back(self, manager: Staff, other: Staff) -> None:
        root = placed()
        member = placed(root, "L")
        asked = ask(member, root, "R", manager)
        with pytest.raises(Refused, match="only they"):
            withdraw_correction(correction_id=asked.pk, actor=other, at=NOON)
        deny_correction(correction_id=asked.pk, reason="no", actor=other, at=NOON)
        again = ask(member, root, "R", manager)
        withdraw_correction(correction_id=again.pk, actor=manager, at=NOON)
        assert node(member).path == "0"
        assert_sound()

    def test_ask_once_at_a_time(self, manager: Staff, other: Staff) -> None:
        root = placed()
        member = placed(root, "L")
        ask(member, root, "R", manager)
        with pytest.raises(Conflict, match="already waits"):
            ask(member, root, "R", other)

    def test_are_of_operations(self, clerk: Staff) -> None:
        root = placed()
        with pytest.raises(NotPermitted):
            ask(placed(root, "L"), root, "R", clerk)


class TestBounds:
    def test_nobody_may_sit_below(self, manager: Staff) -> None:
        root = placed()
        member = placed(root, "L")
        placed(member, "L")
        with pytest.raises(Refused, match="Somebody already sits below"):
            ask(member, root, "R", manager)

    def test_no_unit_may_count(self, manager: Staff, finance: Staff) -> None:
        decide("pair.unit_basis", "PLACEMENT", at=NOON, by=finance, approver=manager)
        root = placed()
        member = placed(root, "L")
        with pytest.raises(Refused, match="already counts"):
            ask(member, root, "R", manager)

    def test_seven_days_and_not_a_moment_longer(self, manager: Staff, other: Staff) -> None:
        root = placed()
        member = placed(root, "L")
        asked = ask(member, root, "R", manager, days=7)
        late = NOON + 7 * DAY + timedelta(seconds=1)
        with pytest.raises(Refused, match="for 7 days"):
            apply_correction(correction_id=asked.pk, actor=other, at=late)
        apply_correction(correction_id=asked.pk, actor=other, at=NOON + 7 * DAY)

    def test_a_member_placed_below_meanwhile_stops_it(self, manager: Staff, other: Staff) -> None:
        root = placed()
        member = placed(root, "L")
        asked = ask(member, root, "R", manager)
        placed(member, "L")
        with pytest.raises(Refused, match="sits below"):
            apply_correction(correction_id=asked.pk, actor=other, at=NOON)
        assert node(member).path == "0"

    def test_the_slot_is_looked_for_anew(self, manager: Staff, other: Staff) -> None:
        root = placed()
        member = placed(root, "L")
        asked = ask(member, root, "R", manager)
        placed(root, "R")
        apply_correction(correction_id=asked.pk, actor=other, at=NOON)
        assert node(member).path == "10"
        assert_sound()

    @pytest.mark.parametrize(("under", "side"), [("self", "L"), ("nobody", "L"), ("root", "X")])
    def test_needs_a_place_to_go_to(self, manager: Staff, under: str, side: str) -> None:
        root = placed()
        member = placed(root, "L")
        where = {"self": member, "nobody": new_member(), "root": root}[under]
        with pytest.raises(InvalidInput):
            ask(member, where, side, manager)

    def test_the_same_leg_is_no_correction(self, manager: Staff) -> None:
        root = placed()
        placed(root, "L")
        member = placed(root, "L")
        with pytest.raises(Refused, match="sits in that leg already"):
            ask(member, root, "L", manager)
