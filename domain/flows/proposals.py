"""The posting that would settle a difference with Stripe: proposed, never made by itself.

:source: docs/policies/payments.md, "Proposed postings"
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from domain.bookings.conditions import local_time
from domain.bookings.models import Line
from domain.common.errors import Refused
from domain.common.money import show
from domain.common.transactions import in_transaction
from domain.common.workflow import record
from domain.common.workflow.door import lock
from domain.ledger.models import LedgerPeriod, ManualEntry, ManualState
from domain.ledger.operations.by_hand import request_manual_entry
from domain.payments.models import CaseKind, CaseState, MoneyCase
from domain.staff.models import Staff

DRAFTED = "manual_entry"
# What Stripe did and our books lack, as (debit, credit). Where a booking's own money differs,
# its event is missing: processing it again is right, and an entry by hand would be wrong.
POSTINGS = {
    CaseKind.FEE: ("5020", "1010"),
    CaseKind.UNKNOWN_CHARGE: ("1010", "2310"),
    CaseKind.UNKNOWN_REFUND: ("2310", "1010"),
    CaseKind.DISPUTE: ("5030", "1010"),
}


@dataclass(frozen=True, slots=True)
class Proposal:
    debit_code: str
    credit_code: str
    amount_cents: int
    currency: str

    def __str__(self) -> str:
        return f"{self.debit_code} → {self.credit_code} {show(self.amount_cents, self.currency)}"


def proposal_of(case: MoneyCase) -> Proposal | None:
    """The entry that makes our books say what Stripe did, where that is plain."""
    accounts = POSTINGS.get(CaseKind(case.kind))
    ours_to_mend = case.kind != CaseKind.FEE and case.booking_id is not None
    if accounts is None or ours_to_mend or not case.amount_cents:
        return None
    debit, credit = accounts if case.amount_cents > 0 else accounts[::-1]
    return Proposal(debit, credit, abs(case.amount_cents), case.currency)


def drafted_for(case: MoneyCase) -> ManualEntry | None:
    """The entry drafted for the case, unless it was denied."""
    found = ManualEntry.objects.filter(pk=case.facts.get(DRAFTED)).first()
    return found if found and found.state != ManualState.DENIED else None


@in_transaction
def draft_proposal(*, case_id: int, reason: str, actor: Staff, at: datetime) -> ManualEntry:
    """Draft the proposed entry for another person to post. The case stays open meanwhile.

    :raises Refused: the case is resolved, nothing is proposed, or it is drafted already
    """
    case = lock(MoneyCase, case_id)
    proposed = proposal_of(case)
    if case.state != CaseState.OPEN or proposed is None:
        raise Refused(f"No posting is proposed for {case}.")
    if earlier := drafted_for(case):
        raise Refused(f"{earlier} was drafted for this case already.")
    manual = request_manual_entry(
        debit_code=proposed.debit_code,
        credit_code=proposed.credit_code,
        currency=proposed.currency,
        amount_cents=proposed.amount_cents,
        effective_on=_day(case, at),
        reason=f"{case}: {reason}",
        actor=actor,
        at=at,
    )
    case.facts |= {DRAFTED: manual.pk}
    record(case, "draft_entry", actor=actor, at=at, reason=reason, facts={DRAFTED: manual.pk})
    return manual


def _day(case: MoneyCase, at: datetime) -> date:
    """The day on which it happened, while its month is open."""
    today = local_time(Line.DELIVERY, at).date()
    day = date.fromisoformat(case.facts.get("happened_on") or today.isoformat())
    locked = LedgerPeriod.objects.filter(month=day.replace(day=1)).exists()
    return today if locked else day
