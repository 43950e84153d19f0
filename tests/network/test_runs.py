"""A run makes each pair once, by two people, and names its two units."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from domain.common.constraints import refused_by
from domain.common.errors import Conflict, InvalidInput, Refused, Stale
from domain.common.settings.queries import NoSettingInForce
from domain.common.workflow import transit
from domain.flows.commission import open_run, run_month
from domain.ledger.models import Account, Entry
from domain.network.earning.models import CommissionRun, Holdback, Pair, RunMember, RunState
from domain.network.earning.operations.running import what_if
from domain.network.earning.rules.pairs import Legs, match
from domain.network.models import Member, UnitEvent
from domain.network.operations.members import terminate
from domain.staff.models import Staff
from tests.factories import assert_sound
from tests.network.earners import (
    TODAY,
    chain,
    node_of,
    pairs_of,
    post_run,
    price_pairs,
    two_people,
    unit,
)
from tests.network.factory import NOON, placed

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def people() -> tuple[Staff, Staff]:
    found = two_people()
    price_pairs(found)
    return found


def wallet(member: Member, code: str = "2000") -> int:
    found = Account.objects.filter(code=code, customer=member.pk).first()
    return found.balance_cents if found else 0


class TestOneRun:
    def test_pairs_what_both_sides_have(self, people: tuple[Staff, Staff]) -> None:
        root = placed(name="ROOT")
        left, right = chain(root, "L", 3), chain(root, "R", 2)
        run = post_run(people)
        assert run.state == RunState.POSTED
        assert pairs_of(root) == [1, 2]
        first = Pair.objects.get(member=root, number=1)
        assert first.left_unit.node_id == left[0].pk
        assert first.right_unit.node_id == right[0].pk
        node = node_of(root)
        assert (node.left_units, node.right_units, node.pairs_matched) == (3, 2, 2)
        assert node.month_used == run.rows.get(member=root).new_pairs == 2
        assert wallet(root) == 2_000_00
        assert Entry.objects.get(key=f"pair:{root.pk}:1").event == "pair.credited"
        assert not UnitEvent.objects.filter(run_id=None).exists()
        assert_sound()

    def test_computing_changes_no_counter_and_no_account(self, people: tuple[Staff, Staff]) -> None:
        root = placed(name="ROOT")
        chain(root, "L", 2), chain(root, "R", 2)
        run = run_month(as_of=TODAY, actor=people[0], at=NOON)
        again = run_month(as_of=TODAY, actor=people[0], at=NOON)
        assert run.pk == again.pk
        assert (again.state, again.pairs, again.gross_cents) == (RunState.COMPUTED, 2, 2_000_00)
        assert node_of(root).left_units == 0
        assert not Entry.objects.filter(event__startswith="pair.").exists()
        assert UnitEvent.objects.filter(run_id=None).count() == 4

    def test_running_again_finds_nothing(self, people: tuple[Staff, Staff]) -> None:
        root = placed(name="ROOT")
        chain(root, "L", 2), chain(root, "R", 2)
        post_run(people)
        entries = Entry.objects.count()
        again = post_run(people)
        assert (again.pairs, again.events, again.rows.count()) == (0, 0, 0)
        assert Entry.objects.count() == entries
        assert pairs_of(root) == [1, 2]

    def test_the_cap_lets_the_rest_wait(self, people: tuple[Staff, Staff]) -> None:
        root = placed(name="ROOT")
        chain(root, "L", 13), chain(root, "R", 12)
        run = post_run(people)
        assert pairs_of(root) == list(range(1, 11))
        assert run.capped == 1
        assert wallet(root) == 9_000_00
        assert wallet(root, "2010") == 1_000_00
        april = post_run(people, date(2027, 4, 1), NOON + 31 * DAY)
        assert pairs_of(root) == list(range(1, 13))
        assert april.rows.get(member=root).carry_left == 1
        assert_sound()

    def test_burns_what_both_sides_have_over_the_cap(self, people: tuple[Staff, Staff]) -> None:
        price_pairs(people, cap_overflow="FLUSH", monthly_cap=2)
        root = placed(name="ROOT")
        chain(root, "L", 5), chain(root, "R", 4)
        run = post_run(people)
        row = run.rows.get(member=root)
        assert (row.new_pairs, row.flushed, row.carry_left, row.carry_right) == (2, 2, 1, 0)
        more = chain(root, "R", 1)
        post_run(people, date(2027, 4, 1), NOON + 31 * DAY)
        third = Pair.objects.get(member=root, number=3)
        assert third.right_unit.node_id == more[0].pk

    def test_a_debt_is_filled_first(self, people: tuple[Staff, Staff]) -> None:
        root = placed(name="ROOT")
        left, right = chain(root, "L", 2), chain(root, "R", 2)
        post_run(people)
        unit(left[0], sign=-1), unit(right[0], sign=-1)
        run = post_run(people)
        assert run.in_debt >= 1
        more = chain(root, "L", 2), chain(root, "R", 2)
        post_run(people)
        assert pairs_of(root) == [1, 2, 3]
        third = Pair.objects.get(member=root, number=3)
        assert third.left_unit.node_id == more[0][1].pk
        assert wallet(root) == 3_000_00
        assert_sound()

    def test_an_ended_member_keeps_the_place_and_earns_nothing(
        self, people: tuple[Staff, Staff]
    ) -> None:
        root = placed(name="ROOT")
        chain(root, "L", 1), chain(root, "R", 1)
        terminate(member_id=root.pk, reason="left", actor=people[1], at=NOON)
        run = post_run(people)
        assert (run.pairs, pairs_of(root)) == (0, [])
        assert node_of(root).left_units == 1

    def test_holds_a_share_back(self, people: tuple[Staff, Staff]) -> None:
        price_pairs(people, **{"reserve.holdback_bps": 1_000})
        root = placed(name="ROOT")
        chain(root, "L", 1), chain(root, "R", 1)
        post_run(people)
        assert (wallet(root), wallet(root, "2015")) == (900_00, 100_00)
        held = Holdback.objects.get(member=root)
        assert (held.amount_cents, held.release_on) == (100_00, TODAY + 90 * DAY)


class TestTwoPeople:
    def test_who_computed_it_does_not_approve_it(self, people: tuple[Staff, Staff]) -> None:
        run = run_month(as_of=TODAY, actor=people[0], at=NOON)
        with pytest.raises(Refused, match="somebody else"):
            transit(CommissionRun, run.pk, "approve", actor=people[0], at=NOON)
        with pytest.raises(IntegrityError, match="run_four_eyes"), transaction.atomic():
            CommissionRun.objects.filter(pk=run.pk).update(state="approved", approved_by=people[0])

    def test_one_run_is_open_at_a_time(self, people: tuple[Staff, Staff]) -> None:
        open_run(as_of=TODAY, actor=people[0], at=NOON)
        with pytest.raises(Conflict, match="is open"):
            open_run(as_of=TODAY - DAY, actor=people[0], at=NOON)

    def test_void_drops_proposals_and_the_units_wait(self, people: tuple[Staff, Staff]) -> None:
        root = placed(name="ROOT")
        chain(root, "L", 1), chain(root, "R", 1)
        run = run_month(as_of=TODAY, actor=people[0], at=NOON)
        transit(CommissionRun, run.pk, "void", actor=people[0], at=NOON, reason="wrong day")
        assert not Pair.objects.exists()
        assert not RunMember.objects.exists()
        assert post_run(people).pairs == 1

    def test_what_changed_since_is_not_posted(self, people: tuple[Staff, Staff]) -> None:
        root = placed(name="ROOT")
        left = chain(root, "L", 1)
        chain(root, "R", 1)
        run = run_month(as_of=TODAY, actor=people[0], at=NOON)
        transit(CommissionRun, run.pk, "approve", actor=people[1], at=NOON)
        terminate(member_id=root.pk, reason="left", actor=people[1], at=NOON)
        assert left
        with pytest.raises(Stale, match="compute a new one"), transaction.atomic():
            transit(CommissionRun, run.pk, "post", actor=people[1], at=NOON)
        assert node_of(root).left_units == 0

    def test_no_amount_no_run(self) -> None:
        with pytest.raises(NoSettingInForce, match=r"pair\.amount"):
            open_run(as_of=TODAY, actor=two_people()[0], at=NOON)

    def test_no_day_ahead_or_before_the_last(self, people: tuple[Staff, Staff]) -> None:
        post_run(people)
        for day in (TODAY + DAY, TODAY - DAY):
            with pytest.raises(InvalidInput):
                open_run(as_of=day, actor=people[0], at=NOON)

    def test_posted_pairs_stay(self, people: tuple[Staff, Staff]) -> None:
        root = placed(name="ROOT")
        chain(root, "L", 1), chain(root, "R", 1)
        post_run(people)
        for change in (Pair.objects.all().delete, RunMember.objects.all().delete):
            with pytest.raises(Exception, match="Cannot delete"), transaction.atomic():
                change()
        with pytest.raises(Exception, match="Cannot update"), transaction.atomic():
            Pair.objects.update(amount_cents=1)

    @pytest.mark.parametrize("kind", [Pair, RunMember])
    def test_a_row_has_the_key_of_its_member_and_number(
        self, people: tuple[Staff, Staff], kind: type[Pair | RunMember]
    ) -> None:
        root = placed(name="ROOT")
        chain(root, "L", 1), chain(root, "R", 1)
        post_run(people)
        row = kind.objects.filter(member=root).get()
        kept = "pair_number_once" if kind is Pair else "run_member_once"
        for key, refused in ((row.pk, f"{kind._meta.db_table}_pkey"), (row.pk + 1, kept)):
            row.pk = key
            with pytest.raises(IntegrityError) as raised, transaction.atomic():
                row.save(force_insert=True)
            assert refused_by(raised.value) == refused


def test_what_if_writes_nothing(people: tuple[Staff, Staff]) -> None:
    root = placed(name="ROOT")
    chain(root, "L", 4), chain(root, "R", 4)
    run = run_month(as_of=TODAY, actor=people[0], at=NOON)
    other = dict(run.rules) | {"pair.amount": 500_00, "pair.monthly_cap": 2}
    before = Counter(Pair.objects.values_list("amount_cents", flat=True))
    found = what_if(as_of=TODAY, settings=other, at=NOON)
    assert (found.pairs, found.gross_cents, found.capped) == (4, 2_000_00, 1)
    assert Counter(Pair.objects.values_list("amount_cents", flat=True)) == before


def test_every_member_gets_what_the_plain_rule_says(people: tuple[Staff, Staff]) -> None:
    price_pairs(people, monthly_cap=2)
    members = [placed(name="ROOT")]
    for number in range(40):
        members.append(placed(members[number // 3]))
        if number % 4:
            unit(members[-1])
    run = run_month(as_of=TODAY, actor=people[0], at=NOON)
    for row in RunMember.objects.filter(run=run):
        legs = Legs(row.left_units, row.right_units)
        found = match(legs, month_used=0, cap=2)
        assert row.new_pairs == found.new_pairs
        assert (row.carry_left, row.carry_right) == (found.carry_left, found.carry_right)
        assert pairs_of(row.member) == list(range(1, found.new_pairs + 1))


def test_a_run_adds_up(people: tuple[Staff, Staff]) -> None:
    root = placed(name="ROOT")
    chain(root, "L", 6), chain(root, "R", 6)
    run = run_month(as_of=TODAY, actor=people[0], at=NOON)
    transit(CommissionRun, run.pk, "approve", actor=people[1], at=NOON)
    run = CommissionRun.objects.get(pk=run.pk)
    assert run.to_reserve_cents == 200_00
    assert run.to_wallet_cents == run.pairs * 1_000_00 - 200_00


@pytest.mark.parametrize("order", [(0, 1, 2, 3, 4, 5), (5, 3, 1, 4, 2, 0), (2, 5, 0, 3, 1, 4)])
@pytest.mark.parametrize("batch", [1, 2, 6])
def test_any_order_and_any_split_give_the_same_pairs(
    people: tuple[Staff, Staff], order: tuple[int, ...], batch: int
) -> None:
    root = placed(name="ROOT")
    below = [placed(root, side) for side in "LLLRRR"]
    for start in range(0, len(order), batch):
        for which in order[start : start + batch]:
            unit(below[which])
        post_run(people)
    found = {each.pk: pairs_of(each) for each in (root, *below) if pairs_of(each)}
    assert found == {root.pk: [1, 2, 3], below[0].pk: [1], below[3].pk: [1]}
    assert_sound()
