"""What a member has: in the wallet, on hold, and still to be recovered."""

from __future__ import annotations

from django.db.models import Case, F, Sum, When

from domain.ledger.models import Account, Transfer

WALLET, HOLD, RECOVERABLE = "2000", "2020", "1300"


def account_balance(code: str, member_id: int) -> int:
    """A member's account in paise; what is not stored is summed up."""
    account = Account.objects.filter(code=code, currency="INR", customer=member_id).first()
    if account is None:
        return 0
    if account.guarded:
        return account.balance_cents
    signed = Case(When(debit=account, then=F("amount_cents")), default=-F("amount_cents"))
    touching = Transfer.objects.filter(debit=account) | Transfer.objects.filter(credit=account)
    return touching.aggregate(total=Sum(signed))["total"] or 0


def available_cents(member_id: int) -> int:
    """What the member may ask for: holds are out of the wallet already."""
    return account_balance(WALLET, member_id)
