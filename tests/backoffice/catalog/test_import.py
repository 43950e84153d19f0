"""The workbook in the admin: shown before it counts, refused whole, given back with remarks."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from zipfile import ZipFile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from openpyxl import Workbook, load_workbook

from domain.catalog.models import ChangeSet, MiniMovePackage
from domain.staff.roles import Role
from tests.backoffice.support import WORKBOOK, Company, browser

URL = "/admin/catalog/import/"


def changed(change: Callable[[Workbook], None]) -> bytes:
    book = load_workbook(WORKBOOK)
    change(book)
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


def put(sheet: str, column: str, row: int, value: object) -> Callable[[Workbook], None]:
    def change(book: Workbook) -> None:
        names = [cell.value for cell in book[sheet][1]]
        book[sheet].cell(row, names.index(column) + 1, value)  # type: ignore[arg-type]

    return change


def upload(client: Client, content: bytes, name: str = "prices.xlsx", **more: str) -> HttpResponse:
    return client.post(URL, {"workbook": SimpleUploadedFile(name, content), **more})  # type: ignore[return-value]


class TestUpload:
    def test_prepares_a_change_and_shows_it(self, company: Company) -> None:
        client = browser(company.manager)
        before = MiniMovePackage.objects.count()
        content = changed(put("mini_move_packages", "base_price", 2, "1001.00"))
        answer = upload(client, content, reason="May")
        prepared = ChangeSet.objects.latest("id")
        assert answer["Location"] == reverse("admin:domain_changeset_change", args=[prepared.pk])
        assert (prepared.prepared_by, prepared.file_name) == (company.manager, "prices.xlsx")
        assert prepared.rows.count() == 1
        assert MiniMovePackage.objects.count() == before
        page = client.get(answer["Location"]).content.decode()
        assert "$1,001.00" in page
        assert "34 rows stay as they are" in page

    def test_of_the_same_catalog_says_that_nothing_changes(self, company: Company) -> None:
        answer = upload(browser(company.manager), WORKBOOK.read_bytes())
        assert "Nothing changes" in answer.content.decode()
        assert ChangeSet.objects.count() == 1

    def test_into_the_past_is_refused(self, company: Company) -> None:
        content = changed(put("mini_move_packages", "base_price", 2, "1001.00"))
        answer = upload(browser(company.manager), content, effective_from="2020-01-01T00:00")
        assert "effective_from" in answer.context["form"].errors

    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("empty.xlsx", b" "),
            ("page.xlsx", b"<html>not a workbook</html>"),
            ("prices.csv", b"package_type,base_price\nstandard,1\n"),
            ("program.xlsx", b"MZ\x90\x00" * 50),
            ("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600),
            ("cut.xlsx", WORKBOOK.read_bytes()[:2_000]),
            ("large.xlsx", b"PK\x03\x04" + b"\x00" * (2 * 1024 * 1024)),
            ("../../etc/passwd", b"PK\x03\x04"),
        ],
    )
    def test_of_anything_else_ends_in_a_sentence(
        self, company: Company, name: str, content: bytes
    ) -> None:
        answer = upload(browser(company.manager), content, name)
        assert answer.status_code == 200
        assert "nothing was changed" in answer.content.decode()
        assert ChangeSet.objects.count() == 1

    def test_of_a_bomb_is_refused_unopened(self, company: Company) -> None:
        stream = BytesIO()
        with ZipFile(stream, "w", 8) as archive:
            archive.writestr("[Content_Types].xml", "<Types/>")
            archive.writestr("xl/worksheets/sheet1.xml", b"0" * (20 * 1024 * 1024))
        answer = upload(browser(company.manager), stream.getvalue())
        assert "unpacks to more than" in answer.content.decode()

    def test_without_a_file_asks_for_one(self, company: Company) -> None:
        answer = browser(company.manager).post(URL, {})
        assert "workbook" in answer.context["form"].errors


class TestRemarks:
    def wrong(self) -> bytes:
        def change(book: Workbook) -> None:
            put("mini_move_packages", "base_price", 2, "dear")(book)
            put("vehicles", "stock", 3, "=1+1")(book)

        return changed(change)

    def url(self, answer: HttpResponse) -> str:
        return str(answer.context["remarks_url"])  # type: ignore[attr-defined]

    def test_lists_every_problem_with_its_cell(self, company: Company) -> None:
        answer = upload(browser(company.manager), self.wrong())
        found = [
            (error.sheet, error.row, error.column)
            for group in answer.context["problems"]  # type: ignore[attr-defined]
            for error in group["errors"]
        ]
        assert found == [("mini_move_packages", 2, "base_price"), ("vehicles", 3, "stock")]

    def test_come_back_in_the_same_workbook(self, company: Company) -> None:
        client = browser(company.manager)
        answer = client.get(self.url(upload(client, self.wrong())))
        book = load_workbook(BytesIO(answer.content))
        rows = list(book["mini_move_packages"].iter_rows(values_only=True))
        assert rows[0][-1] == "what is wrong"
        assert "base_price" in str(rows[1][-1])
        assert not rows[2][-1]
        stock = [
            cell for row in book["vehicles"].iter_rows() for cell in row if cell.value == "=1+1"
        ]
        assert [cell.data_type for cell in stock] == ["s"]

    def test_are_for_the_uploader_alone(self, company: Company) -> None:
        url = self.url(upload(browser(company.manager), self.wrong()))
        other = browser(company.role(Role.OPERATIONS_MANAGER))
        assert other.get(url).status_code == 404
        assert browser(company.agent).get(url).status_code == 403

    @pytest.mark.parametrize("token", ["made-up", "..%2F..%2Fetc%2Fpasswd", "x" * 500])
    def test_open_no_other_file(self, company: Company, token: str) -> None:
        assert browser(company.manager).get(f"{URL}remarks/{token}/").status_code == 404
