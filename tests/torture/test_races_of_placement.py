"""Many people placing members into the same few slots, and out of them."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping

import pytest
from django.contrib.auth.models import Group
from django.db import IntegrityError

from domain.common.errors import Refused
from domain.network.integrity import network_breaches
from domain.network.models import Member, Node
from domain.network.operations import claiming, corrections, placement
from domain.network.operations.corrections import apply_correction, request_correction
from domain.network.operations.counting import roll_up_counts
from domain.network.operations.placement import place_member
from domain.network.queries.tree import legs_of
from tests.network.factory import ENROLLER, NOON, new_member, placed, put, recount
from tests.network.forest import grow, waiting
from tests.torture.threads import (
    FEW_ROUNDS,
    FEW_THREADS,
    THREADS,
    Outcome,
    in_rounds,
    staff,
    unlocked,
    without_constraint,
)

pytestmark = pytest.mark.django_db(transaction=True)
MEMBERS, WRITERS = 2_000, 8
# Without it the slot is taken without asking whether it is free.
ASKS = "\n      AND n.open & s.bit > 0"
# Others come in between seeing the slot and taking it.
SEEN = "FROM slot s"
PAUSE = f"{SEEN} CROSS JOIN (SELECT pg_sleep(0.05)) AS pause"


def place(member_id: int, side: str) -> str:
    return place_member(member_id=member_id, side=side, actor=ENROLLER, at=NOON).path


def named() -> list[str]:
    return [str(breach) for breach in network_breaches()]


def changed_claim(monkeypatch: pytest.MonkeyPatch, changes: Mapping[str, str]) -> None:
    statement = claiming.CLAIM
    for old, new in changes.items():
        assert statement.count(old) == 1
        statement = statement.replace(old, new)
    monkeypatch.setattr(claiming, "CLAIM", statement)


class TestTheSameLeg:
    """Every thread places another member on the left of the same sponsor."""

    def rounds(self, **size: int) -> Iterator[tuple[list[int], Outcome]]:
        threads = size.get("threads", THREADS)

        def prepare() -> list[int]:
            root = grow(1)
            return [root, *waiting(threads, root, 1)]

        def act(members: list[int], number: int) -> object:
            return place(members[number + 1], "L")

        return in_rounds(prepare, act, **size)

    def test_fills_from_the_top_without_a_gap(self) -> None:
        for members, outcome in self.rounds():
            assert outcome.errors == []
            paths = sorted(Node.objects.filter(tree=members[0]).values_list("path", flat=True))
            assert len(set(paths)) == THREADS + 1
            # 32 below the left slot: five full levels and one place more.
            assert sorted(map(len, paths)) == [0, 1, 2, 2, *[3] * 4, *[4] * 8, *[5] * 16, 6]
        assert named() == []

    def test_the_database_alone_lets_nobody_sit_on_another(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        changed_claim(monkeypatch, {ASKS: "", SEEN: PAUSE})
        for members, outcome in self.rounds(threads=FEW_THREADS, rounds=FEW_ROUNDS):
            assert {type(error) for error in outcome.errors} <= {IntegrityError}
            assert outcome.errors
            paths = list(Node.objects.filter(tree=members[0]).values_list("path", flat=True))
            assert len(set(paths)) == len(paths)

    def test_gives_way_without_either(self, monkeypatch: pytest.MonkeyPatch) -> None:
        changed_claim(monkeypatch, {ASKS: "", SEEN: PAUSE})
        broken = []
        with (
            without_constraint("domain_node", "node_one_child_a_side"),
            without_constraint("domain_node", "node_path_unique"),
            without_constraint("domain_node", "node_open_is_two_bits"),
        ):
            for members, _ in self.rounds(threads=FEW_THREADS, rounds=FEW_ROUNDS):
                paths = list(Node.objects.filter(tree=members[0]).values_list("path"))
                broken.append(len(set(paths)) < len(paths))
            assert named()
        assert broken == [True] * FEW_ROUNDS


class TestTheSameMember:
    def rounds(self, **size: int) -> Iterator[tuple[Member, Outcome]]:
        root = placed()

        def prepare() -> Member:
            return new_member(root)

        def act(member: Member, number: int) -> object:
            return put(member, "LR"[number % 2]).path

        return in_rounds(prepare, act, **size)

    def test_is_placed_once(self) -> None:
        for _, outcome in self.rounds():
            assert len(outcome.results) == 1
            assert outcome.raised() == {"Refused": THREADS - 1}
        assert named() == []

    def test_by_the_database_alone(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(placement, "lock", unlocked)
        changed_claim(monkeypatch, {SEEN: PAUSE})
        for _, outcome in self.rounds(threads=FEW_THREADS, rounds=FEW_ROUNDS):
            assert len(outcome.results) == 1
            assert "IntegrityError" in outcome.raised()


class TestMovedAndPlacedBelow:
    """Half of the threads place somebody below a member whom the others move away."""

    def test_nobody_loses_the_place_above(self) -> None:
        asker, *appliers = staff(THREADS + 1)
        for person in (asker, *appliers):
            person.groups.set([Group.objects.get(name="operations_manager")])

        def prepare() -> tuple[int, list[int]]:
            root = placed()
            member = placed(root, "L")
            asked = request_correction(
                member_id=member.pk,
                under_id=root.pk,
                side="R",
                reason="wrong leg",
                actor=type(asker).objects.get(pk=asker.pk),
                at=NOON,
            )
            return asked.pk, waiting(THREADS, member.pk, 1)

        def act(made: tuple[int, list[int]], number: int) -> object:
            correction, members = made
            if number % 2:
                return place(members[number], "L")
            who = type(asker).objects.get(pk=appliers[number].pk)
            return apply_correction(correction_id=correction, actor=who, at=NOON).state

        for _, outcome in in_rounds(prepare, act, rounds=10):
            assert len([each for each in outcome.results if each != "applied"]) == THREADS // 2
            assert {type(error) for error in outcome.errors} <= {Refused, corrections.Conflict}
        assert named() == []


type Wave = list[tuple[int, str]]


def waves_of(draw: random.Random) -> tuple[list[int], list[Wave]]:
    """Two roots, and the waves in which all writers place members at once: whoever is in one was
    referred by somebody of an earlier one.
    """
    members, waves = [grow(1), grow(1)], []
    while len(members) < MEMBERS:
        size = min(len(members), 400, MEMBERS - len(members))
        wave = waiting(size, members[0], len(members))
        waves.append([(member, draw.choice(["L", "R", "AUTO"])) for member in wave])
        members += wave
    return members, waves


@pytest.mark.timeout(300)
def test_two_thousand_members_of_eight_writers_are_where_a_recount_finds_them() -> None:
    draw = random.Random(4711)
    members, waves = waves_of(draw)
    coming = iter(waves)

    def act(wave: Wave, number: int) -> object:
        for member, side in wave[number::WRITERS]:
            place(member, side)
            if draw.random() < 0.01:
                roll_up_counts(at=NOON, batch=50)
        return None

    for _, outcome in in_rounds(lambda: next(coming), act, threads=WRITERS, rounds=len(waves)):
        assert outcome.errors == []
    assert Node.objects.count() == MEMBERS
    recounted = {pk: legs for root in members[:2] for pk, legs in recount(root).items()}
    assert sorted(recounted) == members
    assert legs_of(members) == recounted
    roll_up_counts(at=NOON)
    assert legs_of(members) == recounted
    assert named() == []
    assert elsewhere_than_the_sponsor() == []


def elsewhere_than_the_sponsor() -> list[int]:
    """Members who do not sit somewhere below whoever referred them, or are no root."""
    asked = Member.objects.select_related("node", "referred_by__node")
    return [member.pk for member in asked if not follows_the_sponsor(member)]


def follows_the_sponsor(member: Member) -> bool:
    if member.referred_by is None:
        return member.node.path == ""
    above = member.referred_by.node
    return member.node.tree == above.tree and member.node.path.startswith(above.path)
