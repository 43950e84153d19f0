"""Certificates from a file: all of it or nothing, and everything that is wrong at once."""

from __future__ import annotations

import csv
from datetime import date
from io import BytesIO, StringIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import Workbook

from domain.catalog.workbook import WorkbookRefused
from domain.common.errors import NotPermitted
from domain.network.models import Member
from domain.payouts.models import LowerDeductionCertificate
from domain.payouts.operations.certificate_import import add_certificates, plan_certificates
from domain.staff.roles import Role
from tests.backoffice.support import browser
from tests.payouts.factory import NOON, Office, hired

pytestmark = pytest.mark.django_db
HEADING = "Member code,PAN,Number,Rate,From,To,Limit"


def file_of(*lines: str) -> bytes:
    return "\r\n".join([HEADING, *lines]).encode()


def line(member: Member, number: str, pan: str = "") -> str:
    code = "" if pan else member.code
    return f'{code},{pan},{number},2.5 %,01/04/2026,2027-03-31,"2,50,000"'


@pytest.fixture
def members(office: Office) -> list[Member]:
    return [office.member(0), office.member(0)]


class TestImport:
    def test_enters_what_it_showed_once(self, office: Office, members: list[Member]) -> None:
        pan = members[1].customer.tax_identities.get().pan
        content = file_of(line(members[0], " ab 1"), "", line(members[1], "AB2", pan))
        rows = plan_certificates(content=content, actor=office.finance, at=NOON)
        assert [(row.member_id, row.number, row.rate_bps, row.limit_cents) for row in rows] == [
            (members[0].pk, "AB1", 250, 250_000_00),
            (members[1].pk, "AB2", 250, 250_000_00),
        ]
        assert not LowerDeductionCertificate.objects.exists()
        made = add_certificates(rows=rows, actor=office.finance, at=NOON)
        assert {(each.state, each.valid_from) for each in made} == {
            ("proposed", date(2026, 4, 1)),
        }
        again = plan_certificates(content=content, actor=office.finance, at=NOON)
        assert all(row.known for row in again)
        assert add_certificates(rows=again, actor=office.finance, at=NOON) == []

    def test_reads_a_workbook(self, office: Office, members: list[Member]) -> None:
        book = Workbook()
        book.active.append(HEADING.split(","))
        values = [members[0].code, None, "AB1", 2.5, date(2026, 4, 1), date(2027, 3, 31), 250_000]
        book.active.append(values)
        kept = BytesIO()
        book.save(kept)
        (row,) = plan_certificates(content=kept.getvalue(), actor=office.finance, at=NOON)
        assert (row.rate_bps, row.limit_cents) == (250, 250_000_00)

    def test_says_all_that_is_wrong_at_once(self, office: Office, members: list[Member]) -> None:
        code = members[0].code
        content = file_of(
            line(members[0], "AB1"),
            line(members[0], "AB1"),
            f"{code},,AB3,lots,soon,2027-03-31,-5",
            "NOBODY22,,AB4,101,2027-03-31,2026-04-01,0.001",
            f"{code},ABCPR9999F,AB5,2,2026-04-01,2027-03-31,100",
            ",,AB6,2,2026-04-01,2027-03-31,100",
        )
        with pytest.raises(WorkbookRefused) as refused:
            plan_certificates(content=content, actor=office.finance, at=NOON)
        found = {(each.row, each.column) for each in refused.value.errors}
        assert found == {
            *{
                (3, "number"),
                (4, "rate"),
                (4, "valid from"),
                (4, "limit"),
                (5, "code"),
                (5, "rate"),
            },
            *{(5, "valid to"), (5, "limit"), (6, "pan"), (7, "code")},
        }

    @pytest.mark.parametrize(
        ("content", "says"),
        [
            (b"", "no such column"),
            (b"\xff\xfe\x00", "neither .xlsx nor text"),
            (b"PK\x03\x04 not a workbook", "damaged"),
            (HEADING.encode(), "no line"),
            (b"Number,Rate,From,To,Limit\r\n", "neither this column nor a PAN"),
        ],
    )
    def test_refuses_what_is_no_such_file(self, office: Office, content: bytes, says: str) -> None:
        with pytest.raises(WorkbookRefused) as refused:
            plan_certificates(content=content, actor=office.finance, at=NOON)
        assert any(says in str(each) for each in refused.value.errors)

    def test_a_number_on_file_with_other_figures_is_refused(
        self, office: Office, members: list[Member]
    ) -> None:
        rows = plan_certificates(
            content=file_of(line(members[0], "AB1")), actor=office.finance, at=NOON
        )
        add_certificates(rows=rows, actor=office.finance, at=NOON)
        with pytest.raises(WorkbookRefused, match="other figures"):
            plan_certificates(
                content=file_of(line(members[1], "AB1")), actor=office.finance, at=NOON
            )

    def test_is_for_those_who_may(self, office: Office) -> None:
        with pytest.raises(NotPermitted):
            plan_certificates(content=b"", actor=office.clerk, at=NOON)


class TestPage:
    def test_shows_first_and_enters_then(self, office: Office, members: list[Member]) -> None:
        client, url = browser(office.finance), reverse("admin:certificate_import")

        def upload(content: bytes) -> str:
            file = SimpleUploadedFile("certificates.csv", content)
            return client.post(url, {"file": file}).content.decode()

        assert "row" in upload(file_of("NOBODY22,,A1,2,2026-04-01,2027-03-31,100")).lower()
        page = client.post(
            url, {"file": SimpleUploadedFile("c.csv", file_of(line(members[0], "AB1")))}
        )
        shown = page.context["shown"]
        assert not LowerDeductionCertificate.objects.exists()
        assert client.post(url, {"shown": shown[:-2] + "xx"}).status_code == 302
        assert browser(office.manager).post(url, {"shown": shown}).status_code in {302, 403}
        assert not LowerDeductionCertificate.objects.exists()
        client.post(url, {"shown": shown})
        assert LowerDeductionCertificate.objects.get().added_by == office.finance
        assert browser(office.clerk).get(url).status_code == 403

    def test_gives_the_file_back_with_remarks(self, office: Office, members: list[Member]) -> None:
        client, url = browser(office.finance), reverse("admin:certificate_import")
        good, bad = line(members[0], "AB1"), "NOBODY22,,A1,2,2026-04-01,2027-03-31,100"

        def remarks_of(*lines: str) -> list[str]:
            file = SimpleUploadedFile("c.csv", file_of(*lines))
            address = client.post(url, {"file": file}).context["remarks_url"]
            assert browser(hired(Role.FINANCE_MANAGER)).get(address).status_code == 404
            text = b"".join(client.get(address).streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
            heading, *rows = csv.reader(StringIO(text, newline=""))
            assert [*heading] == [*HEADING.split(","), "Remarks"]
            assert [row[2] for row in rows] == [each.split(",")[2] for each in lines]
            return [row[-1] for row in rows]

        assert remarks_of(good, bad) == ["", "code: No member has the code NOBODY22."]
        assert remarks_of(good) == ["is entered"]
        file = SimpleUploadedFile("c.csv", b"Number,Rate\r\n1,2\r\n")
        assert "remarks_url" in client.post(url, {"file": file}).context
