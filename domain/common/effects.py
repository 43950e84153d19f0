"""What a step causes beyond its own row, told before it is done.

A flow returns effects; a plan shows each ``preview()``, and the door calls each
``apply()`` in the step's own transaction. One list serves both, so a plan cannot
promise something else than what then happens.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Protocol

from domain.common.actors import Actor
from domain.common.jobs import enqueue


@dataclass(frozen=True, slots=True)
class Move:
    """One ledger transfer between two account codes, in minor units."""

    debit: str
    credit: str
    amount_cents: int
    currency: str


@dataclass(frozen=True, slots=True)
class Preview:
    sentence: str
    moves: tuple[Move, ...] = ()
    cash_in_cents: int = 0
    cash_out_cents: int = 0
    fee_cents: int = 0
    tax_cents: int = 0
    currency: str = ""
    message_to: str = ""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Change:
    """The audited change an effect belongs to."""

    entry_id: int
    actor: Actor
    at: datetime


class Effect(Protocol):
    def preview(self) -> Preview: ...

    def apply(self, change: Change) -> None: ...

    def money(self) -> Preview:
        """What the trail keeps of it; an effect that moves none need not be told in words."""
        return self.preview()


NO_MONEY = Preview("")


@dataclass(frozen=True, slots=True)
class Note(Effect):
    """A consequence worth telling that writes nothing by itself."""

    sentence: str

    def preview(self) -> Preview:
        return Preview(self.sentence)

    def apply(self, change: Change) -> None:
        """Nothing to do: the step itself carries it."""


@dataclass(frozen=True, slots=True)
class Enqueue(Effect):
    """Queue a job with the step."""

    task: str
    args: tuple[int | str, ...]
    sentence: str

    def preview(self) -> Preview:
        return Preview(self.sentence)

    def apply(self, change: Change) -> None:
        enqueue(self.task, *self.args)


def money_of(previews: Sequence[Preview]) -> dict[str, Any]:
    """Sum up what effects do to money, in the form the audit trail keeps."""
    moves = [move for preview in previews for move in preview.moves]
    if not moves and not any(p.cash_in_cents or p.cash_out_cents for p in previews):
        return {}
    return {
        "moves": [asdict(move) for move in moves],
        "cash_in_cents": sum(p.cash_in_cents for p in previews),
        "cash_out_cents": sum(p.cash_out_cents for p in previews),
        "fee_cents": sum(p.fee_cents for p in previews),
        "currency": next((p.currency for p in previews if p.currency), ""),
    }
