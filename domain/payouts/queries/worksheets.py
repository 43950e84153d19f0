"""The worksheet of a payout: from gross to what goes to the bank, with the reason of each figure.

Before the approval it is worked out as of now; the approval keeps its figures.

:source: docs/policies/payouts.md, "The worksheet"
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Sum

from domain.bookings.vehicles.instalments import due_by
from domain.common.settings.queries import choice_at, snapshot
from domain.compliance.queries import TaxIdentityOn, tax_identity_at
from domain.payouts.models import CertificateState, LowerDeductionCertificate, Payout, TaxRecord
from domain.payouts.queries.balances import WALLET, account_balance
from domain.payouts.queries.days import tax_day
from domain.payouts.queries.register import year_so_far
from domain.payouts.rules.calendar import year_of
from domain.payouts.rules.tax import Certificate, TaxRules, YearSoFar, assess
from domain.payouts.rules.worksheet import Worksheet, taxable_of, work_out

RULES = (
    "tds.rate_bps",
    "tds.no_pan_rate_bps",
    "tds.ceiling",
    "tds.ceiling_scope",
    "tds.threshold",
    "tds.threshold_mode",
    "tds.rounding",
    "tds.base",
    "tds.timing",
)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A payout's figures on a day, and all that they rest on."""

    on: date
    figures: Worksheet
    rules: TaxRules
    settings: dict[str, int | str]
    year: YearSoFar
    identity: TaxIdentityOn
    certificate: LowerDeductionCertificate | None
    fills: str


def tax_rules(settings: dict[str, int | str]) -> TaxRules:
    """The rules as a record keeps them."""
    return TaxRules(
        rate_bps=int(settings["tds.rate_bps"]),
        no_pan_rate_bps=int(settings["tds.no_pan_rate_bps"]),
        ceiling_cents=int(settings["tds.ceiling"]),
        ceiling_scope=str(settings["tds.ceiling_scope"]),
        threshold_cents=int(settings["tds.threshold"]),
        threshold_mode=str(settings["tds.threshold_mode"]),
        rounding=str(settings["tds.rounding"]),
    )


def worksheet_of(payout: Payout, at: datetime) -> Sheet:
    """Work a payout out as of a moment; the caller who acts on it holds the member's tax lock."""
    on = tax_day(at)
    settings = snapshot(RULES, at)
    rules = tax_rules(settings)
    year = year_so_far(payout.member_id, year_of(on))
    identity = tax_identity_at(payout.member_id, on)
    certificate, left = certificate_on(payout.member_id, on)
    # The gross of this payout lies on the hold; it is counted as in the wallet still.
    there = account_balance(WALLET, payout.member_id) + payout.amount_cents
    taxable = taxable_of(payout.amount_cents, there, taxed_already(payout.member_id))
    tax = assess(
        taxable,
        rules,
        year,
        pan=identity.status,
        certificate=Certificate(certificate.number, certificate.rate_bps, left)
        if certificate
        else None,
    )
    scope = choice_at("emi.autofill_scope", at)
    due = sum(each.cents for each in due_by(payout.member_id, on, scope)) if payout.autofill else 0
    figures = work_out(payout.amount_cents, taxable, tax, emi_due_cents=due)
    return Sheet(on, figures, rules, settings, year, identity, certificate, scope)


def certificate_on(member_id: int, on: date) -> tuple[LowerDeductionCertificate | None, int]:
    """The certificate that lowers a member's tax on a day, and what is left of its limit."""
    valid = LowerDeductionCertificate.objects.filter(
        member=member_id, state=CertificateState.VERIFIED, valid_from__lte=on, valid_to__gte=on
    )
    for certificate in valid.order_by("rate_bps", "pk"):
        used = certificate.records.aggregate(total=Sum("liable_cents"))["total"] or 0
        if used < certificate.limit_cents:
            return certificate, certificate.limit_cents - used
    return None, 0


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


def accrues(at: datetime) -> bool:
    """Whether tax is withheld when an earning is credited, not when it is paid out."""
    return choice_at("tds.timing", at) == "ACCRUAL"
