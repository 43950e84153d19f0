from domain.ledger.operations.accounts import account_ids, ensure_chart
from domain.ledger.operations.by_hand import (
    approve_manual_entry,
    lock_month,
    request_manual_entry,
)
from domain.ledger.operations.posting import (
    LEDGER_LOCK,
    Overdrawn,
    PeriodLocked,
    post,
    reverse,
)

__all__ = [
    "LEDGER_LOCK",
    "Overdrawn",
    "PeriodLocked",
    "account_ids",
    "approve_manual_entry",
    "ensure_chart",
    "lock_month",
    "post",
    "request_manual_entry",
    "reverse",
]
