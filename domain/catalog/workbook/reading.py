"""Read a workbook into rows, or say everything that is wrong with it."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from typing import Any

from openpyxl import Workbook, load_workbook

from domain.catalog.rules.words import Kind
from domain.catalog.workbook.bounds import DAMAGED, check_bounds
from domain.catalog.workbook.cells import Json, text_of
from domain.catalog.workbook.problems import (
    CellProblem,
    SheetError,
    WorkbookRefused,
    refuse_file,
)
from domain.catalog.workbook.sheets import SHEETS, Column, Sheet, Values

FORMULA, BROKEN = "f", "e"


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row of a sheet, read; ``number`` is its row in the file."""

    kind: Kind
    key: str
    values: Values
    number: int


@dataclass(frozen=True, slots=True)
class WorkbookRows:
    """``absent`` names the sheets that the file leaves out; their rows stay as they are."""

    rows: tuple[SheetRow, ...]
    sha256: str
    absent: tuple[str, ...]


def read_workbook(content: bytes) -> WorkbookRows:
    """:raises WorkbookRefused: with every problem that the file has"""
    check_bounds(content)
    book = _open(content)
    errors = [
        SheetError(name, 0, "", f"is no sheet of the catalog; those are {', '.join(SHEETS)}.")
        for name in book.sheetnames
        if name not in set(SHEETS)
    ]
    rows: list[SheetRow] = []
    for kind, sheet in SHEETS.items():
        if kind in book.sheetnames:
            found, problems = _read_sheet(sheet, _cells_of(book, kind))
            rows += found
            errors += problems
    absent = tuple(kind.value for kind in SHEETS if kind not in book.sheetnames)
    if len(absent) == len(SHEETS):
        errors.append(SheetError("", 0, "", "The workbook holds no sheet of the catalog."))
    if errors:
        raise WorkbookRefused(errors)
    return WorkbookRows(tuple(rows), sha256(content).hexdigest(), absent)


def read_row(kind: Kind, raw: Mapping[str, object]) -> Values:
    """Read one row typed into a form, by column name, under the same rules as a sheet.

    :raises WorkbookRefused: with every problem; ``errors`` name the columns
    """
    sheet = SHEETS[kind]
    values, errors = _read_values(sheet, raw, number=0)
    if errors:
        raise WorkbookRefused(errors)
    return values


def open_checked(content: bytes) -> Workbook:
    """Open a workbook for reading, row by row.

    :raises WorkbookRefused: it is out of bounds or damaged
    """
    check_bounds(content)
    return _open(content)


def _open(content: bytes) -> Workbook:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return load_workbook(BytesIO(content), read_only=True, keep_links=False)
    except Exception as error:  # openpyxl raises whatever its parsing meets
        raise refuse_file(DAMAGED) from error


type _Cell = tuple[Any, str]


def _cells_of(book: Workbook, kind: Kind) -> list[list[_Cell]]:
    """Every cell's value and type, row by row; the bounds have been checked."""
    sheet = book[kind]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # The dimension that a file declares may be false; the rows themselves are not.
            sheet.reset_dimensions()
            return [[(cell.value, cell.data_type) for cell in row] for row in sheet.iter_rows()]
    except Exception as error:
        raise refuse_file(DAMAGED) from error


def _read_sheet(
    sheet: Sheet, rows: Sequence[Sequence[_Cell]]
) -> tuple[list[SheetRow], list[SheetError]]:
    places, errors = _read_header(sheet, rows[0] if rows else [])
    if errors:
        return [], errors
    found: list[SheetRow] = []
    for number, row in enumerate(rows[1:], start=2):
        if all(_is_empty(cell) for cell in row):
            continue
        raw, problems = _raw_of(sheet, number, row, places)
        values, more = _read_values(sheet, raw, number=number)
        own = [*problems, *(each for each in more if each.column not in _columns(problems))]
        if own:
            errors += own
        else:
            found.append(SheetRow(sheet.kind, sheet.key_of(values), values, number))
    return found, errors + _doubled(sheet, found)


def _columns(errors: Iterable[SheetError]) -> set[str]:
    return {each.column for each in errors}


def _is_empty(cell: _Cell) -> bool:
    return cell[0] is None or (isinstance(cell[0], str) and not cell[0].strip())


def _read_header(sheet: Sheet, row: Sequence[_Cell]) -> tuple[dict[int, str], list[SheetError]]:
    places: dict[int, str] = {}
    errors: list[SheetError] = []
    for index, (value, _) in enumerate(row):
        if value is not None and str(value).strip():
            places[index] = str(value).strip()[:60]
    names = [each.name for each in sheet.columns]
    counts = Counter(places.values())
    errors += [
        SheetError(sheet.kind, 1, name, "this column is missing.")
        for name in names
        if not counts[name]
    ]
    for name, count in counts.items():
        if name not in names:
            errors.append(SheetError(sheet.kind, 1, name, "is no column of this sheet."))
        elif count > 1:
            errors.append(SheetError(sheet.kind, 1, name, f"this column stands {count} times."))
    return places, errors


def _raw_of(
    sheet: Sheet, number: int, row: Sequence[_Cell], places: Mapping[int, str]
) -> tuple[dict[str, object], list[SheetError]]:
    raw: dict[str, object] = {}
    errors = []
    for index, cell in enumerate(row):
        name = places.get(index)
        value, sort = cell
        if name is None:
            if not _is_empty(cell):
                message = f"column {index + 1} holds a value but has no heading."
                errors.append(SheetError(sheet.kind, number, "", message))
            continue
        raw[name] = value
        if sort == FORMULA:
            errors.append(_problem(sheet, number, name, "holds a formula; paste its value."))
        elif sort == BROKEN:
            errors.append(_problem(sheet, number, name, f"holds the error {value}."))
    return raw, errors


def _problem(sheet: Sheet, number: int, name: str, message: str) -> SheetError:
    return SheetError(sheet.kind, number, name, message)


def _read_values(
    sheet: Sheet, raw: Mapping[str, object], *, number: int
) -> tuple[dict[str, Json], list[SheetError]]:
    values: dict[str, Json] = {}
    errors = []
    for column in sheet.columns:
        try:
            values[column.field] = _read_cell(column, raw.get(column.name))
        except CellProblem as problem:
            errors.append(_problem(sheet, number, column.name, str(problem)))
    # A sheet without the column lists what there is; its rows are active by standing there.
    values.setdefault("is_active", True)
    if not errors:
        errors = [_problem(sheet, number, *found) for found in sheet.check(values)]
    return values, errors


def _read_cell(column: Column, raw: object) -> Json:
    value = column.cell.read(raw)
    if column.required and text_of_any(raw) == "":
        raise CellProblem("is empty.")
    return value


def text_of_any(raw: object) -> str:
    try:
        return text_of(raw)
    except CellProblem:
        return str(raw)


def _doubled(sheet: Sheet, rows: Sequence[SheetRow]) -> list[SheetError]:
    first: dict[str, int] = {}
    errors = []
    for row in rows:
        if row.key in first:
            message = f"{row.key!r} stands in row {first[row.key]} already."
            errors.append(_problem(sheet, row.number, sheet.key[-1], message))
        first.setdefault(row.key, row.number)
    return errors
