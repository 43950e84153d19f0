"""Reading and writing the workbook: what is accepted, and every complaint at once."""

from __future__ import annotations

from datetime import UTC, date, datetime
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from domain.catalog.rules import Kind
from domain.catalog.workbook import SHEETS, Values, WorkbookRefused, read_workbook, write_workbook
from domain.catalog.workbook.cells import CellProblem, Day, Money, Text, Whole, YesNo
from tests.catalog.support import changed, saved, set_cell

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)


def complaints(content: bytes) -> list[tuple[str, int, str]]:
    with pytest.raises(WorkbookRefused) as refused:
        read_workbook(content)
    return [(each.sheet, each.row, each.column) for each in refused.value.errors]


def message(content: bytes) -> str:
    with pytest.raises(WorkbookRefused) as refused:
        read_workbook(content)
    assert len(refused.value.errors) == 1
    return refused.value.errors[0].message


class TestReadWorkbook:
    def test_reads_every_sheet(self, shipped_workbook: bytes) -> None:
        found = read_workbook(shipped_workbook)

        counts = {kind: sum(row.kind == kind for row in found.rows) for kind in Kind}
        assert list(counts.values()) == [3, 6, 5, 1, 4, 10, 2, 4]
        assert found.absent == ()

    def test_names_every_problem_with_sheet_row_and_column(self) -> None:
        def spoil(book: Workbook) -> None:
            set_cell("mini_move_packages", 2, "base_price", "99.999")(book)
            set_cell("mini_move_packages", 2, "coi_included", "maybe")(book)
            set_cell("mini_move_packages", 3, "name", None)(book)
            set_cell("service_zones", 3, "zip_codes", "11968; 1193")(book)
            set_cell("surcharge_rules", 3, "specific_date", None)(book)
            set_cell("surcharge_rules", 4, "percentage", None)(book)
            set_cell("vehicles", 2, "minimum_booking_amount", "98500.01")(book)
            set_cell("vehicles", 3, "specifications", "range_km 95")(book)

        assert complaints(changed(spoil)) == [
            ("mini_move_packages", 2, "base_price"),
            ("mini_move_packages", 2, "coi_included"),
            ("mini_move_packages", 3, "name"),
            ("service_zones", 3, "zip_codes"),
            ("surcharge_rules", 3, "specific_date"),
            ("surcharge_rules", 4, "percentage"),
            ("vehicles", 2, "minimum_booking_amount"),
            ("vehicles", 3, "specifications"),
        ]

    def test_names_missing_extra_and_doubled_columns(self) -> None:
        def spoil(book: Workbook) -> None:
            page = book["specialty_items"]
            page["D1"] = "prize"
            page["I1"] = "name"

        assert complaints(changed(spoil)) == [
            ("specialty_items", 1, "price"),
            ("specialty_items", 1, "name"),
            ("specialty_items", 1, "prize"),
        ]

    def test_names_unknown_sheets(self) -> None:
        assert complaints(changed(lambda book: book.create_sheet("Tabelle1"))) == [
            ("Tabelle1", 0, "")
        ]

    def test_takes_a_file_with_some_of_the_sheets(self) -> None:
        def only_items(book: Workbook) -> None:
            for name in book.sheetnames:
                if name != "specialty_items":
                    del book[name]

        found = read_workbook(changed(only_items))

        assert {row.kind for row in found.rows} == {Kind.SPECIALTY}
        assert len(found.absent) == len(SHEETS) - 1

    def test_refuses_the_same_key_twice(self) -> None:
        content = changed(set_cell("vehicles", 3, "sku", "EV-CITY-1"))

        assert message(content) == "'EV-CITY-1' stands in row 2 already."

    def test_refuses_a_second_header_row(self) -> None:
        content = changed(lambda book: book["tax_rates"].insert_rows(1))

        assert {column for _, _, column in complaints(content)} == {
            "code",
            "name",
            "applies_to",
            "rate_percent",
            "effective_from",
        }

    def test_refuses_a_formula_and_an_error_value(self) -> None:
        def spoil(book: Workbook) -> None:
            set_cell("specialty_items", 2, "price", "=100*5")(book)
            set_cell("specialty_items", 3, "price", "#REF!")(book)

        with pytest.raises(WorkbookRefused) as refused:
            read_workbook(changed(spoil))

        assert [each.message for each in refused.value.errors] == [
            "holds a formula; paste its value.",
            "holds the error #REF!.",
        ]

    def test_refuses_a_value_without_a_heading(self) -> None:
        content = changed(lambda book: book["tax_rates"].cell(2, 8, "note to self"))

        assert message(content) == "column 8 holds a value but has no heading."

    def test_skips_empty_rows(self, shipped_workbook: bytes) -> None:
        content = changed(lambda book: book["tax_rates"].insert_rows(3))

        assert len(read_workbook(content).rows) == len(read_workbook(shipped_workbook).rows)


