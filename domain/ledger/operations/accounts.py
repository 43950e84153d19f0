"""Finding and making accounts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from domain.common.errors import InvalidInput
from domain.common.transactions import in_transaction
from domain.ledger.chart import CHART, CURRENCIES, Per, house_account_id
from domain.ledger.models import Account, LedgerHorizon
from domain.ledger.rules import AccountRef


def account_ids(refs: Sequence[AccountRef], currency: str) -> dict[AccountRef, int]:
    """Find or make the accounts; house accounts need no question."""
    if currency not in CURRENCIES:
        raise InvalidInput(f"The books are not kept in {currency}.")
    known: dict[AccountRef, int] = {}
    owned: list[AccountRef] = []
    for ref in dict.fromkeys(refs):
        chart = CHART.get(ref.code)
        if chart is None:
            raise InvalidInput(f"There is no account {ref.code}.")
        if ref.booking_id is None and ref.customer_id is None and chart.per == Per.HOUSE:
            known[ref] = house_account_id(ref.code, currency)
        else:
            _check_owner(ref)
            owned.append(ref)
    return known | {ref: _owned_id(ref, currency) for ref in owned}


def _check_owner(ref: AccountRef) -> None:
    per = CHART[ref.code].per
    wrong = (
        (per == Per.HOUSE and (ref.booking_id or ref.customer_id))
        or (per == Per.BOOKING and ref.booking_id is None)
        or (per == Per.MEMBER and ref.customer_id is None)
    )
    if wrong:
        raise InvalidInput(f"Account {ref.code} is kept per {per.value}; name which.")


def _owned_id(ref: AccountRef, currency: str) -> int:
    which = {
        "code": ref.code,
        "currency": currency,
        "booking_id": ref.booking_id,
        "customer_id": ref.customer_id,
    }
    found = Account.objects.filter(**which).values_list("pk", flat=True)
    if pk := found.first():
        return pk
    chart = CHART[ref.code]
    account = Account(**which, kind=chart.kind, guarded=chart.guarded)
    Account.objects.bulk_create([account], ignore_conflicts=True)
    return found.get()


@in_transaction
def ensure_chart(*, at: datetime) -> None:
    """Make the house accounts of every currency and the horizon's row. Safe to repeat."""
    del at
    Account.objects.bulk_create(
        [
            Account(
                id=house_account_id(chart.code, currency),
                code=chart.code,
                currency=currency,
                kind=chart.kind,
            )
            for chart in CHART.values()
            if chart.per == Per.HOUSE
            for currency in CURRENCIES
        ],
        ignore_conflicts=True,
    )
    LedgerHorizon.objects.get_or_create(pk=1)
