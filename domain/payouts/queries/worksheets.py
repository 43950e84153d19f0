"""The worksheet of a payout: from gross to what goes to the bank, with the reason of each figure.

Before the approval it is worked out as of now; the approval keeps its figures.

:source: docs/policies/payouts.md, "The worksheet"
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime

from django.db.models import Sum

from domain.bookings.vehicles.instalments import due_by
from domain.common.settings.queries import choice_at
from domain.payouts.models import Payout, TaxRecord
from domain.payouts.queries.balances import WALLET, account_balance
from domain.payouts.queries.bases import Basis, basis_of
from domain.payouts.rules.worksheet import Worksheet, taxable_of, work_out


@dataclass(frozen=True, slots=True)
class Sheet(Basis):
    """A payout's figures on a day, and all that they rest on."""

    figures: Worksheet
    fills: str


def worksheet_of(payout: Payout, at: datetime) -> Sheet:
    """Work a payout out as of a moment; the caller who acts on it holds the member's tax lock."""
    basis = basis_of(payout.member_id, at)
    # The gross of this payout lies on the hold; it is counted as in the wallet still.
    there = account_balance(WALLET, payout.member_id) + payout.amount_cents
    taxable = taxable_of(payout.amount_cents, there, taxed_already(payout.member_id))
    scope = choice_at("emi.autofill_scope", at)
    due = (
        sum(each.cents for each in due_by(payout.member_id, basis.on, scope))
        if payout.autofill
        else 0
    )
    tax = basis.assess(taxable)
    figures = work_out(payout.amount_cents, taxable, tax, emi_due_cents=due)
    kept = {each.name: getattr(basis, each.name) for each in fields(basis)}
    return Sheet(**kept, figures=figures, fills=scope)


def taxed_already(member_id: int) -> int:
    """What lies in the member's wallet and was taxed when it was credited."""
    rows = TaxRecord.objects.filter(member=member_id, payout=None)
    sums = rows.aggregate(base=Sum("base_cents"), tds=Sum("tds_cents"))
    credited = (sums["base"] or 0) - (sums["tds"] or 0)
    if not credited:
        return 0
    approved = Payout.objects.filter(
        member=member_id, approved_at__isnull=False, taken_back_at=None
    )
    gone = approved.aggregate(gross=Sum("amount_cents"), taxed=Sum("taxable_cents"))
    return max(credited - (gone["gross"] or 0) + (gone["taxed"] or 0), 0)
