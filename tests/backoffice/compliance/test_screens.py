"""KYC, PANs, bank accounts and the register on screen, by role."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from domain.common.staff_actions import StaffAction
from domain.compliance.models import BankAccount, KycCase, PrivateDocument, TaxIdentity
from domain.compliance.operations.kyc import open_case
from domain.compliance.operations.register import register_document
from domain.staff.roles import Role
from tests.backoffice.money import send, text_of, words
from tests.backoffice.support import Company, browser
from tests.compliance import factory
from tests.compliance.hostile import refused

pytestmark = pytest.mark.django_db


def at(name: str, *args: object) -> str:
    return reverse(f"admin:domain_{name}", args=args)


def handed_in(content: bytes, name: str = "passport.jpg", kind: str = "identity") -> dict:
    return {"kind": kind, "file": SimpleUploadedFile(name, content), "valid_until": ""}


@pytest.fixture
def case(company: Company) -> KycCase:
    return factory.submitted(company.agent, factory.make_customer(), at=company.now)


class TestACase:
    def test_takes_documents_on_its_page(self, company: Company) -> None:
        case = open_case(
            customer_id=factory.make_customer().pk, actor=company.agent, at=company.now
        )
        add = at("kyccase_documents", case.pk)

        answer = browser(company.agent).post(add, handed_in(factory.picture()), follow=True)

        page = words(answer.content.decode())
        assert "The document is kept." in page
        assert "passport.jpg" in page
        assert "Proof of address missing" in page

    @pytest.mark.parametrize("what", sorted(refused()))
    def test_refuses_hostile_files_at_the_field(self, company: Company, what: str) -> None:
        case = open_case(
            customer_id=factory.make_customer().pk, actor=company.agent, at=company.now
        )
        answer = browser(company.agent).post(
            at("kyccase_documents", case.pk), handed_in(refused()[what], "passport.jpg")
        )
        assert answer.status_code == 200
        assert 'class="bo-wrong" role="alert"' in answer.content.decode()
        assert not PrivateDocument.objects.exists()

    def test_is_handed_out_as_a_file_and_each_view_is_shown(
        self, company: Company, case: KycCase
    ) -> None:
        document = case.documents.earliest("pk")
        client = browser(company.finance)

        answer = client.get(at("kyccase_document", case.pk, document.pk))

        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "no-store" in answer.headers["Cache-Control"]
        assert answer.content.startswith(b"\xff\xd8\xff")
        assert "Who opened them" in text_of(client, at("kyccase_change", case.pk))
        assert StaffAction.objects.filter(action="viewed document").count() == 1

    def test_keeps_documents_to_their_own_page(self, company: Company, case: KycCase) -> None:
        other = factory.submitted(company.agent, factory.make_customer(), at=company.now)
        strange = other.documents.earliest("pk")
        answer = browser(company.finance).get(at("kyccase_document", case.pk, strange.pk))
        assert answer.status_code == 404
        assert not StaffAction.objects.filter(action="viewed document").exists()

    def test_is_decided_by_finance_up_to_a_day(self, company: Company, case: KycCase) -> None:
        client, step = browser(company.finance), at("kyccase_step_verify", case.pk)
        until = (company.now + timedelta(days=90)).date().isoformat()

        send(client, step, expires_on=until)

        case = factory.again(case)
        assert (case.state, case.expires_on) == ("verified", date.fromisoformat(until))
        assert case.decided_by == company.finance

    def test_gives_way_to_the_next(self, company: Company, case: KycCase) -> None:
        after = factory.submitted(company.agent, factory.make_customer(), at=company.now)
        client, step = browser(company.finance), at("kyccase_step_reject", case.pk)
        to = send(client, step, reason="Blurred")
        assert to == at("kyccase_change", after.pk)
        assert "Blurred" in text_of(client, at("kyccase_change", case.pk))

    def test_waits_on_the_home_page_of_who_decides(self, company: Company, case: KycCase) -> None:
        assert "KYC to decide" in text_of(browser(company.finance), reverse("admin:index"))
        client = browser(company.finance)
        queue = client.get(reverse("admin:kyc_queue"))
        assert queue.headers["Location"] == at("kyccase_change", case.pk)


class TestNumbers:
    @pytest.fixture
    def identity(self, company: Company) -> TaxIdentity:
        customer = factory.make_customer()
        return factory.verified_pan(company.agent, company.finance, customer, at=company.now)

    @pytest.fixture
    def account(self, company: Company) -> BankAccount:
        return factory.added_account(company.agent, factory.make_customer(), at=company.now)

    def test_are_masked_in_lists_pages_and_exports(
        self, company: Company, identity: TaxIdentity, account: BankAccount
    ) -> None:
        client = browser(company.finance)
        for name, record in (("taxidentity", identity), ("bankaccount", account)):
            shown = [
                text_of(client, at(f"{name}_changelist")),
                text_of(client, at(f"{name}_change", record.pk)),
                text_of(client, at("customer_change", record.customer_id)),
            ]
            export = client.post(at(f"{name}_export"), {"format": "csv"})
            shown.append(b"".join(export.streaming_content).decode())
            for text in shown:
                assert factory.PAN not in text
                assert "123456789012" not in text

    def test_are_shown_in_full_to_who_may_and_that_is_noted(
        self, company: Company, identity: TaxIdentity, account: BankAccount
    ) -> None:
        client = browser(company.finance)
        assert factory.PAN in text_of(client, at("taxidentity_reveal", identity.pk))
        assert "123456789012" in text_of(client, at("bankaccount_reveal", account.pk))
        assert StaffAction.objects.filter(action="viewed number").count() == 2
        refusal = browser(company.agent).get(at("taxidentity_reveal", identity.pk))
        assert refusal.status_code == 403

    def test_are_given_on_the_page_of_a_customer(self, company: Company) -> None:
        customer, client = factory.make_customer(), browser(company.agent)
        page = text_of(client, at("customer_change", customer.pk))
        assert "Record a PAN" in page

        send(client, at("customer_give_pan", customer.pk), pan="abcpk1234f")
        account = {"holder": "Asha Kumar", "ifsc": "HDFC0001234", "number": "1234 5678 9012"}
        send(client, at("customer_give_account", customer.pk), **account)
        nominee = {"full_name": "Ravi Kumar", "relationship": "son"}
        send(client, at("customer_give_nominee", customer.pk), **nominee)
        begun = send(client, at("customer_begin_kyc", customer.pk))

        assert TaxIdentity.objects.get().state == "recorded"
        assert BankAccount.objects.get().last4 == "9012"
        assert begun == at("kyccase_change", KycCase.objects.get().pk)
        page = words(text_of(client, at("customer_change", customer.pk)))
        assert "Nominee Ravi Kumar (son)" in page

    def test_are_verified_by_a_second_person(self, company: Company, account: BankAccount) -> None:
        step = at("bankaccount_step_verify", account.pk)
        client = browser(company.finance)
        send(client, step)
        assert factory.again(account).state == "verified"


class TestTheRegister:
    def test_says_what_a_direct_seller_lacks(self, company: Company) -> None:
        register_document(
            kind="declaration",
            title="Self-declaration",
            valid_from=date(2024, 4, 1),
            actor=company.manager,
            at=company.now,
        )
        page = words(text_of(browser(company.manager), at("compliancedocument_changelist")))
        assert "“Self-declaration”, without an end." in page
        assert page.count("No valid one is in the register.") == 4

    def test_takes_a_document_and_its_copy(self, company: Company) -> None:
        client = browser(company.manager)
        given = {
            "kind": "nodal_officer",
            "name": "Order of the board",
            "valid_from": "2026-04-01",
            "valid_until": "",
            "gates": "payouts",
        }
        page = send(client, at("compliancedocument_register_document"), **given)
        copy = handed_in(factory.paper(), "order.pdf", "registered")
        client.post(f"{page.removesuffix('change/')}documents/", copy)
        shown = text_of(client, page)
        assert "Order of the board" in shown
        assert "order.pdf" in shown

    def test_is_refused_without_the_right(self, company: Company) -> None:
        for role in (Role.CUSTOMER_SERVICE, Role.LOGISTICS_COORDINATOR):
            answer = browser(company[role]).get(at("compliancedocument_changelist"))
            assert answer.status_code == 403
