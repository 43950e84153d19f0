"""The chart of accounts, in code: what each is called, its kind, and whose it is.

:source: docs/policies/ledger.md, "Chart"
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

CURRENCIES = ("USD", "INR")


class Kind(StrEnum):
    ASSET = "AS"
    LIABILITY = "LI"
    INCOME = "IN"
    EXPENSE = "EX"

    @property
    def grows_by_debit(self) -> bool:
        return self in {Kind.ASSET, Kind.EXPENSE}


class Per(StrEnum):
    """Whether the house has one such account a currency, or one for each of something."""

    HOUSE = "house"
    BOOKING = "booking"
    MEMBER = "member"


@dataclass(frozen=True, slots=True)
class ChartAccount:
    code: str
    name: str
    kind: Kind
    per: Per = Per.HOUSE
    guarded: bool = False


AS, LI, IN, EX = Kind

CHART = {
    each.code: each
    for each in (
        ChartAccount("1000", "Bank", AS),
        ChartAccount("1010", "Gateway clearing", AS),
        ChartAccount("1200", "EMI receivable", AS, Per.BOOKING),
        ChartAccount("1300", "Recoverable from member", AS, Per.MEMBER),
        ChartAccount("2000", "Wallet earnings", LI, Per.MEMBER, guarded=True),
        ChartAccount("2005", "Wallet deposits", LI, Per.MEMBER, guarded=True),
        ChartAccount("2010", "EMI reserve", LI, Per.MEMBER, guarded=True),
        ChartAccount("2015", "Earnings held back", LI, Per.MEMBER, guarded=True),
        ChartAccount("2020", "Payout hold", LI, Per.MEMBER, guarded=True),
        ChartAccount("2030", "Payout in transit", LI),
        ChartAccount("2100", "TDS payable", LI),
        ChartAccount("2110", "Sales tax payable", LI),
        ChartAccount("2300", "Customer advance", LI, Per.BOOKING),
        ChartAccount("2310", "Unapplied receipts", LI),
        ChartAccount("4000", "Vehicle sales", IN),
        ChartAccount("4005", "Delivery revenue", IN),
        ChartAccount("4010", "Forfeited advances and fees", IN),
        ChartAccount("5000", "Referral expense", EX),
        ChartAccount("5010", "Pair commission expense", EX),
        ChartAccount("5020", "Gateway fees", EX),
        ChartAccount("5030", "Dispute losses", EX),
        ChartAccount("5040", "Interest and late fees", EX),
    )
}


def house_account_id(code: str, currency: str) -> int:
    """The fixed id of a house account: known without asking, apart from the sequence's ids."""
    return -(int(code) * 10 + CURRENCIES.index(currency))
