"""A payout's worksheet: gross, tax first, then instalments, the rest to the bank.

:source: docs/policies/payouts.md, rules Y1 and Y2
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from domain.payouts.rules.tax import Tax


class Problem(StrEnum):
    """Why a request cannot be taken."""

    BELOW_MINIMUM = "BELOW_MINIMUM"
    ABOVE_AVAILABLE = "ABOVE_AVAILABLE"
    KYC_NOT_VERIFIED = "KYC_NOT_VERIFIED"


@dataclass(frozen=True, slots=True)
class Worksheet:
    """Exactly the gross leaves the wallet: ``gross = tds + emi + bank``. Paise."""

    gross_cents: int
    taxable_cents: int
    tax: Tax
    emi_cents: int

    @property
    def tds_cents(self) -> int:
        return self.tax.tds_cents

    @property
    def net_cents(self) -> int:
        return self.gross_cents - self.tax.tds_cents

    @property
    def bank_cents(self) -> int:
        return self.net_cents - self.emi_cents


def problem_of(
    requested_cents: int, available_cents: int, minimum_cents: int, *, kyc: str = "VERIFIED"
) -> Problem | None:
    """The first reason against a request; None when it can be taken."""
    if requested_cents < minimum_cents:
        return Problem.BELOW_MINIMUM
    if kyc != "VERIFIED":
        return Problem.KYC_NOT_VERIFIED
    if requested_cents > available_cents:
        return Problem.ABOVE_AVAILABLE
    return None


def work_out(
    requested_cents: int, taxable_cents: int, tax: Tax, *, emi_due_cents: int
) -> Worksheet:
    """Tax first; instalments come out of the net and never make it negative."""
    net = requested_cents - tax.tds_cents
    return Worksheet(requested_cents, taxable_cents, tax, min(net, max(emi_due_cents, 0)))


def taxable_of(requested_cents: int, wallet_cents: int, free_cents: int) -> int:
    """What of a request is taxed, where ``free_cents`` of the wallet are not taxed again.

    Taxed money goes out first: tax is due at the latest when it is paid.
    """
    return min(requested_cents, max(wallet_cents - free_cents, 0))
