"""The books on the screen: equal to the ledger, with a door behind every figure."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from django.urls import reverse

from backoffice.admin.ledger_entries import past_months
from domain.common.actors import System
from domain.common.money import show
from domain.common.staff_actions import StaffAction
from domain.ledger.models import Entry, LedgerPeriod, ManualEntry
from domain.ledger.queries import balance
from domain.payments.operations.cases import open_case
from domain.staff.roles import Role
from tests.backoffice.money import counts, send, text_of, words
from tests.backoffice.support import Company, browser

LEDGER = "/admin/ledger/"


def account(code: str) -> str:
    return reverse("admin:ledger_account", args=[code, "USD"])


class TestTrialBalance:
    def test_balances_and_opens_each_account(self, company: Company) -> None:
        company.pay(company.book())
        page = text_of(browser(company.finance), LEDGER)
        assert "Balanced" in page
        assert f'href="{account("2300")}"' in page
        assert show(balance("2300", "USD"), "USD") in page

    def test_is_as_of_a_day(self, company: Company) -> None:
        company.pay(company.book())
        before = (company.now - timedelta(days=30)).date().isoformat()
        page = words(text_of(browser(company.finance), LEDGER, as_of=before))
        assert "Nothing is posted in USD up to this day" in page

    @pytest.mark.parametrize(
        "which", [Role.CUSTOMER_SERVICE, Role.LOGISTICS_COORDINATOR, Role.ADMIN]
    )
    def test_is_refused_without_the_right(self, company: Company, which: Role) -> None:
        client = browser(company[which])
        for url in (LEDGER, account("2300"), "/admin/domain/entry/", "/admin/domain/manualentry/"):
            assert client.get(url).status_code == 403

    def test_writes_nothing(self, company: Company) -> None:
        company.pay(company.book())
        client, before = browser(company.finance), counts()
        text_of(client, LEDGER)
        text_of(client, account("2300"))
        assert counts() == before


class TestAccount:
    def test_runs_its_balance_over_pages(self, company: Company) -> None:
        booking = company.book()
        for cents in range(101, 161):
            company.pay(booking, cents)
        client = browser(company.finance)
        first = text_of(client, account("2300"))
        assert show(balance("2300", "USD"), "USD") in first
        older = re.search(r'href="(\?before=[^"]+)"', first)
        assert older is not None
        second = text_of(client, account("2300") + older[1].replace("&amp;", "&"))
        assert "This is where the account begins." in second
        assert "$1.01" in second

    def test_opens_what_caused_each_line(self, company: Company) -> None:
        payment = company.pay(company.book())
        page = text_of(browser(company.finance), account("2300"))
        assert reverse("admin:domain_payment_change", args=[payment.pk]) in page
        assert reverse("admin:domain_entry_change", args=[Entry.objects.get().pk]) in page

    @pytest.mark.parametrize("cursor", ["x", "1:2:3", "%00"])
    def test_believes_no_made_up_page(self, company: Company, cursor: str) -> None:
        client = browser(company.finance)
        assert client.get(account("2300"), {"before": cursor}).status_code == 404

    def test_exports_every_line_and_notes_it(self, company: Company) -> None:
        company.pay(company.book())
        response = browser(company.finance).post(f"{account('2300')}export/", {"format": "csv"})
        text = b"".join(response.streaming_content).decode()  # type: ignore[attr-defined]
        assert len(text.strip().splitlines()) == 2
        assert StaffAction.objects.filter(action="export").count() == 1

    def test_knows_its_chart(self, company: Company) -> None:
        client = browser(company.finance)
        assert client.get("/admin/ledger/account/9999/USD/").status_code == 404
        assert client.get("/admin/ledger/account/2300/EUR/").status_code == 404


class TestManualEntry:
    def draft(self, company: Company, **data: str) -> str:
        given = {
            "debit_code": "5020",
            "credit_code": "1010",
            "amount": "12.50",
            "currency": "USD",
            "effective_on": company.now.date().isoformat(),
            "reason": "Fee of a chargeback",
            **data,
        }
        return send(browser(company.finance), reverse("admin:domain_manualentry_draft"), **given)

    def test_is_posted_by_another_person(self, company: Company) -> None:
        self.draft(company)
        manual = ManualEntry.objects.get()
        assert not Entry.objects.exists()
        url = reverse("admin:domain_manualentry_step_approve", args=[manual.pk])
        send(browser(company.manager), url)
        assert Entry.objects.get().key == f"manual:{manual.pk}"
        page = reverse("admin:domain_manualentry_change", args=[manual.pk])
        assert "Posted as" in text_of(browser(company.finance), page)

    def test_keeps_what_was_typed_when_it_is_wrong(self, company: Company) -> None:
        page = self.draft(company, credit_code="5020", booking="")
        assert "Choose two different accounts." in page
        assert 'value="12.50"' in page
        assert not ManualEntry.objects.exists()

    def test_names_a_booking_that_is_not_there(self, company: Company) -> None:
        assert "There is no booking TT-1." in self.draft(company, booking="tt-1")

    @pytest.mark.parametrize("which", [Role.OPERATIONS_MANAGER, Role.ADMIN])
    def test_is_drafted_by_finance_alone(self, company: Company, which: Role) -> None:
        url = reverse("admin:domain_manualentry_draft")
        assert browser(company[which]).get(url).status_code == 403


class TestMonths:
    def test_are_locked_by_finance(self, company: Company) -> None:
        month = past_months(company.now.date())[0]
        url = reverse("admin:domain_manualentry_lock_month")
        send(browser(company.finance), url, month=month.isoformat())
        assert LedgerPeriod.objects.get().month == month
        assert browser(company.manager).get(url).status_code == 403

    def test_with_open_cases_are_named_and_refused(self, company: Company) -> None:
        month = past_months(company.now.date())[0]
        open_case(
            kind="fee",
            dedupe_key="fee:1",
            sentence="Stripe's fee differs.",
            amount_cents=5,
            currency="USD",
            booking_id=None,
            payment_id=None,
            actor=System("test"),
            at=company.now - timedelta(days=100),
        )
        url = reverse("admin:domain_manualentry_lock_month")
        client = browser(company.finance)
        assert f"{month:%B %Y} (has open cases)" in client.get(url).content.decode()
        page = send(client, url, month=month.isoformat())
        assert f"1 open case keeps {month:%B %Y} open" in page
        assert not LedgerPeriod.objects.exists()

    def test_count_back_over_the_year(self) -> None:
        assert past_months(date(2026, 2, 14), 3) == [
            date(2026, 1, 1),
            date(2025, 12, 1),
            date(2025, 11, 1),
        ]
