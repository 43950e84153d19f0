"""P9: a month's commission run, worked out and posted, over trees of three sizes.

The tree has grown by anybody referring the next member, to either side. In the first month
everybody has a unit; in the next what waited over the monthly cap is paired, and then nothing is
left; in a third one member in ten has a unit more. Each size has a database of its own, made as a
copy of the migrated one and thrown away after it.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection

from domain.common.workflow import transit
from domain.flows.commission import run_month
from domain.network.earning.integrity import earning_breaches
from domain.network.earning.models import CommissionRun
from domain.staff.models import Staff
from tests.benchmarks.database import thrown_away
from tests.benchmarks.measure import Figure
from tests.network.earners import price_pairs, two_people
from tests.network.factory import NOON
from tests.network.forest import grow_anywhere

SIZES = (10_000, 100_000, int(os.environ.get("BENCH_RUNS", "1000000")))
# Who has one more unit in the third month: one member in ten.
MORE = 10
UNITS = """
INSERT INTO domain_unitevent (node_id, sign, source_type, source_id, at)
SELECT %(first)s + i, 1, %(source)s, %(first)s + i, %(at)s
FROM generate_series(0, %(size)s - 1, %(every)s) i
"""
FIRST = date(2027, 3, 1)
NEXT = date(2027, 4, 1)
THIRD = date(2027, 5, 1)
MONTH = timedelta(days=31)
BARS = (
    ("first run", 60),
    ("next month", 15),
    ("run again", 2),
    ("a month with a unit more for one member in ten", None),
)


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds of one run, and what it found."""

    computing: float
    posting: float
    pairs: int

    @property
    def seconds(self) -> float:
        return self.computing + self.posting


def figures() -> Iterator[Figure]:
    small: list[Took] = []
    for size in SIZES:
        took = four_runs(size)
        yield from compared(size, took, small)
        small = small or took


def four_runs(size: int) -> list[Took]:
    """The first run ever, the next month's, that of the same day again, and a third month's."""
    with thrown_away(f"backoffice_bench_runs_{size}"):
        first = grow_anywhere(size)
        people = two_people()
        price_pairs(people)
        counted(first, size, source="placement", every=1, at=NOON)
        took = [run(people, FIRST, NOON)]
        a_month_passes()
        took += [run(people, NEXT, NOON + MONTH) for _ in range(2)]
        counted(first, size, source="booking", every=MORE, at=NOON + MONTH)
        took.append(run(people, THIRD, NOON + 2 * MONTH))
        if size == min(SIZES):
            assert list(earning_breaches()) == []
    return took


def counted(first: int, size: int, *, source: str, every: int, at: datetime) -> None:
    asked = {"first": first, "size": size, "source": source, "every": every, "at": at}
    with connection.cursor() as cursor:
        cursor.execute(UNITS, asked)
    a_month_passes()


def a_month_passes() -> None:
    """What the database does by itself between two runs, and not beside the next one."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")


def run(people: tuple[Staff, Staff], day: date, at: datetime) -> Took:
    """As two people do it; the approval is not their computer's time."""
    begun = time.perf_counter()
    found = run_month(as_of=day, actor=people[0], at=at)
    computing = time.perf_counter() - begun
    transit(CommissionRun, found.pk, "approve", actor=people[1], at=at)
    begun = time.perf_counter()
    transit(CommissionRun, found.pk, "post", actor=people[1], at=at)
    return Took(computing, time.perf_counter() - begun, found.pairs)


def compared(size: int, took: list[Took], small: list[Took]) -> Iterator[Figure]:
    growth = size / SIZES[0]
    judged = size == SIZES[-1]
    for n, (what, bar) in enumerate(BARS):
        found = took[n]
        note = f"{found.pairs:,} pairs; {found.computing:.1f} s to compute and "
        note += f"{found.posting:.1f} s to post"
        if small:
            note += f"; {found.seconds / small[n].seconds / growth:.2f} × linear growth"
        yield Figure(
            "P9",
            f"commission over {size:,} members, {what}",
            "ms",
            found.seconds * 1000,
            bar=f"≤ {bar} s" if judged and bar else "",
            holds=found.seconds <= bar if judged and bar else None,
            note=note,
        )
