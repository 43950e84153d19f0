"""The catalog as a spreadsheet: one sheet a kind, prices in major units."""

from domain.catalog.workbook.cells import Json
from domain.catalog.workbook.problems import SheetError, WorkbookRefused
from domain.catalog.workbook.reading import SheetRow, WorkbookRows, read_row, read_workbook
from domain.catalog.workbook.sheets import SHEETS, Column, Sheet, Values
from domain.catalog.workbook.writing import write_workbook

__all__ = [
    "SHEETS",
    "Column",
    "Json",
    "Sheet",
    "SheetError",
    "SheetRow",
    "Values",
    "WorkbookRefused",
    "WorkbookRows",
    "read_row",
    "read_workbook",
    "write_workbook",
]
