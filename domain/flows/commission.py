"""A commission run from its computing to the books. Two people; posted once.

:source: docs/policies/earnings.md, "Run"
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction

from domain.common.actors import Actor
from domain.common.constraints import refused_by
from domain.common.effects import Change, Effect, Move, Preview
from domain.common.errors import Conflict, InvalidInput
from domain.common.money import show
from domain.common.settings.queries import snapshot
from domain.common.transactions import in_transaction
from domain.common.workflow import Ask, begin, effects_of, record, transit
from domain.common.workflow.door import lock
from domain.compliance.days import day_of
from domain.flows.accrual import forecast, withhold_from_run
from domain.flows.pair_returns import settle_returns
from domain.ledger.operations import open_stage, post_staged
from domain.network.earning.models import OPEN_RUNS, CommissionRun, RunState
from domain.network.earning.operations import staging
from domain.network.earning.operations.running import (
    SETTINGS,
    end_of,
    forget,
    move_counters,
    propose,
)
from domain.network.earning.rules.pairs import month_of
from domain.network.rights import require_right
from domain.payouts.queries.bases import accrues

COMPUTE = "domain.compute_run"


@in_transaction
def open_run(*, as_of: date, actor: Actor, at: datetime) -> CommissionRun:
    """Begin the run of a month with the settings of that day.

    :raises InvalidInput: the day lies ahead, or before a run that was posted
    :raises Conflict: another run is open
    """
    require_right(actor, COMPUTE)
    if as_of > day_of(at):
        raise InvalidInput.of({"as_of": ["This day lies ahead."]})
    last = CommissionRun.objects.filter(state=RunState.POSTED).order_by("-as_of").first()
    if last is not None and as_of < last.as_of:
        raise InvalidInput.of({"as_of": [f"{last} was posted up to {last.as_of:%d %b %Y}."]})
    settings = snapshot(SETTINGS, end_of(as_of) - timedelta(seconds=1))
    run = CommissionRun(as_of=as_of, month=month_of(as_of), rules=settings, created_at=at)
    try:
        with transaction.atomic():
            return begin(run, actor=actor, at=at, facts={"as_of": str(as_of)}).subject
    except IntegrityError as error:
        if refused_by(error) != "run_one_open":
            raise
        known = CommissionRun.objects.filter(state__in=OPEN_RUNS).first()
        raise Conflict(f"{known or 'Another run'} is open. Post it or make it void.") from error


@in_transaction
def run_month(*, as_of: date, actor: Actor, at: datetime) -> CommissionRun:
    """Open a run and compute it; a run of the same day that is open is computed anew."""
    known = CommissionRun.objects.filter(as_of=as_of, state__in=OPEN_RUNS).first()
    run = known or open_run(as_of=as_of, actor=actor, at=at)
    transit(CommissionRun, run.pk, "compute", actor=actor, at=at)
    return CommissionRun.objects.get(pk=run.pk)


@dataclass(frozen=True, slots=True)
class Propose(Effect):
    """Work the run out and write what it would pay."""

    run: CommissionRun

    def preview(self) -> Preview:
        return Preview(f"works out the pairs of all members up to {self.run.as_of:%d %b %Y}")

    def apply(self, change: Change) -> None:
        run = lock(CommissionRun, self.run.pk)
        found = propose(run_id=run.pk, at=change.at)
        found["tax_cents"] = forecast(run, change.at)
        for name, value in found.items():
            setattr(run, name, value)
        record(run, "figures", actor=change.actor, at=change.at, facts=found)


@dataclass(frozen=True, slots=True)
class Drop(Effect):
    run: CommissionRun

    def preview(self) -> Preview:
        return Preview(f"drops {self.run.pairs} proposed pairs; their units wait for the next run")

    def apply(self, change: Change) -> None:
        forget(run_id=self.run.pk)


@dataclass(frozen=True, slots=True)
class PayOut(Effect):
    """Move the counters and write the books, in one transaction."""

    run: CommissionRun
    at: datetime

    def preview(self) -> Preview:
        run = self.run
        to = {
            "2000": run.to_wallet_cents,
            "2010": run.to_reserve_cents,
            "2015": run.held_cents,
            "1300": run.recovered_cents,
        }
        moves = tuple(Move("5010", code, cents, "INR") for code, cents in to.items() if cents)
        told = f"credits {run.members} members with {show(run.gross_cents, 'INR')}"
        told += f" for {run.pairs} pairs"
        if run.taken_back or run.given_again:
            told += f"; takes {run.taken_back} pairs back and gives {run.given_again} again"
        if accrues(self.at):
            told += ", and withholds the tax of each from it"
        return Preview(told, moves=moves, currency="INR")

    def apply(self, change: Change) -> None:
        pay_run(run_id=self.run.pk, actor=change.actor, at=change.at)


@effects_of(CommissionRun, "compute")
def computing(run: CommissionRun, ask: Ask) -> Sequence[Effect]:
    del ask
    return [Propose(run)]


@effects_of(CommissionRun, "void")
def voiding(run: CommissionRun, ask: Ask) -> Sequence[Effect]:
    del ask
    return [Drop(run)]


@effects_of(CommissionRun, "post")
def posting(run: CommissionRun, ask: Ask) -> Sequence[Effect]:
    return [PayOut(run, ask.at)]


@in_transaction
def pay_run(*, run_id: int, actor: Actor, at: datetime) -> None:
    """Bring a run into the counters and the books, and withhold tax where it is due at credit.

    :raises Stale: something it rests on has changed since it was computed
    """
    run = lock(CommissionRun, run_id)
    move_counters(run=run, at=at)
    day = day_of(at)
    asked: dict[str, Any] = {
        "run": run_id,
        "day": day,
        "release": day + timedelta(days=run.rules["reserve.days"]),
    }
    open_stage()
    with connection.cursor() as cursor:
        cursor.execute(staging.RUN_TAX)
    withheld = withhold_from_run(run=run, at=at) if accrues(at) else 0
    with connection.cursor() as cursor:
        cursor.execute(staging.STAGE, asked)
        if run.held_cents:
            cursor.execute(staging.HOLD_BACK, asked)
    post_staged(currency="INR", memo=str(run), actor=actor, at=at)
    settle_returns(run_id=run_id, actor=actor, at=at)
    if withheld != run.tax_cents:
        run.tax_cents = withheld
        record(run, "withhold", actor=actor, at=at, facts={"tax_cents": withheld})
