"""What depositing tax and filing a quarter do to the books and to what is kept.

:source: docs/policies/tax.md, docs/policies/ledger.md
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone

from domain.bookings.conditions import local_zone
from domain.bookings.models import Line
from domain.common.effects import Change, Effect, Preview
from domain.common.settings.limits import limits
from domain.common.settings.queries import values_at
from domain.common.workflow import Ask, effects_of
from domain.ledger.effects import Post
from domain.ledger.models import Transfer
from domain.network.earning.rules.parts import EARNED_FROM
from domain.payouts.models import Challan, QuarterState, TaxQuarter
from domain.payouts.operations.challans import free_deductions
from domain.payouts.operations.quarters import CORRECTION, ORIGINAL, keep_statement
from domain.payouts.queries.days import tax_day
from domain.payouts.rules import journal
from domain.payouts.rules.calendar import APRIL, quarter_of, year_of
from domain.payouts.rules.law import law_on

SOON = timedelta(days=1)


@limits("tds.timing")
def in_whole_years(value: int, valid_from: datetime, at: datetime) -> str:
    """Say why tax may not be withheld at another time from a moment on.

    Money that was taxed at its credit and money that is taxed when paid out are not kept apart in
    a wallet: within a year only who earned nothing yet has none of the other kind.
    """
    if values_at(["tds.timing"], valid_from)["tds.timing"] == value:
        return ""
    year, zone = year_of(tax_day(valid_from)), local_zone(Line.VEHICLE)
    begins, ends = (datetime(each, APRIL, 1, tzinfo=zone) for each in (year, year + 1))
    earned = Transfer.objects.filter(
        debit_code__in=EARNED_FROM,
        currency="INR",
        effective_on__range=(begins.date(), tax_day(at)),
    )
    if valid_from == begins or (valid_from < at + SOON and not earned.exists()):
        return ""
    here = timezone.localtime(ends)
    return (
        f"Tax of a year is withheld in one way: choose {here:%d %b %Y, %H:%M} {here:%Z}, when "
        f"{ends:%d %b %Y} begins in India."
    )


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
