"""Payouts and tax in the admin: from the request to the bank's answer, by the people who may."""

from __future__ import annotations

import re
from datetime import datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from domain.common.issuer import issuer
from domain.payouts.models import (
    BankAnswer,
    Challan,
    LowerDeductionCertificate,
    Payout,
    PayoutBatch,
    TaxQuarter,
    TaxRecord,
)
from tests.backoffice.money import send, text_of, words
from tests.backoffice.support import browser
from tests.payouts.factory import Office, answer_file, fresh, reference_of

pytestmark = pytest.mark.django_db
LISTS = (
    "payout",
    "payoutbatch",
    "bankanswer",
    "taxrecord",
    "taxquarter",
    "challan",
    "lowerdeductioncertificate",
)


@pytest.fixture
def office() -> Office:
    return Office()


def now() -> datetime:
    return timezone.now()


def page_of(client: Client, record: Model) -> str:
    meta = record._meta
    return words(
        text_of(client, reverse(f"admin:domain_{meta.model_name}_change", args=[record.pk]))
    )


def step(client: Client, record: Model, name: str, **data: str) -> str:
    url = reverse(f"admin:domain_{record._meta.model_name}_step_{name}", args=[record.pk])
    return send(client, url, **data)


def act(client: Client, model: str, name: str, *ids: int, **data: str) -> str:
    return send(client, reverse(f"admin:domain_{model}_{name}", args=ids), **data)


def test_the_whole_way(office: Office) -> None:
    member = office.member(at=now())
    clerk, finance, manager = (
        browser(each) for each in (office.clerk, office.finance, office.manager)
    )
    act(clerk, "payout", "ask", code=member.code, amount="10,000")
    payout = Payout.objects.get()
    assert "Ask for" not in page_of(finance, payout)
    shown = words(text_of(finance, reverse("admin:payout_queue")))
    assert "₹9,500.00" in shown
    assert "Bank account settled" in shown
    step(finance, payout, "approve")
    assert "as approved" in page_of(finance, payout)
    act(finance, "payoutbatch", "make")
    batch = PayoutBatch.objects.get()
    step(finance, batch, "make_file")
    step(manager, batch, "release")
    assert "Released to the bank" in page_of(manager, batch)
    file = reverse("admin:payout_batch_file", args=[batch.pk])
    first, second = (manager.get(file) for _ in range(2))
    assert first.content == second.content == bytes(fresh(batch).file)
    assert first["X-Content-Type-Options"] == "nosniff"
    upload = SimpleUploadedFile("a.csv", answer_file((reference_of(payout), "U1", "Paid", "")))
    finance.post(reverse("admin:bank_answer_import"), {"file": upload})
    answer = BankAnswer.objects.get()
    assert "Nothing is changed yet" in page_of(finance, answer)
    act(finance, "bankanswer", "apply", answer.pk)
    assert fresh(payout).state == "completed"
    assert "is completed" in page_of(finance, answer)
    for model in LISTS:
        assert manager.get(reverse(f"admin:domain_{model}_changelist")).status_code == 200
    for record in (TaxRecord.objects.get(), TaxQuarter.objects.get()):
        page_of(finance, record)


def test_an_order_is_no_filter(office: Office) -> None:
    url = reverse("admin:domain_payout_changelist")
    page = browser(office.finance).get(url, {"o": "-1", "state": "requested"})
    assert [words for words, _ in page.context["chips"]] == ["state is requested"]


def test_hold_and_let_go(office: Office) -> None:
    payout = office.requested(office.member(at=now()), at=now())
    finance = browser(office.finance)
    act(finance, "payout", "hold", payout.pk, reason="called")
    assert "On hold: called" in page_of(finance, payout)
    act(finance, "payout", "let_go", payout.pk, reason="fine")
    assert not fresh(payout).on_hold


def test_deposit_and_certificates(office: Office) -> None:
    at = now()
    member = office.member(at=at)
    office.completed(member, at=at)
    finance, manager = browser(office.finance), browser(office.manager)
    form = finance.get(reverse("admin:domain_challan_draft")).content.decode()
    what = re.search(r'option value="([^"]+\|[^"]+)"', form)
    assert what
    today = TaxRecord.objects.get().deducted_on.isoformat()
    told = {"bsr_code": "1234567", "serial": "00001", "deposited_on": today}
    act(finance, "challan", "draft", what=what[1], **told)
    challan = Challan.objects.get()
    step(manager, challan, "confirm")
    assert "Deposited" in page_of(manager, challan)
    told = {"rate": "1", "valid_from": today, "valid_to": today, "limit": "5000"}
    act(finance, "lowerdeductioncertificate", "enter", code=member.code, number="LDC1", **told)
    certificate = LowerDeductionCertificate.objects.get()
    assert certificate.rate_bps == 100
    step(manager, certificate, "verify")
    assert "Verified" in page_of(manager, certificate)
    quarter = TaxQuarter.objects.get()
    assert "all of it" in page_of(finance, quarter)
    statement = finance.get(reverse("admin:tax_quarter_statement", args=[quarter.pk]))
    assert b"CHALLAN,1,1234567" in statement.content
    assert f"DEDUCTOR,{issuer().name}," in statement.content.decode()


def test_the_quarter_and_the_year(office: Office) -> None:
    member = office.member(at=now())
    office.completed(member, at=now())
    finance = browser(office.finance)
    quarter = TaxQuarter.objects.get()
    page = page_of(finance, quarter)
    assert "₹500.00 of it is not deposited yet" in page
    statement = finance.get(reverse("admin:tax_quarter_statement", args=[quarter.pk]))
    assert b"TOTAL,1,10000.00,500.00" in statement.content
    year = reverse("admin:tax_year")
    assert member.code in words(text_of(finance, year))
    assert finance.post(year).status_code == 200
    for only in ("near", "no_pan", "gap", "shortfall"):
        finance.get(year, {"only": only})
    url = reverse("admin:tax_statement", args=[member.pk, quarter.year])
    paper = finance.get(url)
    assert paper.content.startswith(b"%PDF")
