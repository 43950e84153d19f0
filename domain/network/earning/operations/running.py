"""Working a run out, taking it back, and moving the counters when it is posted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from domain.common.errors import Stale
from domain.common.money import share
from domain.common.transactions import in_transaction
from domain.network.earning.models import CommissionRun
from domain.network.earning.operations import returns, sql
from domain.network.earning.operations.naming import name_units
from domain.network.earning.operations.places import FORGET_PLACES, tree_in_figures
from domain.network.earning.operations.returns import propose_returns
from domain.network.earning.rules.pairs import FLUSH
from domain.network.operations.counting import hold_counters

# What of the settings a run rests on; a what-if may say otherwise for each.
SETTINGS = (
    "pair.amount",
    "pair.monthly_cap",
    "pair.cap_overflow",
    "pair.full_count",
    "pair.emi_deduction_bps",
    "pair.unit_basis",
    "pair.on_reversal",
    "reserve.holdback_bps",
    "reserve.days",
)
INDIA = ZoneInfo("Asia/Kolkata")
TEMP, UNLOGGED = "TEMP", "UNLOGGED"
MANY = 50_000
type Settings = Mapping[str, int | str]


@dataclass(frozen=True, slots=True)
class Figures:
    """What a run comes to."""

    members: int
    pairs: int
    flushed: int
    capped: int
    in_debt: int
    gross_cents: int
    to_reserve_cents: int
    held_cents: int
    recovered_cents: int
    to_wallet_cents: int


def end_of(day: date) -> datetime:
    """The first moment after an Indian day."""
    return datetime.combine(day + timedelta(days=1), time(), INDIA)


def _asked(as_of: date, settings: Settings, last_event: int) -> dict[str, Any]:
    return {
        "as_of": as_of,
        "month": as_of.replace(day=1),
        "until": end_of(as_of),
        "last_event": last_event,
        "cap": settings["pair.monthly_cap"],
        "flush": settings["pair.cap_overflow"] == FLUSH,
        "amount": settings["pair.amount"],
        "full": settings["pair.full_count"],
        "reserve": share(int(settings["pair.amount"]), int(settings["pair.emi_deduction_bps"])),
        "holdback": settings["reserve.holdback_bps"],
    }


def _work(asked: Mapping[str, Any], kind: str, places: str) -> Figures:
    """Put what everybody gets into ``run_work``."""
    with connection.cursor() as cursor:
        cursor.execute(sql.MOVED.format(kind=kind, places=places), asked)
        cursor.execute(sql.ADDED.format(kind=kind, places=places))
        cursor.execute(sql.WORK.format(kind=kind, places=places), asked)
        cursor.execute(sql.TOTALS, asked)
        return Figures(*(int(value) for value in cursor.fetchone()))


@in_transaction
def what_if(*, as_of: date, settings: Settings, at: datetime) -> Figures:
    """What a run of that day would come to under these settings; no row of ours is written."""
    del at
    with connection.cursor() as cursor:
        cursor.execute(sql.ROOM)
        places = tree_in_figures(cursor, TEMP)
    _, last_event = pending(as_of)
    figures = _work(_asked(as_of, settings, last_event), TEMP, places)
    with connection.cursor() as cursor:
        cursor.execute(sql.DROP_WORK)
        cursor.execute(FORGET_PLACES)
    return figures


def pending(as_of: date, *, last_event: int | None = None) -> tuple[int, int]:
    """How many units no run has taken yet, until the end of a day, and the last of them."""
    until: dict[str, Any] = {"until": end_of(as_of), "last_event": last_event or 2**62}
    with connection.cursor() as cursor:
        cursor.execute(sql.PENDING, until)
        count, last = cursor.fetchone()
        return int(count), int(last)


@in_transaction
def propose(*, run_id: int, at: datetime) -> dict[str, int]:
    """Write a run's proposals anew; returns its totals. The caller holds the run's row."""
    run = CommissionRun.objects.get(pk=run_id)
    # Nobody moves a counter meanwhile: another run, or a roll-up of placements.
    hold_counters()
    with connection.cursor() as cursor:
        cursor.execute(sql.ROOM)
    forget(run_id=run_id)
    events, last_event = pending(run.as_of)
    asked = _asked(run.as_of, run.rules, last_event) | {"run": run_id}
    kind = _kind()
    with connection.cursor() as cursor:
        places = tree_in_figures(cursor, kind)
    figures = _work(asked, kind, places)
    with connection.cursor() as cursor:
        cursor.execute(sql.KEEP_MEMBERS, asked)
        many = cursor.rowcount > MANY
        if many:
            # To post them they are joined: planned for a small table it would be one by one.
            cursor.execute("ANALYZE domain_runmember")
        if figures.pairs:
            name_units(cursor, asked, kind=kind, places=places, pairs=figures.pairs)
        if many:
            cursor.execute(sql.NOTE_STRETCHES)
        cursor.execute(sql.DROP_WORK)
        cursor.execute(FORGET_PLACES)
    found = propose_returns(run=run, at=at)
    return asdict(figures) | found | {"events": events, "last_event_id": last_event}


def _kind() -> str:
    """What tables a run works in."""
    with connection.cursor() as cursor:
        cursor.execute(sql.MAY_MAKE)
        (may,) = cursor.fetchone()
    return UNLOGGED if may else TEMP


def forget(*, run_id: int) -> None:
    """Drop what an open run proposed."""
    with connection.cursor() as cursor:
        cursor.execute(returns.FORGET, [run_id])
        cursor.execute(sql.FORGET_PAIRS, [run_id])
        cursor.execute(sql.FORGET_MEMBERS, [run_id])


@in_transaction
def move_counters(*, run: CommissionRun, at: datetime) -> None:
    """Take the run's units in and move every counter it saw, or none.

    :raises Stale: units, counters or debts are not what they were when it was computed
    """
    del at
    hold_counters()
    asked: dict[str, Any] = {
        "run": run.pk,
        "month": run.month,
        "until": end_of(run.as_of),
        "last_event": run.last_event_id,
    }
    with connection.cursor() as cursor:
        cursor.execute(sql.ROOM)
        cursor.execute(sql.TAKE_EVENTS, asked)
        taken = cursor.rowcount
        cursor.execute(sql.MOVE_COUNTERS, asked)
        moved = cursor.rowcount
        cursor.execute(sql.OTHERWISE_OWING, asked)
        (otherwise,) = cursor.fetchone()
        cursor.execute(sql.ENDED_SINCE, asked)
        (ended,) = cursor.fetchone()
    rows = run.rows.count()
    if taken != run.events or moved != rows or otherwise or ended:
        raise Stale(
            f"Since {run} was computed, units, counters, debts or members have changed "
            f"({taken} of {run.events} units, {moved} of {rows} members, {otherwise} debts, "
            f"{ended} members left). Make it void and compute a new one."
        )
