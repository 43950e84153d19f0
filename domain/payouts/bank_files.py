"""The file for the bank: made once per batch, in the columns that the bank wants.

:source: docs/policies/payouts.md, "The bank file"
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from domain.common.errors import InvalidInput
from domain.common.money import to_amount
from domain.payouts.models import PayoutBatch, PayoutBatchItem
from domain.payouts.queries.days import tax_day

type Column = Callable[[PayoutBatchItem], str]

# What a file may have in it. A bank's own upload format is an order of these.
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
DEFAULT_COLUMNS = (
    "reference",
    "beneficiary",
    "ifsc",
    "account_number",
    "amount",
    "payment_type",
    "narration",
)
# Without these a bank can pay nobody, and its answer finds no payout.
NEEDED = {"reference", "ifsc", "account_number", "amount"}
RTGS_FROM = 2_00_000_00
# A spreadsheet takes a cell that begins with one of these for a formula.
FORMULA_STARTS = ("=", "+", "-", "@")


@dataclass(frozen=True, slots=True)
class BankFile:
    name: str
    content: bytes
    sha256: str


def check_columns(columns: Sequence[str]) -> list[str]:
    """Return the columns of a file as they will be kept.

    :raises InvalidInput: unknown, twice, or without what a bank cannot do without
    """
    chosen = list(columns) or list(DEFAULT_COLUMNS)
    unknown = [name for name in chosen if name not in COLUMNS]
    missing = sorted(NEEDED - set(chosen))
    wrong = (
        (unknown, f"There is no column {', '.join(unknown)}."),
        (len(set(chosen)) != len(chosen), "A column can be there once."),
        (missing, f"The file needs {', '.join(missing)}."),
    )
    if errors := [sentence for found, sentence in wrong if found]:
        raise InvalidInput.of({"columns": errors})
    return chosen


def file_of(batch: PayoutBatch, at: datetime) -> BankFile:
    """Make the file of a batch from its live items, in the order of their numbers."""
    columns = check_columns(batch.columns)
    items = batch.items.filter(live=True).order_by("number")
    kept = io.StringIO()
    writer = csv.writer(kept, lineterminator="\r\n")
    writer.writerow(columns)
    for item in items.select_related("payout__bank_account", "payout__member"):
        writer.writerow([plain(COLUMNS[name](item)) for name in columns])
    content = kept.getvalue().encode()
    name = f"payouts-{tax_day(at):%Y%m%d}-{batch.pk}.csv"
    return BankFile(name, content, sha256(content).hexdigest())


def plain(text: str) -> str:
    """Return text that no spreadsheet runs, on one line."""
    line = " ".join(text.split())
    return (
        f"'{line}" if text.startswith(FORMULA_STARTS) or line.startswith(FORMULA_STARTS) else line
    )
