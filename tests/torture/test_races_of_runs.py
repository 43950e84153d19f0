"""Many people at the same commission run: begun twice, posted twice, and over the month's cap."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from django.db import connection

from domain.common.errors import Conflict
from domain.common.workflow import transit
from domain.flows import commission
from domain.flows.commission import open_run, run_month
from domain.ledger.queries import balance
from domain.network.earning.integrity import earning_breaches
from domain.network.earning.models import OPEN_RUNS, CommissionRun
from domain.network.earning.operations import sql
from domain.network.models import Member
from domain.staff.models import Staff
from tests.conftest import triggers_off
from tests.network.earners import TODAY, node_of, pairs_of, price_pairs, two_people, unit
from tests.network.factory import NOON, placed
from tests.torture.threads import (
    FEW_ROUNDS,
    FEW_THREADS,
    ROUNDS,
    THREADS,
    Outcome,
    in_rounds,
    slow,
    without_locks,
)

pytestmark = pytest.mark.django_db(transaction=True)
CAP, AMOUNT = 2, 1_000_00


@pytest.fixture
def people() -> tuple[Staff, Staff]:
    found = two_people()
    price_pairs(found, AMOUNT, monthly_cap=CAP)
    return found


class TestBegun:
    """Every thread begins the run of the same day."""

    def rounds(self, people: tuple[Staff, Staff], **size: int) -> Iterator[tuple[None, Outcome]]:
        def prepare() -> None:
            for run in CommissionRun.objects.filter(state__in=OPEN_RUNS):
                transit(
                    CommissionRun, run.pk, "void", actor=people[0], at=NOON, reason="next round"
                )

        def act(_: None, number: int) -> object:
            return open_run(as_of=TODAY, actor=people[number % 2], at=NOON)

        return in_rounds(prepare, act, **size)

    def test_one_run_is_open(self, people: tuple[Staff, Staff]) -> None:
        for _, outcome in self.rounds(people):
            assert len(outcome.results) == 1
            assert {type(error) for error in outcome.errors} == {Conflict}

    def test_gives_way_without_the_database(self, people: tuple[Staff, Staff]) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = 'run_one_open'")
            (definition,) = cursor.fetchone()
            cursor.execute("DROP INDEX run_one_open")
        try:
            most = [
                len(outcome.results)
                for _, outcome in self.rounds(people, threads=FEW_THREADS, rounds=FEW_ROUNDS)
            ]
        finally:
            with triggers_off(), connection.cursor() as cursor:
                cursor.execute("TRUNCATE domain_commissionrun CASCADE")
                cursor.execute(definition)
        assert max(most) > 1


class TestPosted:
    """Every thread posts the same approved run."""

    def rounds(self, people: tuple[Staff, Staff], **size: int) -> Iterator[tuple[Member, Outcome]]:
        top = rich(CAP * ROUNDS)
        months = iter(range(ROUNDS))

        def prepare() -> int:
            as_of, at = month(next(months))
            run = run_month(as_of=as_of, actor=people[0], at=at)
            transit(CommissionRun, run.pk, "approve", actor=people[1], at=at)
            return run.pk

        def act(pk: int, _: int) -> object:
            at = month(ROUNDS)[1]
            return transit(CommissionRun, pk, "post", actor=people[1], at=at)

        return ((top, outcome) for _, outcome in in_rounds(prepare, act, **size))

    def test_pays_once(self, people: tuple[Staff, Staff]) -> None:
        for number, (top, outcome) in enumerate(self.rounds(people), start=1):
            assert len(outcome.results) == 1
            assert outcome.raised() == {"Refused": THREADS - 1}
            assert node_of(top).pairs_matched == CAP * number
            assert balance("5010", "INR") == AMOUNT * CAP * number
        assert list(earning_breaches()) == []

    def test_by_the_counters_alone(
        self, people: tuple[Staff, Staff], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Without the run's lock several post; what they rest on has moved for all but one."""
        without_locks(monkeypatch)
        monkeypatch.setattr(commission, "posting", slow(commission.posting))
        size = {"threads": FEW_THREADS, "rounds": FEW_ROUNDS}
        for number, (top, outcome) in enumerate(self.rounds(people, **size), start=1):
            assert len(outcome.results) == 1
            assert node_of(top).pairs_matched == CAP * number
            assert balance("5010", "INR") == AMOUNT * CAP * number


class TestCap:
    """Threads compute, approve and post in one month, whichever comes first."""

    def rounds(self, people: tuple[Staff, Staff], **size: int) -> Iterator[tuple[Member, Outcome]]:
        top = rich(CAP * (ROUNDS + 2))
        months = iter(range(ROUNDS))

        def act(asked: tuple[date, datetime], number: int) -> object:
            as_of, at = asked
            if number % 16 == 0:
                return run_month(as_of=as_of, actor=people[0], at=at)
            run = CommissionRun.objects.filter(as_of=as_of).latest("pk")
            step = "approve" if number % 2 else "post"
            return transit(CommissionRun, run.pk, step, actor=people[1], at=at)

        for asked, outcome in in_rounds(lambda: month(next(months)), act, **size):
            # Whatever was left open is brought to its end, and the month is run once more.
            for _ in range(2):
                to_the_end(people, *asked)
            yield top, outcome

    def test_holds_over_all_runs_of_a_month(self, people: tuple[Staff, Staff]) -> None:
        for number, (top, _) in enumerate(self.rounds(people), start=1):
            assert pairs_of(top) == list(range(1, CAP * number + 1))
        assert list(earning_breaches()) == []

    def test_gives_way_when_the_month_is_not_looked_at(
        self, people: tuple[Staff, Staff], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        used = "CASE WHEN n.month = %(month)s THEN n.month_used ELSE 0 END"
        for name, old, new in (
            ("WORK", f"{used} AS used_before", "0 AS used_before"),
            ("MOVE_COUNTERS", f"AND {used} = r.used_before", ""),
        ):
            statement = getattr(sql, name)
            assert statement.count(old) == 1
            monkeypatch.setattr(sql, name, statement.replace(old, new))
        for _ in self.rounds(people, threads=FEW_THREADS, rounds=1):
            pass
        assert "N5" in {breach.invariant for breach in earning_breaches()}


def rich(units: int) -> Member:
    """A member with so many units on either side, all of one member there."""
    top = placed()
    for side in "LR":
        below = placed(top, side)
        for number in range(units):
            unit(below, source=below.pk * 1_000 + number)
    return top


def month(number: int) -> tuple[date, datetime]:
    """A day late in a month after the units came, and its noon."""
    years, months = divmod(TODAY.month - 1 + number, 12)
    day = date(TODAY.year + years, months + 1, 28)
    return day, datetime(day.year, day.month, day.day, 6, 30, tzinfo=UTC)


def to_the_end(people: tuple[Staff, Staff], as_of: date, at: datetime) -> None:
    run = CommissionRun.objects.filter(state__in=OPEN_RUNS).first()
    if run is None or run.state != "approved":
        run = run_month(as_of=as_of, actor=people[0], at=at)
        transit(CommissionRun, run.pk, "approve", actor=people[1], at=at)
    transit(CommissionRun, run.pk, "post", actor=people[1], at=at)
