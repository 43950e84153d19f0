from domain.ledger.operations.accounts import account_ids, ensure_chart
from domain.ledger.operations.bulk import post_many
from domain.ledger.operations.by_hand import (
    approve_manual_entry,
    lock_month,
    request_manual_entry,
)
from domain.ledger.operations.guarded import Overdrawn
from domain.ledger.operations.lock import LEDGER_LOCK, LedgerBusy
from domain.ledger.operations.posting import PeriodLocked, post, reverse
from domain.ledger.operations.set_based import open_stage, post_staged

__all__ = [
    "LEDGER_LOCK",
    "LedgerBusy",
    "Overdrawn",
    "PeriodLocked",
    "account_ids",
    "approve_manual_entry",
    "ensure_chart",
    "lock_month",
    "open_stage",
    "post",
    "post_many",
    "post_staged",
    "request_manual_entry",
    "reverse",
]
