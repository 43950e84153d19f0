"""Balance transactions: what each event does to our balance at Stripe."""

from __future__ import annotations

from backoffice.sandbox.stripe.store import Store
from backoffice.sandbox.stripe.wire import Row

PERMILLE, FLAT = 29, 30
# Two days, after which money can be paid out.
AVAILABLE_AFTER = 172_800


def fee_of(amount: int) -> int:
    """2.9 % and 30 cents, rounded half up, as Stripe's US price list says."""
    return (amount * PERMILLE + 500) // 1000 + FLAT


def new_movement(
    store: Store,
    kind: str,
    amount: int,
    source: Row,
    *,
    fee: int = 0,
    category: str = "",
) -> Row:
    """Move the balance by ``amount`` less ``fee``; below zero is money that leaves."""
    currency = source["currency"]
    details = [{"amount": fee, "currency": currency, "type": "stripe_fee"}]
    return store.new(
        "txn",
        "balance_transaction",
        type=kind,
        reporting_category=category or kind,
        amount=amount,
        fee=fee,
        net=amount - fee,
        currency=currency,
        source=source["id"],
        status="pending",
        available_on=int(store.clock()) + AVAILABLE_AFTER,
        fee_details=details if fee else [],
    )
