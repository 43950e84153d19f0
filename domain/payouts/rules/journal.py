"""What payouts and deposits of tax post, as network's own journal has it.

:source: docs/policies/ledger.md, docs/policies/payouts.md, "Journal"
"""

from __future__ import annotations

from collections.abc import Sequence

from domain.ledger.rules import AccountRef, Leg

BANK, TRANSIT, TDS = AccountRef("1000"), AccountRef("2030"), AccountRef("2100")
LATE_FEES = AccountRef("5040")


def wallet(member_id: int) -> AccountRef:
    return AccountRef("2000", customer_id=member_id)


def hold(member_id: int) -> AccountRef:
    return AccountRef("2020", customer_id=member_id)


def requested(member_id: int, gross_cents: int) -> tuple[Leg, ...]:
    return (Leg(wallet(member_id), hold(member_id), gross_cents),)


def rejected(member_id: int, gross_cents: int) -> tuple[Leg, ...]:
    return (Leg(hold(member_id), wallet(member_id), gross_cents),)


def approved(
    member_id: int, *, tds_cents: int, emi: Sequence[tuple[AccountRef, int]], bank_cents: int
) -> tuple[Leg, ...]:
    """``emi`` names the account of each booking: its advance, or once delivered its receivable."""
    to = [(TDS, tds_cents), *emi, (TRANSIT, bank_cents)]
    return tuple(Leg(hold(member_id), account, cents) for account, cents in to if cents)


def completed(bank_cents: int) -> tuple[Leg, ...]:
    return (Leg(TRANSIT, BANK, bank_cents),)


def came_back(bank_cents: int) -> tuple[Leg, ...]:
    """Money that had left the bank is there again."""
    return (Leg(BANK, TRANSIT, bank_cents),)


def returned(
    member_id: int, *, tds_cents: int, emi: Sequence[tuple[AccountRef, int]], bank_cents: int
) -> tuple[Leg, ...]:
    """The quarter is open: tax, instalments and transfer are all taken back."""
    of = [(TRANSIT, bank_cents), *emi, (TDS, tds_cents)]
    return tuple(Leg(account, wallet(member_id), cents) for account, cents in of if cents)


def back_to_hold(member_id: int, bank_cents: int) -> tuple[Leg, ...]:
    """The tax is with the state: only the bank's part comes back, to be sent again."""
    return (Leg(TRANSIT, hold(member_id), bank_cents),)


def sent_again(member_id: int, bank_cents: int) -> tuple[Leg, ...]:
    return (Leg(hold(member_id), TRANSIT, bank_cents),)


def deposited(tds_cents: int, interest_cents: int = 0) -> tuple[Leg, ...]:
    legs = [(TDS, tds_cents), (LATE_FEES, interest_cents)]
    return tuple(Leg(account, BANK, cents) for account, cents in legs if cents)
