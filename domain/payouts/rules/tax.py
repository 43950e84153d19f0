"""Tax withheld from what a member is paid: liable sum, rate, rounding, ceiling, shortfall.

:source: docs/policies/tax.md, rules Y3 to Y9
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.common.money import BPS, MINOR_UNITS, share

VALID = "VALID"
# Remarks as a statement carries them.
LOWER_CERTIFICATE, NO_PAN, BELOW_THRESHOLD = "A", "C", "Y"


@dataclass(frozen=True, slots=True)
class TaxRules:
    """The settings in force on the day of the deduction; amounts in paise."""

    rate_bps: int = 500
    no_pan_rate_bps: int = 2_000
    ceiling_cents: int | None = 10_000_00
    ceiling_scope: str = "REQUEST"
    threshold_cents: int = 0
    threshold_mode: str = "CATCH_UP"
    rounding: str = "RUPEE_HALF_UP"


@dataclass(frozen=True, slots=True)
class YearSoFar:
    """What the tax year brought the member before this: sums and, by rate, what was liable."""

    paid_cents: int = 0
    liable_cents: int = 0
    tds_cents: int = 0
    liable_at: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Certificate:
    """A lower-deduction certificate: its rate holds up to what is left of its limit."""

    number: str
    rate_bps: int
    left_cents: int


@dataclass(frozen=True, slots=True)
class TaxPart:
    """A share of the liable sum at one rate; a statement has one line for each."""

    liable_cents: int
    rate_bps: int
    tds_cents: int
    remark: str
    certificate: str = ""


@dataclass(frozen=True, slots=True)
class Tax:
    """``shortfall_cents`` is tax that the credit could not bear: owed, and not withheld."""

    liable_cents: int
    rate_bps: int
    tds_cents: int
    shortfall_cents: int
    capped: bool
    ceiling_cents: int | None
    parts: tuple[TaxPart, ...]


def assess(
    taxable_cents: int,
    rules: TaxRules,
    year: YearSoFar,
    *,
    pan: str = VALID,
    certificate: Certificate | None = None,
    bears_cents: int | None = None,
) -> Tax:
    """Work out the tax on one credit. The same credits, split otherwise, bear the same tax.

    :param bears_cents: what of the credit tax can be kept back from, when it is not all of it
    """
    liable = liable_of(taxable_cents, rules, year)
    valid = pan == VALID
    rate = rules.rate_bps if valid else max(rules.rate_bps, rules.no_pan_rate_bps)
    lower = _under_certificate(liable, rate, certificate) if valid else 0
    parts = [_part(liable - lower, rate, rules, year, remark=_remark(liable, valid=valid))]
    if lower and certificate is not None:
        at_less = _part(
            lower,
            certificate.rate_bps,
            rules,
            year,
            remark=LOWER_CERTIFICATE,
            certificate=certificate.number,
        )
        parts = [at_less, *(parts if liable > lower else [])]
    ceiling = _ceiling(rules, year) if valid else None
    due = sum(part.tds_cents for part in parts)
    capped = ceiling is not None and due > ceiling
    owed = min(due, ceiling) if ceiling is not None else due
    withheld = min(owed, taxable_cents if bears_cents is None else bears_cents)
    return Tax(
        liable_cents=liable,
        rate_bps=parts[0].rate_bps,
        tds_cents=withheld,
        shortfall_cents=owed - withheld,
        capped=capped,
        ceiling_cents=ceiling,
        parts=_within(parts, withheld),
    )


def liable_of(taxable_cents: int, rules: TaxRules, year: YearSoFar) -> int:
    """What of the year is taxed now: all of it on crossing, the excess, or this credit alone."""
    total = year.paid_cents + taxable_cents
    if total <= rules.threshold_cents:
        return 0
    if rules.threshold_mode == "EXCESS_ONLY":
        return total - max(rules.threshold_cents, year.paid_cents)
    if rules.threshold_mode == "TRANSACTION":
        return taxable_cents
    return max(total - year.liable_cents, 0)


def rounded(liable_cents: int, rate_bps: int, rounding: str) -> int:
    """Tax on a sum: half up, to the paisa or to the rupee."""
    if rounding == "PAISA":
        return share(liable_cents, rate_bps)
    product, whole = liable_cents * rate_bps, BPS * MINOR_UNITS
    return (2 * product + whole) // (2 * whole) * MINOR_UNITS


def _part(
    liable: int,
    rate: int,
    rules: TaxRules,
    year: YearSoFar,
    *,
    remark: str,
    certificate: str = "",
) -> TaxPart:
    # Rounded over the year's sum at this rate, so that no split of it gains or loses a rupee.
    before = year.liable_at.get(rate, 0)
    tds = rounded(before + liable, rate, rules.rounding) - rounded(before, rate, rules.rounding)
    return TaxPart(liable, rate, tds, remark, certificate)


def _under_certificate(liable: int, rate: int, certificate: Certificate | None) -> int:
    if certificate is None or certificate.rate_bps >= rate:
        return 0
    return min(liable, max(certificate.left_cents, 0))


def _remark(liable: int, *, valid: bool) -> str:
    if not liable:
        return BELOW_THRESHOLD
    return "" if valid else NO_PAN


def _ceiling(rules: TaxRules, year: YearSoFar) -> int | None:
    if rules.ceiling_scope == "NONE" or rules.ceiling_cents is None:
        return None
    if rules.ceiling_scope == "YEAR":
        return max(rules.ceiling_cents - year.tds_cents, 0)
    return rules.ceiling_cents


def _within(parts: list[TaxPart], withheld: int) -> tuple[TaxPart, ...]:
    """Cut the parts down to what is withheld, the last first."""
    left, kept = withheld, []
    for part in parts:
        tds = min(part.tds_cents, left)
        left -= tds
        kept.append(TaxPart(part.liable_cents, part.rate_bps, tds, part.remark, part.certificate))
    return tuple(kept)
