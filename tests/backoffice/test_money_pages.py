"""Every screen of money and system: few questions to the database, however much there is."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.db.models import Model
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from backoffice.sandbox.stripe import Sandbox
from domain.common.workflow.models import Plan
from domain.common.workflow.plans import prepare_plan
from domain.ledger.models import Entry
from domain.notifications.models import Message
from domain.payments.models import MoneyCase, Payment, Refund
from tests.backoffice.money import MOST_QUERIES, counts, late_money, pay_by_card
from tests.backoffice.support import Company, browser

LISTS = (
    *("plan", "payment", "refund", "dispute", "moneycase", "webhookevent"),
    *("entry", "manualentry", "auditentry", "message"),
)
PAGES = ("refund_queue", "ledger", "integrity", "jobs")


@pytest.fixture
def busy(company: Company, stripe: Sandbox) -> Company:
    """Some of everything, several times over."""
    for _ in range(3):
        payment = pay_by_card(company, stripe, company.book())
        company.ask_refund(payment, 2_500)
        late_money(company)
    prepare_plan(
        model=Refund,
        subject_ids=list(Refund.objects.values_list("pk", flat=True)),
        step="approve",
        actor=company.finance,
        at=company.now,
    )
    return company


def measure(company: Company, url: str) -> None:
    client = browser(company.finance)
    assert client.get(url, follow=True).status_code == 200
    before = counts()
    with CaptureQueriesContext(connection) as queries:
        client.get(url)
    assert counts() == before, url
    asked = "\n".join([url, *(each["sql"][:120] for each in queries)])
    assert len(queries) <= MOST_QUERIES, asked


FIRST: dict[str, Callable[[], Model | None]] = {
    "plan": Plan.objects.first,
    "payment": Payment.objects.first,
    "refund": Refund.objects.first,
    "moneycase": MoneyCase.objects.first,
    "entry": Entry.objects.first,
    "message": Message.objects.first,
}


def test_lists_and_pages_ask_little_and_write_nothing(busy: Company) -> None:
    for name in (*(f"domain_{each}_changelist" for each in LISTS), *PAGES):
        measure(busy, reverse(f"admin:{name}"))


def test_records_ask_little_and_write_nothing(busy: Company) -> None:
    for name, first in FIRST.items():
        record = first()
        assert record, name
        measure(busy, reverse(f"admin:domain_{name}_change", args=[record.pk]))


class TestPlanOfRefunds:
    def test_counts_what_goes_out(self, busy: Company) -> None:
        plan = Plan.objects.get()
        url = reverse("admin:domain_plan_change", args=[plan.pk])
        page = browser(busy.finance).get(url).content.decode()
        assert "$75.00" in page
        assert "Approve 3 refunds" in page
