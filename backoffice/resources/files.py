"""Files made of rows: CSV as a stream, .xlsx up to a bound. Neither holds a table in memory."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from tempfile import TemporaryFile
from typing import IO, Any

from django.http import FileResponse, HttpResponseBase, StreamingHttpResponse
from openpyxl import Workbook
from openpyxl.cell import Cell as SheetCell
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.writer.excel import save_workbook

from backoffice.resources.cells import Cell, for_csv, safe_text

MOST_XLSX_ROWS = 50_000
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Excel takes a file for UTF-8 only when it says so at its beginning.
BYTE_ORDER_MARK = "\ufeff"


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def csv_lines(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield BYTE_ORDER_MARK + writer.writerow([safe_text(each) for each in header])
    for row in rows:
        yield writer.writerow([for_csv(cell) for cell in row])


def csv_response(
    name: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]
) -> StreamingHttpResponse:
    return StreamingHttpResponse(
        csv_lines(header, rows),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )


def xlsx_response(
    name: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]
) -> HttpResponseBase:
    stream = TemporaryFile()  # noqa: SIM115  the response closes it
    write_xlsx(stream, header, rows)
    stream.seek(0)
    return FileResponse(stream, as_attachment=True, filename=f"{name}.xlsx", content_type=XLSX_TYPE)


def write_xlsx(stream: IO[bytes], header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    book = Workbook(write_only=True)
    page = book.create_sheet("Export")
    page.freeze_panes = "A2"
    page.append([_cell(page, each, bold=True) for each in header])
    for row in rows:
        page.append([_cell(page, value) for value in row])
    save_workbook(book, stream)


def _cell(page: Any, value: Cell, *, bold: bool = False) -> SheetCell:
    kept: Any = safe_text(value) if isinstance(value, str) else value
    cell = WriteOnlyCell(page, value=kept)
    if isinstance(value, str):
        # Text stays text, also where it looks like a formula or an error.
        cell.data_type = "s"
    if bold:
        cell.font = Font(bold=True)
    return cell
