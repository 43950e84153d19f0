"""What a payout's steps do to the register of tax and to its place in a batch."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from domain.common.effects import Change, Effect, Preview
from domain.common.money import percent, show
from domain.payouts.models import Payout
from domain.payouts.operations.batches import close_when_answered, end_item
from domain.payouts.operations.register import record_deduction, take_back_deduction
from domain.payouts.queries.worksheets import Sheet


@dataclass(frozen=True, slots=True)
class Withhold(Effect):
    """Enter a payout's tax in the register, a line for each rate; nothing withheld is a line."""

    payout: Payout
    sheet: Sheet

    def preview(self) -> Preview:
        tax = self.sheet.figures.tax
        rates = ", ".join(percent(part.rate_bps) for part in tax.parts)
        told = f"withholds {show(tax.tds_cents, 'INR')} of tax at {rates}"
        return Preview(told, tax_cents=tax.tds_cents, currency="INR")

    def apply(self, change: Change) -> None:
        record_deduction(payout_id=self.payout.pk, sheet=self.sheet, at=change.at)


@dataclass(frozen=True, slots=True)
class TakeBack(Effect):
    """Enter the exact negatives of a payout's tax in the register."""

    payout: Payout
    on: date

    def preview(self) -> Preview:
        tds = self.payout.tds_cents or 0
        told = f"takes {show(tds, 'INR')} of tax back in the register"
        return Preview(told, tax_cents=-tds, currency="INR")

    def apply(self, change: Change) -> None:
        take_back_deduction(payout_id=self.payout.pk, on=self.on, at=change.at)


@dataclass(frozen=True, slots=True)
class EndItem(Effect):
    """A line that failed is out of its batch, so that the payout may go into another."""

    payout: Payout

    def preview(self) -> Preview:
        return Preview("takes it out of its batch")

    def apply(self, change: Change) -> None:
        end_item(payout_id=self.payout.pk, at=change.at)


@dataclass(frozen=True, slots=True)
class CloseBatch(Effect):
    """Close the batch once the bank has answered for every line."""

    batch_id: int

    def preview(self) -> Preview:
        return Preview(f"closes payout batch {self.batch_id} when it is the last line")

    def apply(self, change: Change) -> None:
        close_when_answered(batch_id=self.batch_id, at=change.at)
