"""What is wrong with a file: every problem with its place, in sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from domain.common.errors import InvalidInput

MOST_SHOWN = 10_000


@dataclass(frozen=True, slots=True, order=True)
class SheetError:
    """``row`` is the row's number in the sheet, 0 for the sheet as a whole; ``sheet`` is ""
    for the file as a whole.
    """

    sheet: str
    row: int
    column: str
    message: str

    def __str__(self) -> str:
        place = ", ".join(
            part for part in (self.sheet, f"row {self.row}" * bool(self.row), self.column) if part
        )
        return f"{place}: {self.message}" if place else self.message


class WorkbookRefused(InvalidInput):
    """The file was not taken; ``errors`` says why, cell by cell."""

    code = "workbook_refused"

    def __init__(self, errors: Sequence[SheetError]) -> None:
        self.errors = tuple(errors[:MOST_SHOWN])
        count = f"{len(errors):,} problems; the first: " if len(errors) > 1 else ""
        texts = [str(error) for error in self.errors]
        super().__init__(f"{count}{texts[0]}", field_errors={"file": texts})


class CellProblem(ValueError):
    """A cell's text cannot be taken; the message says what to write instead."""


def refuse_file(message: str) -> WorkbookRefused:
    return WorkbookRefused([SheetError("", 0, "", message)])
