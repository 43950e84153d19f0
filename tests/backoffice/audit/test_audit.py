"""The audit trail on the screen: who did what, what it moved, sealed or not, replayed."""

from __future__ import annotations

import pytest
from django.urls import reverse

from domain.common.audit.models import AuditEntry
from domain.common.audit.sealing import seal_audit
from domain.staff.roles import Role
from tests.backoffice.money import counts, text_of, words
from tests.backoffice.support import Company, browser

LIST = "/admin/domain/auditentry/"


class TestTrail:
    def test_tells_who_what_and_what_moved(self, company: Company) -> None:
        booking = company.book()
        company.pay(booking)
        page = words(text_of(browser(company.finance), LIST, q=booking.number))
        assert company.finance.display_name() in page
        assert "Pending → Succeeded" in page
        assert "1000 → 2300" in page
        assert "Not yet" in page

    def test_is_called_as_in_the_menu(self, company: Company) -> None:
        company.book()
        client = browser(company.finance)
        entry = AuditEntry.objects.first()
        for page in (text_of(client, LIST), text_of(client, f"{LIST}{entry.pk}/change/")):
            assert "Audited events" not in page
            assert page.count("Audit trail") > 1

    def test_shows_the_seal_once_there_is_one(self, company: Company) -> None:
        company.book()
        seal_audit(at=company.now)
        page = text_of(browser(company.finance), LIST)
        assert "Not yet" not in page
        assert "#1" in page

    def test_is_filtered_by_person_step_and_record(self, company: Company) -> None:
        company.pay(company.book())
        client = browser(company.finance)
        mine = words(text_of(client, LIST, who=company.finance.pk))
        assert "Approve" in mine
        assert "1 audit" in words(text_of(client, LIST, step="approve"))
        assert "Succeeded" not in words(text_of(client, LIST, subject_type="message"))

    @pytest.mark.parametrize("which", [Role.CUSTOMER_SERVICE, Role.LOGISTICS_COORDINATOR])
    def test_is_refused_without_the_right(self, company: Company, which: Role) -> None:
        client = browser(company[which])
        booking = company.book()
        assert client.get(LIST).status_code == 403
        assert client.get(replay("booking", booking.pk)).status_code == 403


def replay(subject_type: str, pk: int) -> str:
    return reverse("admin:audit_replay", args=[subject_type, pk])


class TestReplay:
    def test_gives_the_present_state(self, company: Company) -> None:
        booking = company.book()
        company.pay(booking)
        before = counts()
        page = words(text_of(browser(company.finance), replay("booking", booking.pk)))
        assert "Replayed, the trail gives the record's present state" in page
        assert "Pending Paid" in page
        assert counts() == before

    def test_says_how_a_record_differs(self, company: Company) -> None:
        booking = company.book()
        type(booking).objects.filter(pk=booking.pk).update(version=7)
        page = words(text_of(browser(company.finance), replay("booking", booking.pk)))
        assert "The trail ends at version 1; the record has 7." in page

    def test_knows_no_stranger(self, company: Company) -> None:
        client = browser(company.finance)
        assert client.get(replay("booking", 999_999)).status_code == 404
        assert client.get(replay("nonsense", 1)).status_code == 404


class TestEntryPage:
    def test_shows_reason_request_and_what_else_it_did(self, company: Company) -> None:
        payment = company.pay(company.book())
        company.ask_refund(payment, 2_500)
        entry = AuditEntry.objects.filter(subject_type="refund").get()
        url = reverse("admin:domain_auditentry_change", args=[entry.pk])
        page = words(text_of(browser(company.finance), url))
        assert "A vase broke." in page
        assert f"refund {entry.subject_id}" in page
