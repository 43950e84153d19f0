"""A refused workbook given back with a column that says what is wrong with each row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from io import BytesIO
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.styles import Font, PatternFill

from domain.catalog.workbook.problems import SheetError
from domain.catalog.workbook.reading import open_checked

HEADING = "what is wrong"
RED = PatternFill("solid", fgColor="FFE4E2")
FIRST_SHEET = "problems of the file"


def with_remarks(content: bytes, errors: Sequence[SheetError]) -> bytes:
    """Copy a workbook's cells, marking the wrong ones; formulas come back as their text.

    :raises WorkbookRefused: the file itself cannot be opened, so there is nothing to give back
    """
    source = open_checked(content)
    found = _by_row(errors)
    book = Workbook(write_only=True)
    general = [str(each) for each in errors if not each.sheet or not each.row]
    if general:
        page = book.create_sheet(FIRST_SHEET)
        for sentence in general:
            page.append([_cell(page, sentence, wrong=False)])
    for sheet in source.worksheets:
        page = book.create_sheet(sheet.title)
        page.freeze_panes = "A2"
        sheet.reset_dimensions()
        rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
        width = max((len(row) for row in rows), default=0)
        names = [str(value or "").strip() for value in rows[0]] if rows else []
        for number, row in enumerate(rows, start=1):
            wrong = found.get((sheet.title, number), {})
            marked = {names.index(name) for name in wrong if name in names}
            cells = [
                _cell(page, value, wrong=index in marked)
                for index, value in enumerate([*row, *[None] * (width - len(row))])
            ]
            remark = HEADING if number == 1 and not wrong else "; ".join(_told(wrong))
            page.append([*cells, _cell(page, remark, wrong=bool(wrong))])
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


def _by_row(errors: Sequence[SheetError]) -> dict[tuple[str, int], dict[str, list[str]]]:
    found: dict[tuple[str, int], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for error in errors:
        if error.sheet and error.row:
            found[error.sheet, error.row][error.column].append(error.message)
    return found


def _told(wrong: dict[str, list[str]]) -> list[str]:
    return [
        f"{column} {message}".strip() for column, messages in wrong.items() for message in messages
    ]


def _cell(page: Any, value: Any, *, wrong: bool) -> Cell:
    cell = WriteOnlyCell(page, value=value)
    if isinstance(value, str):
        # Text stays text, also where it begins like a formula.
        cell.data_type = "s"
    if wrong:
        cell.fill = RED
        cell.font = Font(bold=True)
    return cell
