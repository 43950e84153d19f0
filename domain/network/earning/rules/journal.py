"""What earnings post.

:source: docs/policies/ledger.md, docs/policies/earnings.md, "Journal"
"""

from __future__ import annotations

from domain.ledger.rules import AccountRef, Leg
from domain.network.earning.rules.referral import Clawback

REFERRALS, PAIRS, TAX = AccountRef("5000"), AccountRef("5010"), AccountRef("2100")


def wallet(member_id: int) -> AccountRef:
    return AccountRef("2000", customer_id=member_id)


def reserve(member_id: int) -> AccountRef:
    return AccountRef("2010", customer_id=member_id)


def held_back(member_id: int) -> AccountRef:
    return AccountRef("2015", customer_id=member_id)


def recoverable(member_id: int) -> AccountRef:
    return AccountRef("1300", customer_id=member_id)


def credited(
    member_id: int,
    *,
    expense: AccountRef,
    wallet_cents: int,
    reserve_cents: int = 0,
    held_cents: int = 0,
    tax_cents: int = 0,
) -> tuple[Leg, ...]:
    """An earning: to the wallet, the reserve, what is held back, and the tax at credit."""
    to = [
        (wallet(member_id), wallet_cents),
        (reserve(member_id), reserve_cents),
        (held_back(member_id), held_cents),
        (TAX, tax_cents),
    ]
    return tuple(Leg(expense, account, cents) for account, cents in to if cents)


def offset(member_id: int, *, expense: AccountRef, cents: int) -> tuple[Leg, ...]:
    """An earning that first settles what the member owes."""
    return (Leg(expense, recoverable(member_id), cents),)


def clawed_back(member_id: int, found: Clawback) -> tuple[Leg, ...]:
    of = [
        (held_back(member_id), found.from_held_cents),
        (wallet(member_id), found.from_wallet_cents),
        (recoverable(member_id), found.to_recoverable_cents),
    ]
    return tuple(Leg(account, REFERRALS, cents) for account, cents in of if cents)
