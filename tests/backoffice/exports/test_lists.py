"""Lists leave as files: as filtered, by those who may, and noted."""

from __future__ import annotations

import csv
from collections.abc import Callable
from io import BytesIO, StringIO

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from backoffice.admin import exports
from domain.common.staff_actions import StaffAction
from domain.staff.models import Staff
from domain.staff.roles import Role
from tests.backoffice.support import Company, browser

LISTS = ["booking", "customer", "payment", "refund", "message", "staffaction"]


def body(answer: HttpResponse) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]


def export(client: Client, name: str, kind: str = "csv", **filters: str) -> HttpResponse:
    query = "&".join(f"{key}={value}" for key, value in filters.items())
    url = reverse(f"admin:domain_{name}_export") + (f"?{query}" if query else "")
    return client.post(url, {"format": kind})  # type: ignore[return-value]


def rows_of(answer: HttpResponse) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(body(answer).decode("utf-8-sig"), newline="")))


class TestExport:
    @pytest.mark.parametrize("name", LISTS)
    def test_gives_every_list_as_csv_and_xlsx(self, company: Company, name: str) -> None:
        company.pay(company.book())
        client = browser(company.manager)
        answer = export(client, name)
        assert answer.status_code == 200
        assert answer["Content-Type"].startswith("text/csv")
        assert body(answer)
        book = load_workbook(BytesIO(body(export(client, name, "xlsx"))))
        assert book.active is not None

    def test_holds_just_the_rows_of_the_filter(self, company: Company) -> None:
        grace = company.customer("Grace", "Hopper")
        company.customer("Ada", "Lovelace")
        (row,) = rows_of(export(browser(company.manager), "customer", q="hopper"))
        assert row["Name"] == "Grace Hopper"
        assert row["E-mail"] == grace.email

    def test_writes_amounts_as_numbers(self, company: Company) -> None:
        customer = company.customer()
        booking = company.book(customer)
        company.pay(booking)
        (row,) = rows_of(export(browser(company.manager), "customer"))
        assert row["Spent"] == f"{booking.total_cents / 100:.2f}"
        assert row["Bookings"] == "1"

    def test_makes_formulas_harmless(self, company: Company) -> None:
        company.customer("=1+1", "@SUM")
        (row,) = rows_of(export(browser(company.manager), "customer"))
        assert row["Name"] == "'=1+1 @SUM"

    def test_is_noted_with_filter_and_count(self, company: Company) -> None:
        company.customer()
        export(browser(company.manager), "customer", q="ada")
        noted = StaffAction.objects.get(action="export")
        assert noted.staff == company.manager
        assert noted.facts["rows"] == 1
        assert noted.facts["filter"] == {"q": ["ada"]}

    @pytest.mark.parametrize(
        "which", [Role.CUSTOMER_SERVICE, Role.LOGISTICS_COORDINATOR, Role.ADMIN]
    )
    def test_is_refused_without_the_right(self, company: Company, which: Role) -> None:
        answer = export(browser(company[which]), "customer")
        assert answer.status_code == 403
        assert b"export_data" in body(answer)
        assert not StaffAction.objects.filter(action="export").exists()

    def test_of_whole_pans_needs_the_right_to_see_them(
        self, staff_with: Callable[..., Staff]
    ) -> None:
        rights = ("domain.view_taxrecord", "domain.export_data")
        answer = export(browser(staff_with(*rights)), "taxrecord")
        assert answer.status_code == 403
        assert b"unmask_identity" in body(answer)
        client = browser(staff_with(*rights, "domain.unmask_identity"))
        assert export(client, "taxrecord").status_code == 200

    def test_is_a_post(self, company: Company) -> None:
        client = browser(company.manager)
        assert client.get(reverse("admin:domain_customer_export")).status_code == 405

    def test_offers_csv_where_a_spreadsheet_is_too_small(
        self, company: Company, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        company.customer()
        monkeypatch.setattr(exports, "MOST_XLSX_ROWS", 0)
        answer = export(browser(company.manager), "customer", "xlsx")
        assert answer.status_code == 302
        assert not StaffAction.objects.filter(action="export").exists()

    def test_understands_no_other_format(self, company: Company) -> None:
        assert export(browser(company.manager), "customer", "pdf").status_code == 302

    def test_button_stands_only_where_it_works(self, company: Company) -> None:
        url = reverse("admin:domain_customer_changelist")
        target = reverse("admin:domain_customer_export")
        assert target in browser(company.manager).get(url).content.decode()
        assert target not in browser(company.agent).get(url).content.decode()
