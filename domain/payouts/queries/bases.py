"""What a member's tax rests on at a moment: rules, the year before, PAN and certificate.

:source: docs/policies/tax.md, "What is withheld"
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Sum

from domain.common.settings.queries import choice_at, snapshot
from domain.compliance.queries import TaxIdentityOn, tax_identities_at
from domain.payouts.models import CertificateState, LowerDeductionCertificate
from domain.payouts.queries.days import tax_day
from domain.payouts.queries.register import years_so_far
from domain.payouts.rules.calendar import year_of
from domain.payouts.rules.tax import Certificate, Tax, TaxRules, YearSoFar, assess

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
class Basis:
    """All that the tax of one member rests on; what is kept with each deduction."""

    on: date
    settings: dict[str, int | str]
    rules: TaxRules
    year: YearSoFar
    identity: TaxIdentityOn
    certificate: LowerDeductionCertificate | None
    certificate_left_cents: int

    def assess(self, cents: int, *, bears_cents: int | None = None) -> Tax:
        lower = self.certificate
        return assess(
            cents,
            self.rules,
            self.year,
            pan=self.identity.status,
            certificate=Certificate(lower.number, lower.rate_bps, self.certificate_left_cents)
            if lower
            else None,
            bears_cents=bears_cents,
        )


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


def basis_of(member_id: int, at: datetime) -> Basis:
    return bases_of([member_id], at)[member_id]


def bases_of(member_ids: Sequence[int], at: datetime) -> dict[int, Basis]:
    """What the tax of each of many rests on; who acts on it holds their tax locks."""
    on = tax_day(at)
    settings = snapshot(RULES, at)
    rules = tax_rules(settings)
    years = years_so_far(member_ids, year_of(on))
    identities = tax_identities_at(member_ids, on)
    lower = certificates_on(member_ids, on)
    return {
        pk: Basis(on, settings, rules, years[pk], identities[pk], *lower.get(pk, (None, 0)))
        for pk in member_ids
    }


def certificates_on(
    member_ids: Sequence[int], on: date
) -> dict[int, tuple[LowerDeductionCertificate, int]]:
    """The certificate that lowers a member's tax on a day, and what is left of its limit."""
    valid = LowerDeductionCertificate.objects.filter(
        member__in=member_ids,
        state=CertificateState.VERIFIED,
        valid_from__lte=on,
        valid_to__gte=on,
    )
    found: dict[int, tuple[LowerDeductionCertificate, int]] = {}
    rows = valid.annotate(used=Sum("records__liable_cents", default=0))
    for row in rows.order_by("rate_bps", "pk"):
        if row.used < row.limit_cents:
            found.setdefault(row.member_id, (row, row.limit_cents - row.used))
    return found


def accrues(at: datetime) -> bool:
    """Whether tax is withheld when an earning is credited, not when it is paid out."""
    return choice_at("tds.timing", at) == "ACCRUAL"
