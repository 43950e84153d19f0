"""The file for the bank: made once per batch, in the columns that the bank wants.

:source: docs/policies/payouts.md, "The bank file"
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from domain.common.money import to_amount
from domain.common.settings.queries import words_at
from domain.payouts.models import PayoutBatch, PayoutBatchItem
from domain.payouts.queries.days import tax_day

type Column = Callable[[PayoutBatchItem], str]

# What the words of the setting ``payout.bank_columns`` mean.
COLUMNS: dict[str, Column] = {
    "reference": lambda item: item.reference,
    "beneficiary": lambda item: item.payout.bank_account.holder,
    "ifsc": lambda item: item.payout.bank_account.ifsc,
    "account_number": lambda item: item.payout.bank_account.number,
    "amount": lambda item: str(to_amount(item.bank_cents, item.payout.currency)),
    "currency": lambda item: item.payout.currency,
    "payment_type": lambda item: "RTGS" if item.bank_cents >= RTGS_FROM else "NEFT",
    "member_code": lambda item: item.payout.member.code,
    "narration": lambda item: f"Payout {item.payout_id}",
}
RTGS_FROM = 2_00_000_00
# A spreadsheet takes a cell that begins with one of these for a formula.
FORMULA_STARTS = ("=", "+", "-", "@")


@dataclass(frozen=True, slots=True)
class BankFile:
    name: str
    content: bytes
    sha256: str


def columns_at(at: datetime) -> list[str]:
    """The columns of a bank's file in force at a moment."""
    return list(words_at("payout.bank_columns", at))


def file_of(batch: PayoutBatch, at: datetime) -> BankFile:
    """Make the file of a batch from its live items, in the order of their numbers."""
    items = batch.items.filter(live=True).order_by("number")
    kept = io.StringIO()
    writer = csv.writer(kept, lineterminator="\r\n")
    writer.writerow(batch.columns)
    for item in items.select_related("payout__bank_account", "payout__member"):
        writer.writerow([plain(COLUMNS[name](item)) for name in batch.columns])
    content = kept.getvalue().encode()
    name = f"payouts-{tax_day(at):%Y%m%d}-{batch.pk}.csv"
    return BankFile(name, content, sha256(content).hexdigest())


def plain(text: str) -> str:
    """Return text that no spreadsheet runs, on one line."""
    line = " ".join(text.split())
    return (
        f"'{line}" if text.startswith(FORMULA_STARTS) or line.startswith(FORMULA_STARTS) else line
    )
