"""What a step would do to one record or many, worked out without doing it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from domain.common.actors import Actor
from domain.common.effects import Effect, Preview
from domain.common.workflow.conditions import Ask
from domain.common.workflow.registry import effects_for
from domain.common.workflow.stateful import Stateful
from domain.common.workflow.steps import StepInfo, step_info
from domain.common.workflow.why import Answer, why_not


@dataclass(frozen=True, slots=True)
class DraftRow:
    """One record's line: what would change, or why it is left alone."""

    subject: Stateful
    answer: Answer
    to_state: str
    previews: tuple[Preview, ...]
    digest: str

    @property
    def included(self) -> bool:
        """The step could run now, by the planner or by somebody with the right."""
        return self.answer.allowed or (self.answer.may_request and self.answer.open_but_for_right)

    @property
    def skipped_because(self) -> str:
        return "" if self.included else self.answer.sentence()


@dataclass(frozen=True, slots=True)
class Totals:
    changing: int = 0
    skipped: int = 0
    messages: int = 0
    cash_in_cents: Mapping[str, int] = field(default_factory=dict)
    cash_out_cents: Mapping[str, int] = field(default_factory=dict)
    fee_cents: Mapping[str, int] = field(default_factory=dict)
    tax_cents: Mapping[str, int] = field(default_factory=dict)
    accounts: Mapping[tuple[str, str], int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Draft:
    """A step over a set of records. ``digest`` stands for all that was shown."""

    info: StepInfo
    rows: tuple[DraftRow, ...]
    needs_approval: bool

    @property
    def digest(self) -> str:
        text = "\n".join(f"{row.subject.pk}:{row.digest}" for row in self.rows if row.included)
        return sha256(text.encode()).hexdigest()

    def totals(self) -> Totals:
        included = [row for row in self.rows if row.included]
        return add_up([row.previews for row in included], skipped=len(self.rows) - len(included))


def draft(
    subjects: Iterable[Stateful],
    step: str,
    *,
    actor: Actor,
    at: datetime,
    params: Mapping[str, Any] | None = None,
    reason: str = "",
) -> Draft:
    """Work out what a step would do to each record. Reads only."""
    subjects = list(subjects)
    if not subjects:
        raise ValueError("a draft needs at least one record")
    ask = Ask(actor, at, params or {}, reason)
    rows = tuple(_row(subject, step, ask) for subject in subjects)
    included = [row for row in rows if row.included]
    needs = bool(included) and all(not row.answer.permitted for row in included)
    return Draft(step_info(subjects[0], step), rows, needs_approval=needs)


def _row(subject: Stateful, step: str, ask: Ask) -> DraftRow:
    answer = why_not(
        subject, step, actor=ask.actor, at=ask.at, params=ask.params, reason=ask.reason
    )
    target = answer.info.target
    open_now = answer.allowed or answer.open_but_for_right
    effects = effects_for(subject, step, ask) if open_now else []
    return DraftRow(
        subject=subject,
        answer=answer,
        to_state=target,
        previews=tuple(effect.preview() for effect in effects),
        digest=row_digest(subject, target, effects),
    )


def row_digest(subject: Stateful, target: str, effects: Sequence[Effect]) -> str:
    """Stand for a row's version and all that a step would do to money and people.

    Sentences are left out: they may name the hour, and an hour later the same effect
    must still be the same.
    """
    what = []
    for effect in effects:
        told = effect.preview().as_json()
        del told["sentence"]
        what.append(told)
    text = json.dumps([subject.version, subject.state, target, what], sort_keys=True)
    return sha256(text.encode()).hexdigest()


def add_up(rows: Sequence[Sequence[Preview]], *, skipped: int = 0) -> Totals:
    cash_in, cash_out, fee, tax = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    accounts = Counter[tuple[str, str]]()
    messages = 0
    for previews in rows:
        for preview in previews:
            messages += bool(preview.message_to)
            for counter, cents in (
                (cash_in, preview.cash_in_cents),
                (cash_out, preview.cash_out_cents),
                (fee, preview.fee_cents),
                (tax, preview.tax_cents),
            ):
                if cents:
                    counter[preview.currency] += cents
            for move in preview.moves:
                accounts[move.debit, move.currency] += move.amount_cents
                accounts[move.credit, move.currency] -= move.amount_cents
    return Totals(
        changing=len(rows),
        skipped=skipped,
        messages=messages,
        cash_in_cents=dict(cash_in),
        cash_out_cents=dict(cash_out),
        fee_cents=dict(fee),
        tax_cents=dict(tax),
        accounts=dict(accounts),
    )
