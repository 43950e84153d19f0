"""Write catalog rows as the workbook that ``read_workbook`` reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from io import BytesIO
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.styles import Font

from domain.catalog.rules.words import Kind
from domain.catalog.workbook.sheets import SHEETS, Values

RISKY = ("=", "+", "-", "@", "\t", "\r", "\n")
NARROWEST, WIDEST = 10, 40


def write_workbook(rows: Mapping[Kind, Sequence[Values]], *, at: datetime) -> bytes:
    """One sheet a kind, prices in major units; ``at`` is the file's own date."""
    book = Workbook(write_only=True)
    book.properties.created = book.properties.modified = at.replace(tzinfo=None)
    for kind, sheet in SHEETS.items():
        page = book.create_sheet(kind)
        page.freeze_panes = "A2"
        for index, column in enumerate(sheet.columns, start=1):
            letter = chr(ord("A") + index - 1)
            width = min(max(len(column.name) + 2, NARROWEST), WIDEST)
            page.column_dimensions[letter].width = width
        page.append([_cell(page, column.name, bold=True) for column in sheet.columns])
        for values in rows.get(kind, ()):
            page.append(
                [_cell(page, column.cell.write(values[column.field])) for column in sheet.columns]
            )
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


def _cell(page: Any, value: str | int | None, *, bold: bool = False) -> Cell:
    cell = WriteOnlyCell(page, value=value)
    if isinstance(value, str):
        # Text stays text, also where it begins like a formula.
        cell.data_type = "s"
        cell.quotePrefix = value.startswith(RISKY)
    if bold:
        cell.font = Font(bold=True)
    return cell