class TestMoneyCell:
    @pytest.mark.parametrize(
        ("raw", "cents"),
        [
            ("1725.00", 172_500),
            (" 1725 ", 172_500),
            (1725, 172_500),
            (99.1, 9_910),
            (0.29, 29),
            (1e3, 100_000),
            ("0", 0),
            (None, None),
        ],
    )
    def test_reads_exact_cents(self, raw: object, cents: int | None) -> None:
        assert Money().read(raw) == cents

    @pytest.mark.parametrize(
        "raw",
        [
            0.1 + 0.2,
            "1.005",
            "$995",
            "1,725.00",
            "1e3",
            "1e309",
            float("inf"),
            float("nan"),
            "NaN",
            "-1",
            -0.01,
            "-0",
            "１２",
            "12\u200b",
            True,
            10**12,
            "9" * 5_000,
            datetime(2026, 1, 1, tzinfo=UTC),
        ],
    )
    def test_refuses_what_is_not_exact_cents(self, raw: object) -> None:
        with pytest.raises(CellProblem):
            Money().read(raw)


class TestOtherCells:
    def test_reads_dates_as_text_and_as_dates(self) -> None:
        assert Day().read("2027-12-25") == "2027-12-25"
        assert Day().read(datetime(2027, 12, 25, tzinfo=UTC)) == "2027-12-25"
        assert Day().read(date(2027, 12, 25)) == "2027-12-25"

    @pytest.mark.parametrize(
        "raw", [46_000, "12/25/2027", "2027-02-30", datetime(2027, 1, 1, 9, tzinfo=UTC)]
    )
    def test_refuses_other_dates(self, raw: object) -> None:
        with pytest.raises(CellProblem, match="2027-12-25"):
            Day().read(raw)

    def test_reads_yes_and_no(self) -> None:
        assert [YesNo().read(raw) for raw in ("Yes", "no", True, False, None)] == [
            True,
            False,
            True,
            False,
            None,
        ]

    @pytest.mark.parametrize("raw", ["1.5", "-1", 2.5, "many", 1e300])
    def test_refuses_what_is_no_whole_number(self, raw: object) -> None:
        with pytest.raises(CellProblem):
            Whole().read(raw)

    @pytest.mark.parametrize("mark", ["\u200b", "\u202e", "\u200f", "\ufeff", "\x07"])
    def test_refuses_invisible_characters(self, mark: str) -> None:
        with pytest.raises(CellProblem, match="invisible"):
            Text().read(f"Sur{mark}fboard")

    def test_keeps_emoji_and_drops_hard_spaces_at_the_ends(self) -> None:
        assert Text().read("\u00a0Surfboard 🏄‍♀️\u00a0") == "Surfboard 🏄‍♀️"


PAYLOADS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "=HYPERLINK(0)",
    "==x",
    "＝1",
    "'=1",
    "_x0041_",
    "=cmd|x",
]


class TestWriteWorkbook:
    def rows(self, content: bytes) -> dict[Kind, list[Values]]:
        found = read_workbook(content).rows
        return {kind: [row.values for row in found if row.kind == kind] for kind in Kind}

    def test_gives_back_what_was_read(self, shipped_workbook: bytes) -> None:
        rows = self.rows(shipped_workbook)

        assert self.rows(write_workbook(rows, at=NOON)) == rows

    @pytest.mark.parametrize("payload", PAYLOADS)
    def test_writes_text_as_text_whatever_it_looks_like(
        self, shipped_workbook: bytes, payload: str
    ) -> None:
        rows = self.rows(shipped_workbook)
        rows[Kind.SPECIALTY] = [{**rows[Kind.SPECIALTY][0], "description": payload}]

        written = write_workbook(rows, at=NOON)

        cell = load_workbook(BytesIO(written))["specialty_items"]["C2"]
        assert (cell.data_type, cell.value) == ("s", payload)
        assert self.rows(written) == rows

    @given(
        st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"]), max_size=60)
    )
    @settings(max_examples=60)
    def test_survives_any_text_that_can_be_read(self, text: str) -> None:
        try:
            kept = Text(2_000).read(text)
        except CellProblem:
            return
        book = Workbook()
        page = book.active
        assert page is not None
        page.title = "specialty_items"
        page.append([column.name for column in SHEETS[Kind.SPECIALTY].columns])
        page.append(["crib", "Crib", None, "1.00", "no", "no", 1, "yes"])
        page["C2"].value = text
        page["C2"].data_type = "s"

        values = self.rows(saved(book))

        assert values[Kind.SPECIALTY][0]["description"] == kept
        assert self.rows(write_workbook(values, at=NOON)) == values
