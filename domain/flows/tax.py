"""What depositing tax and filing a quarter do to the books and to what is kept.

:source: docs/policies/tax.md, docs/policies/ledger.md
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from domain.common.effects import Change, Effect, Preview
from domain.common.workflow import Ask, effects_of
from domain.ledger.effects import Post
from domain.payouts.models import Challan, QuarterState, TaxQuarter
from domain.payouts.operations.challans import free_deductions
from domain.payouts.operations.quarters import CORRECTION, ORIGINAL, keep_statement
from domain.payouts.queries.days import tax_day
from domain.payouts.rules import journal
from domain.payouts.rules.calendar import quarter_of
from domain.payouts.rules.law import law_on


@effects_of(Challan, "confirm")
def confirming(challan: Challan, ask: Ask) -> Sequence[Effect]:
    return [
        Post(
            key=f"challan:{challan.pk}",
            event="tds.deposited",
            legs=journal.deposited(challan.tds_cents, challan.interest_cents),
            currency="INR",
            effective_on=_booked_on(challan, tax_day(ask.at)),
            source=("challan", challan.pk),
            cash_out_cents=challan.tds_cents + challan.interest_cents,
        )
    ]


def _booked_on(challan: Challan, today: date) -> date:
    """The day of the deposit; today, when its quarter is locked by the time it is confirmed."""
    quarter = quarter_of(challan.deposited_on)
    closed = TaxQuarter.objects.filter(year=quarter.year, number=quarter.number)
    closed = closed.exclude(state=QuarterState.OPEN)
    return today if closed.exists() else challan.deposited_on


@dataclass(frozen=True, slots=True)
class FreeDeductions(Effect):
    challan: Challan

    def preview(self) -> Preview:
        return Preview("frees its deductions for another challan")

    def apply(self, change: Change) -> None:
        free_deductions(challan_id=self.challan.pk, at=change.at)


@effects_of(Challan, "discard")
def discarding(challan: Challan, ask: Ask) -> Sequence[Effect]:
    return [FreeDeductions(challan)]


@dataclass(frozen=True, slots=True)
class KeepStatement(Effect):
    quarter: TaxQuarter
    kind: str
    acknowledgement: str

    def preview(self) -> Preview:
        form = law_on(self.quarter.starts_on).form
        return Preview(f"keeps Form {form} as it is filed, to the byte")

    def apply(self, change: Change) -> None:
        keep_statement(
            quarter_id=self.quarter.pk,
            kind=self.kind,
            acknowledgement=self.acknowledgement,
            at=change.at,
        )


@effects_of(TaxQuarter, "file")
def filing(quarter: TaxQuarter, ask: Ask) -> Sequence[Effect]:
    return [KeepStatement(quarter, ORIGINAL, str(ask.params.get("acknowledgement", "")))]


@effects_of(TaxQuarter, "correct")
def correcting(quarter: TaxQuarter, ask: Ask) -> Sequence[Effect]:
    return [KeepStatement(quarter, CORRECTION, str(ask.params.get("acknowledgement", "")))]
