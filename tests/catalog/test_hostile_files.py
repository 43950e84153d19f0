"""Files made to break a reader: each gets one clear sentence, fast and in little memory."""

from __future__ import annotations

import stat
import tracemalloc
from collections.abc import Callable
from io import BytesIO
from time import process_time
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZipFile, ZipInfo

import pytest
from openpyxl import Workbook

from domain.catalog.workbook import WorkbookRefused, read_workbook
from tests.catalog.support import WORKBOOK, changed, saved, set_cell

MEGABYTE = 1024 * 1024
SHEET = "xl/worksheets/sheet1.xml"
NAMESPACE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def repacked(replace: dict[str, bytes] | None = None, *, compression: int = ZIP_DEFLATED) -> bytes:
    """The shipped workbook with parts replaced or added."""
    wanted = replace or {}
    stream = BytesIO()
    with ZipFile(WORKBOOK) as source, ZipFile(stream, "w", compression) as target:
        for name in source.namelist():
            target.writestr(name, wanted.get(name, source.read(name)))
        for name in wanted.keys() - set(source.namelist()):
            target.writestr(name, wanted[name])
    return stream.getvalue()


def sheet_of(body: str, head: str = "") -> bytes:
    return f"<?xml version='1.0'?>{head}<worksheet {NAMESPACE}>{body}</worksheet>".encode()


def corner_cell() -> bytes:
    return changed(lambda book: book["vehicles"].cell(1_048_576, 16_384, "x"))


def far_column() -> bytes:
    return changed(lambda book: book["vehicles"].cell(2, 16_384, "x"))


def zip_bomb() -> bytes:
    return repacked({SHEET: b" " * (100 * MEGABYTE)})


def entities() -> bytes:
    head = '<!DOCTYPE w [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'
    return repacked({SHEET: sheet_of("<sheetData><row><c><v>&b;</v></c></row></sheetData>", head)})


def many_rows() -> bytes:
    rows = "".join(f'<row r="{number}"/>' for number in range(1, 100_000))
    return repacked({SHEET: sheet_of(f"<sheetData>{rows}</sheetData>")})


def many_nameless_rows() -> bytes:
    return repacked({SHEET: sheet_of(f"<sheetData>{'<row/>' * 500_000}</sheetData>")})


def many_cells() -> bytes:
    return repacked({SHEET: sheet_of(f"<sheetData><row>{'<c/>' * 500_000}</row></sheetData>")})


def many_styles() -> bytes:
    return repacked(
        {"xl/styles.xml": f"<styleSheet {NAMESPACE}>{'<xf/>' * 150_000}</styleSheet>".encode()}
    )


def many_parts() -> bytes:
    return repacked({f"xl/extra{number}.xml": b"<a/>" for number in range(300)})


def lying_row_number() -> bytes:
    return repacked({SHEET: sheet_of('<sheetData><row r="-5"><c r="A1"/></row></sheetData>')})


def bad_cell_name() -> bytes:
    return repacked({SHEET: sheet_of('<sheetData><row r="1"><c r="??"/></row></sheetData>')})


def merged() -> bytes:
    return changed(lambda book: book["vehicles"].merge_cells("A2:B3"))


def linked() -> bytes:
    stream = BytesIO(WORKBOOK.read_bytes())
    with ZipFile(stream, "a") as archive:
        link = ZipInfo("xl/link.xml")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    return stream.getvalue()


def with_macros() -> bytes:
    return repacked({"xl/vbaProject.bin": b"\x00" * 100})


def macro_type() -> bytes:
    with ZipFile(WORKBOOK) as archive:
        types = archive.read("[Content_Types].xml").decode()
    plain = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    macro = "application/vnd.ms-excel.sheet.macroEnabled.main+xml"
    return repacked({"[Content_Types].xml": types.replace(plain, macro).encode()})


def nested_zip() -> bytes:
    stream = BytesIO()
    with ZipFile(stream, "w") as archive:
        archive.writestr("catalog.xlsx", WORKBOOK.read_bytes())
    return stream.getvalue()


def no_catalog_sheet() -> bytes:
    return saved(Workbook())


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: b"", "empty"),
    "html": (lambda: b"<html><table></table></html>", "not an .xlsx"),
    "csv": (lambda: b"sku,price\nEV-CITY-1,1.00\n", "not an .xlsx"),
    "program": (lambda: b"MZ\x90\x00" + b"\x00" * 200, "not an .xlsx"),
    "password": (lambda: b"\xd0\xcf\x11\xe0" + b"\x00" * 600, "password"),
    "too many bytes": (lambda: b"PK\x03\x04" + b"\x00" * 3 * MEGABYTE, "MB"),
    "cut off": (lambda: WORKBOOK.read_bytes()[:-800], "cut off"),
    "only the beginning": (lambda: WORKBOOK.read_bytes()[:3_000], "cut off"),
    "a broken part": (lambda: repacked({SHEET: b"<worksheet><sheetData>"}), "cut off"),
    "zip in a zip": (nested_zip, "not an .xlsx"),
    "corner cell": (corner_cell, "row 1,048,576"),
    "far column": (far_column, "column XFD"),
    "zip bomb": (zip_bomb, "unpacks"),
    "growing entities": (entities, "no spreadsheet writes"),
    "many rows": (many_rows, "2,000 rows"),
    "many rows without numbers": (many_nameless_rows, "2,000 rows"),
    "many cells": (many_cells, "100,000 cells"),
    "many styles": (many_styles, "too large"),
    "many parts": (many_parts, "too many parts"),
    "a row below zero": (lying_row_number, "row -5"),
    "a cell without a name": (bad_cell_name, "cut off"),
    "merged cells": (merged, "merged"),
    "a link": (linked, "link"),
    "macros": (with_macros, "macros"),
    "a macro workbook": (macro_type, "macros"),
    "another compression": (lambda: repacked(compression=ZIP_BZIP2), "cut off"),
    "no sheet of ours": (no_catalog_sheet, "is no sheet of the catalog"),
    "a long cell": (
        lambda: changed(set_cell("vehicles", 2, "name", "x" * 32_000)),
        "32,000 characters",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_refuses_with_a_sentence_in_time_and_memory(name: str) -> None:
    make, expected = HOSTILE[name]
    content = make()
    tracemalloc.start()
    begun = process_time()
    try:
        with pytest.raises(WorkbookRefused) as refused:
            read_workbook(content)
        seconds = process_time() - begun
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert expected in str(refused.value)
    assert seconds < 2
    assert peak < 150 * MEGABYTE


def test_lists_thousands_of_errors() -> None:
    def spoil(book: Workbook) -> None:
        page = book["specialty_items"]
        for number in range(2, 2_002):
            page.cell(number, 1, f"item_{number}")
            for column in range(3, 9):
                page.cell(number, column, "?")

    begun = process_time()
    with pytest.raises(WorkbookRefused) as refused:
        read_workbook(changed(spoil))

    assert len(refused.value.errors) == 10_000
    assert process_time() - begun < 5
