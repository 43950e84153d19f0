"""A file of lower-deduction certificates: CSV or .xlsx, read whole or refused with all that is
wrong.

:source: docs/policies/tax.md, "Lower-deduction certificates"
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from domain.catalog.workbook.bounds import MOST_BYTES
from domain.catalog.workbook.cells import decimal_of, text_of
from domain.catalog.workbook.problems import (
    CellProblem,
    SheetError,
    WorkbookRefused,
    refuse_file,
)
from domain.catalog.workbook.reading import open_checked
from domain.common.money import ungrouped

MOST_ROWS = 500
# How files name the columns; a member is named by the code or by a verified PAN.
COLUMNS = {
    "code": {"member code", "code", "member", "member's code"},
    "pan": {"pan", "pan of deductee"},
    "number": {"number", "certificate number", "certificate no", "certificate"},
    "rate": {"rate", "rate in percent", "rate %"},
    "valid_from": {"from", "valid from"},
    "valid_to": {"to", "valid to", "valid until"},
    "limit": {"limit", "up to this sum", "certificate limit", "limit in rupees"},
}
NEEDED = ("number", "rate", "valid_from", "valid_to", "limit")
DAYS = ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d-%b-%Y", "%d %b %Y")

type Raw = object
type Read = str | Decimal | date


@dataclass(frozen=True, slots=True)
class CertificateLine:
    """A line of the file as it was read; ``row`` is its number there, and what could not be
    read is None.
    """

    row: int
    code: str | None
    pan: str | None
    number: str | None
    rate: Decimal | None
    valid_from: date | None
    valid_to: date | None
    limit: Decimal | None


def read_certificates(content: bytes) -> tuple[list[CertificateLine], list[SheetError]]:
    """Every line as far as it can be read, and what cannot.

    :raises WorkbookRefused: the file as a whole cannot be read
    """
    rows = rows_of(content)
    places = _places(next(rows, []))
    lines: list[CertificateLine] = []
    errors: list[SheetError] = []
    for number, cells in enumerate(rows, start=2):
        if not any(str(cell or "").strip() for cell in cells):
            continue
        if len(lines) == MOST_ROWS:
            raise refuse_file(f"The file has more than {MOST_ROWS} certificates.")
        line, wrong = _line(number, cells, places)
        lines.append(line)
        errors += wrong
    if not lines:
        raise refuse_file("The file has no line beside its heading.")
    return lines, errors


def is_sheet(content: bytes) -> bool:
    return content.startswith(b"PK")


def rows_of(content: bytes) -> Iterator[Sequence[Raw]]:
    """The rows as they stand in the file, its heading first.

    :raises WorkbookRefused: the file as a whole cannot be read
    """
    if len(content) > MOST_BYTES:
        raise refuse_file(f"The file is larger than {MOST_BYTES // 1024 // 1024} MB.")
    return _sheet(content) if is_sheet(content) else _text(content)


def _sheet(content: bytes) -> Iterator[Sequence[Raw]]:
    book = open_checked(content)
    sheet = book[book.sheetnames[0]]
    sheet.reset_dimensions()
    for row in sheet.iter_rows():
        yield [cell.value for cell in row]


def _text(content: bytes) -> Iterator[Sequence[Raw]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise refuse_file("The file is neither .xlsx nor text in UTF-8.") from error
    if "\x00" in text:
        raise refuse_file("The file is no text; save it as CSV or .xlsx.")
    try:
        yield from csv.reader(io.StringIO(text, newline=""), strict=True)
    except csv.Error as error:
        raise refuse_file(f"The file is no CSV: {error}.") from error


def _places(heading: Sequence[Raw]) -> dict[str, int]:
    names = [" ".join(str(cell or "").casefold().split()).rstrip(".") for cell in heading]
    places = {
        column: next((i for i, name in enumerate(names) if name in known), -1)
        for column, known in COLUMNS.items()
    }
    missing = [SheetError("", 1, name, "There is no such column.") for name in NEEDED
               if places[name] < 0]  # fmt: skip
    if places["code"] < 0 and places["pan"] < 0:
        missing.append(SheetError("", 1, "member code", "There is neither this column nor a PAN."))
    if missing:
        raise WorkbookRefused(missing)
    return {name: place for name, place in places.items() if place >= 0}


def _line(
    row: int, cells: Sequence[Raw], places: dict[str, int]
) -> tuple[CertificateLine, list[SheetError]]:
    told: dict[str, Read | None] = dict.fromkeys(COLUMNS)
    errors = []
    for column in COLUMNS:
        place = places.get(column, -1)
        raw = cells[place] if 0 <= place < len(cells) else None
        try:
            told[column] = _read(column, raw)
        except CellProblem as problem:
            errors.append(SheetError("", row, column.replace("_", " "), str(problem)))
    return CertificateLine(row, **told), errors  # type: ignore[arg-type]


def _read(column: str, raw: Raw) -> Read:
    if column in {"rate", "limit"}:
        if isinstance(raw, str):
            raw = ungrouped(raw.strip().removesuffix("%").lstrip("₹").strip())
        return decimal_of(raw, "2.5" if column == "rate" else "250000")
    if column in {"valid_from", "valid_to"}:
        return _day(raw)
    return text_of(raw)


def _day(raw: Raw) -> date:
    if isinstance(raw, datetime):
        return raw.date()
    if isinstance(raw, date):
        return raw
    text = text_of(raw)
    for form in DAYS:
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007  a day only
        except ValueError:
            continue
    raise CellProblem(f"{text[:40]!r} is no day; write 2026-04-30." if text else "Give the day.")
