"""Posting as what a step causes: shown in its plan, done in its transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from domain.common.effects import Change, Effect, Move, Preview
from domain.common.money import show
from domain.common.workflow import Ask, effects_of
from domain.ledger.chart import CHART, Per
from domain.ledger.models import Entry, ManualEntry
from domain.ledger.operations import post, reverse
from domain.ledger.rules import AccountRef, Leg


def moves_of(legs: Sequence[Leg], currency: str) -> tuple[Move, ...]:
    return tuple(Move(leg.debit.code, leg.credit.code, leg.amount_cents, currency) for leg in legs)


def sentence_of(legs: Sequence[Leg], currency: str) -> str:
    """Say an entry in words: ``posts 2300 → 4010 $862.50``."""
    told = [
        f"{leg.debit.code} → {leg.credit.code} {show(leg.amount_cents, currency)}" for leg in legs
    ]
    return "posts " + ", ".join(told)


@dataclass(frozen=True, slots=True)
class Post(Effect):
    key: str
    event: str
    legs: tuple[Leg, ...]
    currency: str
    effective_on: date
    booking_id: int | None = None
    source: tuple[str, int] | None = None
    cash_in_cents: int = 0
    cash_out_cents: int = 0
    fee_cents: int = 0
    tax_cents: int = 0

    def preview(self) -> Preview:
        return Preview(
            sentence_of(self.legs, self.currency),
            moves=moves_of(self.legs, self.currency),
            cash_in_cents=self.cash_in_cents,
            cash_out_cents=self.cash_out_cents,
            fee_cents=self.fee_cents,
            tax_cents=self.tax_cents,
            currency=self.currency,
        )

    def apply(self, change: Change) -> None:
        post(
            key=self.key,
            event=self.event,
            legs=self.legs,
            currency=self.currency,
            effective_on=self.effective_on,
            booking_id=self.booking_id,
            source=self.source,
            actor=change.actor,
            at=change.at,
        )


@dataclass(frozen=True, slots=True)
class Reverse(Effect):
    """Post the exact negative of an entry, found by its key."""

    entry_key: str
    key: str
    event: str
    effective_on: date
    reason: str

    def _legs(self) -> tuple[tuple[Leg, ...], str]:
        entry = Entry.objects.get(key=self.entry_key)
        rows = list(entry.transfers.select_related("debit", "credit").order_by("pk"))
        legs = tuple(
            Leg(
                AccountRef(row.credit.code, row.credit.booking_id, row.credit.customer_id),
                AccountRef(row.debit.code, row.debit.booking_id, row.debit.customer_id),
                row.amount_cents,
            )
            for row in rows
        )
        return legs, rows[0].currency

    def preview(self) -> Preview:
        legs, currency = self._legs()
        told = sentence_of(legs, currency)
        return Preview(f"reverses: {told}", moves=moves_of(legs, currency), currency=currency)

    def apply(self, change: Change) -> None:
        entry = Entry.objects.get(key=self.entry_key)
        reverse(
            entry_id=entry.pk,
            key=self.key,
            event=self.event,
            reason=self.reason,
            effective_on=self.effective_on,
            actor=change.actor,
            at=change.at,
        )


@effects_of(ManualEntry, "approve")
def posting_by_hand(manual: ManualEntry, ask: Ask) -> Sequence[Effect]:
    debit, credit = (
        AccountRef(code, manual.booking_id if CHART[code].per == Per.BOOKING else None)
        for code in (manual.debit_code, manual.credit_code)
    )
    return [
        Post(
            key=f"manual:{manual.pk}",
            event="manual",
            legs=(Leg(debit, credit, manual.amount_cents),),
            currency=manual.currency,
            effective_on=manual.effective_on,
            booking_id=manual.booking_id,
            source=("manual", manual.pk),
        )
    ]
