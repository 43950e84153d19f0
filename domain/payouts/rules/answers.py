"""What a bank's answer to a batch says, read from its file.

:source: docs/policies/payouts.md, "The bank's answer"
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

MOST_BYTES = 2 * 1024 * 1024
MOST_LINES = 5_000
LONGEST = 300
NEEDED = ("reference", "status")
# How banks name the columns we ask for.
ALIASES = {
    "reference": {"reference", "ref", "customer reference", "reference no", "reference number"},
    "utr": {"utr", "utr no", "utr number", "bank reference", "transaction id"},
    "status": {"status", "transaction status", "payment status"},
    "reason": {"reason", "remarks", "failure reason", "rejection reason", "error"},
}


class Said(StrEnum):
    PAID = "paid"
    NOT_PAID = "not paid"
    UNKNOWN = "unknown"
    UNREADABLE = "unreadable"


WORDS = {
    Said.PAID: {"paid", "success", "successful", "completed", "processed", "credited", "settled"},
    Said.NOT_PAID: {"failed", "failure", "rejected", "returned", "return", "bounced", "cancelled"},
    Said.UNKNOWN: {"pending", "unknown", "in process", "in progress", "under process"},
}


class UnreadableAnswer(ValueError):
    """The file is not what a bank sends; the sentence says what is wrong."""


@dataclass(frozen=True, slots=True)
class AnswerRow:
    number: int
    reference: str
    utr: str
    status: str
    reason: str

    @property
    def said(self) -> Said:
        word = " ".join(self.status.casefold().split())
        return next((said for said, words in WORDS.items() if word in words), Said.UNREADABLE)


def read_answer(content: bytes) -> list[AnswerRow]:
    """Read a bank's file; the first line names the columns.

    :raises UnreadableAnswer: too large, not text, or without the columns needed
    """
    if len(content) > MOST_BYTES:
        raise UnreadableAnswer(f"The file is larger than {MOST_BYTES // 1024 // 1024} MiB.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableAnswer("The file is not text in UTF-8; save it as CSV.") from error
    if "\x00" in text:
        raise UnreadableAnswer("The file is not text; save it as CSV.")
    try:
        return _rows(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        raise UnreadableAnswer(f"The file is no CSV: {error}.") from error


def _rows(lines: Iterable[list[str]]) -> list[AnswerRow]:
    reader = iter(lines)
    places = _places(next(reader, []))
    found: list[AnswerRow] = []
    for number, cells in enumerate(reader, start=2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(found) == MOST_LINES:
            raise UnreadableAnswer(f"The file has more than {MOST_LINES:,} lines.")
        told = {name: _cell(cells, place) for name, place in places.items()}
        found.append(AnswerRow(number, **{name: told.get(name, "") for name in ALIASES}))
    if not found:
        raise UnreadableAnswer("The file has no line beside its heading.")
    return found


def _places(heading: list[str]) -> dict[str, int]:
    names = [" ".join(cell.casefold().replace("_", " ").split()).rstrip(".") for cell in heading]
    places = {
        column: next((i for i, name in enumerate(names) if name in known), -1)
        for column, known in ALIASES.items()
    }
    if missing := [name for name in NEEDED if places[name] < 0]:
        raise UnreadableAnswer(f"The file has no column {' and no column '.join(missing)}.")
    return {name: place for name, place in places.items() if place >= 0}


def _cell(cells: list[str], place: int) -> str:
    return " ".join(cells[place].split())[:LONGEST] if place < len(cells) else ""
