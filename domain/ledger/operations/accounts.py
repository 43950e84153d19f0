"""Finding and making accounts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from domain.common.errors import InvalidInput
from domain.common.prepared import rows_prepared
from domain.common.transactions import in_transaction
from domain.ledger.chart import CHART, CURRENCIES, Per, house_account_id
from domain.ledger.kept_sums import LedgerHorizon
from domain.ledger.models import Account
from domain.ledger.rules import AccountRef

FIND = """
SELECT id, code, booking_id, customer_id FROM domain_account
WHERE currency = %s AND code = ANY(%s)
  AND (booking_id = ANY(%s::bigint[]) OR customer_id = ANY(%s::bigint[]))
"""


def account_ids(refs: Iterable[AccountRef], currency: str) -> dict[AccountRef, int]:
    """Find or make the accounts; house accounts need no question, all others one together."""
    if currency not in CURRENCIES:
        raise InvalidInput(f"The books are not kept in {currency}.")
    known: dict[AccountRef, int] = {}
    owned: list[AccountRef] = []
    for ref in dict.fromkeys(refs):
        chart = CHART.get(ref.code)
        if chart is None:
            raise InvalidInput(f"There is no account {ref.code}.")
        _check_owner(ref)
        if chart.per == Per.HOUSE:
            known[ref] = house_account_id(ref.code, currency)
        else:
            owned.append(ref)
    return known | _owned_ids(owned, currency) if owned else known


def _check_owner(ref: AccountRef) -> None:
    per = CHART[ref.code].per
    named = (ref.booking_id is not None, ref.customer_id is not None)
    if named != (per == Per.BOOKING, per == Per.MEMBER):
        raise InvalidInput(f"Account {ref.code} is kept per {per.value}; name which.")


def _owned_ids(refs: list[AccountRef], currency: str) -> dict[AccountRef, int]:
    found = _found_ids(refs, currency)
    # In one order for everybody, so that two who make the same accounts never wait in a ring.
    missing = sorted(set(refs) - found.keys(), key=lambda ref: (ref.code, _owner(ref)))
    if not missing:
        return found
    accounts = [
        Account(
            code=ref.code,
            currency=currency,
            booking_id=ref.booking_id,
            customer_id=ref.customer_id,
            kind=CHART[ref.code].kind,
            guarded=CHART[ref.code].guarded,
        )
        for ref in missing
    ]
    Account.objects.bulk_create(accounts, ignore_conflicts=True)
    return found | _found_ids(missing, currency)


def _owner(ref: AccountRef) -> int:
    return ref.booking_id or ref.customer_id or 0


def _found_ids(refs: list[AccountRef], currency: str) -> dict[AccountRef, int]:
    asked: list[list[Any]] = [
        sorted({ref.code for ref in refs}),
        sorted({ref.booking_id for ref in refs if ref.booking_id is not None}),
        sorted({ref.customer_id for ref in refs if ref.customer_id is not None}),
    ]
    wanted = set(refs)
    found = {AccountRef(*told): pk for pk, *told in rows_prepared(FIND, [currency, *asked])}
    return {ref: pk for ref, pk in found.items() if ref in wanted}


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
