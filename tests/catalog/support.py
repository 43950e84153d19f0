"""The shipped catalog without a database, and workbooks with something changed in them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from io import BytesIO
from pathlib import Path

from openpyxl import Workbook, load_workbook

from domain.catalog.building import Version, snapshot_of
from domain.catalog.models import item_id_of
from domain.catalog.rules import Address, CatalogSnapshot
from domain.catalog.workbook import read_workbook

OPENING = datetime(2026, 12, 1, 14, tzinfo=UTC)
WORKBOOK = Path(__file__).resolve().parents[2] / "fixtures" / "catalog" / "catalog.xlsx"
MANHATTAN = Address(address_line_1="200 W 57th St", city="New York", state="NY", zip_code="10019")
MONTAUK = Address(address_line_1="9 Old Hwy", city="Montauk", state="NY", zip_code="11954")
ALBANY = Address(address_line_1="1 State St", city="Albany", state="NY", zip_code="12207")
GREENWICH = Address(
    address_line_1="7 Field Point Rd", city="Greenwich", state="CT", zip_code="06830"
)


def shipped_versions() -> list[Version]:
    rows = read_workbook(WORKBOOK.read_bytes()).rows
    return [
        Version(row.kind, row.key, number, item_id_of(row.kind, row.key), row.values)
        for number, row in enumerate(rows, start=1)
    ]


@cache
def shipped_snapshot() -> CatalogSnapshot:
    return snapshot_of(shipped_versions())


def changed(edit: Callable[[Workbook], None]) -> bytes:
    """The shipped workbook after ``edit``."""
    book = load_workbook(WORKBOOK)
    edit(book)
    return saved(book)


def saved(book: Workbook) -> bytes:
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


def set_cell(sheet: str, row: int, column: str, value: object) -> Callable[[Workbook], None]:
    """An edit of one cell, by the column's heading."""

    def edit(book: Workbook) -> None:
        page = book[sheet]
        headings = [cell.value for cell in page[1]]
        page.cell(row, headings.index(column) + 1).value = value

    return edit
