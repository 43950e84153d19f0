from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.core.files.storage import storages
from django.db import IntegrityError, transaction

from domain.common.audit.models import AuditEntry
from domain.common.errors import Conflict, InvalidInput, NotFound, NotPermitted, Refused
from domain.common.staff_actions import StaffAction
from domain.common.workflow import transit
from domain.compliance import queries
from domain.compliance.models import DocumentKind, KycCase, KycState, PrivateDocument
from domain.compliance.operations.ageing import age_papers
from domain.compliance.operations.erasing import erase_papers
from domain.compliance.operations.files import (
    DocumentGone,
    add_document,
    open_document,
    remove_document,
)
from domain.compliance.operations.kyc import (
    name_nominee,
    open_case,
    reject_case,
    submit_case,
    verify_case,
)
from domain.staff.models import Staff
from domain.staff.roles import Role
from tests.compliance.factory import (
    DAY,
    NIGHT_JOB,
    TODAY,
    collected,
    make_customer,
    paper,
    picture,
    submitted,
    verified_account,
    verified_kyc,
)
from tests.factories import assert_sound

pytestmark = pytest.mark.django_db
LATER = DAY + timedelta(hours=1)


class TestACase:
    def test_is_verified_by_a_second_person(self, clerk: Staff, finance: Staff) -> None:
        case = verified_kyc(clerk, finance, make_customer())

        assert case.state == KycState.VERIFIED
        assert (case.submitted_by, case.decided_by) == (clerk, finance)
        assert case.expires_on == date(2029, 3, 1)
        steps = AuditEntry.objects.filter(subject_type="kyccase", subject_id=case.pk)
        told = ["begin", "add_document", "add_document", "submit", "verify"]
        assert list(steps.order_by("id").values_list("step", flat=True)) == told
        assert_sound()

    def test_needs_proof_of_identity_and_address(self, clerk: Staff) -> None:
        case = open_case(customer_id=make_customer().pk, actor=clerk, at=DAY)

        with pytest.raises(Refused, match="proof of identity and proof of address"):
            submit_case(case_id=case.pk, actor=clerk, at=DAY)

    def test_needs_documents_that_are_still_valid(self, clerk: Staff) -> None:
        case = open_case(customer_id=make_customer().pk, actor=clerk, at=DAY)
        for kind in (DocumentKind.IDENTITY, DocumentKind.ADDRESS):
            add_document(
                to=case,
                kind=kind,
                content=picture(),
                name="a.jpg",
                valid_until=TODAY,
                actor=clerk,
                at=DAY,
            )

        with pytest.raises(Refused, match="out of date"):
            submit_case(case_id=case.pk, actor=clerk, at=DAY + timedelta(days=1))
        assert submit_case(case_id=case.pk, actor=clerk, at=DAY).state == "submitted"

    def test_is_not_decided_by_who_had_a_hand_in_it(
        self, staff_with: Callable[..., Staff], finance: Staff
    ) -> None:
        both = staff_with("domain.upload_kyc", "domain.decide_kyc")
        uploader = staff_with("domain.upload_kyc", "domain.decide_kyc")
        case = collected(uploader, make_customer())
        submit_case(case_id=case.pk, actor=both, at=DAY)

        with pytest.raises(Refused, match="You submitted this"):
            verify_case(case_id=case.pk, actor=both, at=DAY)
        with pytest.raises(Refused, match="You uploaded one"):
            reject_case(case_id=case.pk, reason="no", actor=uploader, at=DAY)
        assert verify_case(case_id=case.pk, actor=finance, at=DAY).state == "verified"

    def test_binds_superusers_too_and_the_database_watches(self, clerk: Staff) -> None:
        root = Staff.objects.create_superuser("root", "root@staff.example", "x" * 20)
        case = collected(clerk, make_customer())
        submit_case(case_id=case.pk, actor=root, at=DAY)

        with pytest.raises(Refused, match="somebody else"):
            verify_case(case_id=case.pk, actor=root, at=DAY)
        with pytest.raises(IntegrityError, match="kyc_four_eyes"), transaction.atomic():
            KycCase.objects.filter(pk=case.pk).update(
                state="verified", decided_by=root, decided_at=DAY, expires_on=date(2030, 1, 1)
            )

    @pytest.mark.parametrize("name", [Role.CUSTOMER_SERVICE, Role.OPERATIONS_MANAGER, Role.ADMIN])
    def test_is_decided_by_finance_alone(
        self, role: Callable[..., Staff], clerk: Staff, name: Role
    ) -> None:
        case = submitted(clerk, make_customer())

        with pytest.raises(NotPermitted, match="finance manager"):
            verify_case(case_id=case.pk, actor=role(name), at=DAY)

    def test_is_rejected_with_a_reason_and_submitted_again(
        self, clerk: Staff, finance: Staff
    ) -> None:
        case = submitted(clerk, make_customer())
        with pytest.raises(InvalidInput, match="Say why"):
            reject_case(case_id=case.pk, reason=" ", actor=finance, at=DAY)

        reject_case(case_id=case.pk, reason="The photograph is blurred", actor=finance, at=DAY)
        add_document(
            to=case, kind="identity", content=picture(), name="b.jpg", actor=clerk, at=LATER
        )
        submit_case(case_id=case.pk, actor=clerk, at=LATER)

        case.refresh_from_db()
        assert (case.state, case.decided_by) == ("submitted", None)
        assert verify_case(case_id=case.pk, actor=finance, at=LATER).state == "verified"

    def test_takes_no_documents_while_it_is_decided(self, clerk: Staff) -> None:
        case = submitted(clerk, make_customer())

        with pytest.raises(Refused, match="takes no documents now"):
            add_document(to=case, kind="other", content=paper(), name="x", actor=clerk, at=DAY)

    def test_is_open_once_for_a_person(self, clerk: Staff, finance: Staff) -> None:
        customer = make_customer()
        case = collected(clerk, customer)

        assert open_case(customer_id=customer.pk, actor=clerk, at=DAY) == case
        submit_case(case_id=case.pk, actor=clerk, at=DAY)
        verify_case(case_id=case.pk, actor=finance, at=DAY)
        assert open_case(customer_id=customer.pk, actor=clerk, at=DAY) != case


class TestExpiry:
    def test_comes_with_the_usual_time_or_the_first_paper(
        self, clerk: Staff, finance: Staff
    ) -> None:
        case = collected(clerk, make_customer())
        add_document(
            to=case,
            kind="photograph",
            content=picture(),
            name="p.jpg",
            valid_until=date(2027, 9, 30),
            actor=clerk,
            at=DAY,
        )
        submit_case(case_id=case.pk, actor=clerk, at=DAY)

        assert verify_case(case_id=case.pk, actor=finance, at=DAY).expires_on == date(2027, 9, 30)

    def test_lies_ahead(self, clerk: Staff, finance: Staff) -> None:
        case = submitted(clerk, make_customer())

        with pytest.raises(Refused, match="later day than today"):
            verify_case(case_id=case.pk, expires_on=TODAY, actor=finance, at=DAY)

    def test_is_made_by_the_job_on_its_day_and_reminded_of_before(
        self, clerk: Staff, finance: Staff
    ) -> None:
        case = submitted(clerk, make_customer())
        verify_case(case_id=case.pk, expires_on=date(2027, 4, 1), actor=finance, at=DAY)

        assert age_papers(at=DAY) == []
        assert age_papers(at=DAY + timedelta(days=2)) == [f"{case} ends soon."]
        assert age_papers(at=DAY + timedelta(days=3)) == []
        assert age_papers(at=DAY + timedelta(days=30)) == []
        # 31 March, 18:30 in London, is the first of April in Mumbai.
        assert age_papers(at=DAY + timedelta(days=30, hours=12)) == [f"{case} has run out."]
        case.refresh_from_db()
        assert case.state == KycState.EXPIRED
        assert_sound()

    def test_is_not_made_before_its_day(self, clerk: Staff, finance: Staff) -> None:
        case = verified_kyc(clerk, finance, make_customer())

        with pytest.raises(Refused, match="valid until 01 Mar 2029"):
            transit(KycCase, case.pk, "expire", actor=NIGHT_JOB, at=DAY)

    def test_counts_without_the_job_and_can_be_asked_of_any_day(
        self, clerk: Staff, finance: Staff
    ) -> None:
        customer = make_customer()
        case = submitted(clerk, customer)
        verify_case(case_id=case.pk, expires_on=date(2027, 4, 1), actor=finance, at=DAY)

        def known(on: date) -> bool:
            return queries.verified_kyc(customer.pk, on) is not None

        assert not known(date(2027, 2, 28))
        assert known(TODAY)
        assert known(date(2027, 3, 31))
        assert not known(date(2027, 4, 1))
        assert queries.verified_customers([customer.pk, 999], TODAY) == {customer.pk}
        age_papers(at=DAY + timedelta(days=60))
        assert known(date(2027, 3, 31))


class TestANominee:
    def test_has_a_case_of_their_own(self, clerk: Staff, finance: Staff) -> None:
        customer = make_customer()
        verified_kyc(clerk, finance, customer)
        nominee = name_nominee(
            customer_id=customer.pk, full_name="Ravi Kumar", relationship="son", actor=clerk, at=DAY
        )
        assert queries.verified_nominee(customer.pk, TODAY) is None

        case = open_case(customer_id=customer.pk, nominee_id=nominee.pk, actor=clerk, at=DAY)
        for kind in ("identity", "address"):
            add_document(to=case, kind=kind, content=picture(), name="n.jpg", actor=clerk, at=DAY)
        submit_case(case_id=case.pk, actor=clerk, at=DAY)
        verify_case(case_id=case.pk, actor=finance, at=DAY)

        assert queries.verified_nominee(customer.pk, TODAY) == nominee
        assert case.whose() == "Ravi Kumar"

    def test_is_replaced_by_the_next_with_a_reason(self, clerk: Staff) -> None:
        customer = make_customer()
        asked = {"customer_id": customer.pk, "actor": clerk, "at": DAY}
        first = name_nominee(**asked, full_name="Ravi Kumar", relationship="son")
        case = open_case(**asked, nominee_id=first.pk)
        with pytest.raises(InvalidInput, match="Say why"):
            name_nominee(**asked, full_name="Mina Kumar", relationship="wife")
        with pytest.raises(Conflict):
            name_nominee(**asked, full_name="Ravi Kumar", relationship="son")

        second = name_nominee(
            **asked, full_name="Mina Kumar", relationship="wife", reason="they married"
        )

        first.refresh_from_db()
        assert (first.state, second.state) == ("replaced", "named")
        for kind in ("identity", "address"):
            add_document(to=case, kind=kind, content=picture(), name="n.jpg", actor=clerk, at=DAY)
        with pytest.raises(Refused, match="no longer the nominee"):
            submit_case(case_id=case.pk, actor=clerk, at=DAY)
        with pytest.raises(NotFound):
            open_case(**asked, nominee_id=first.pk)

    def test_is_somebody_else(self, clerk: Staff) -> None:
        customer = make_customer()

        with pytest.raises(InvalidInput, match="own nominee"):
            name_nominee(
                customer_id=customer.pk,
                full_name="asha KUMAR",
                relationship="self",
                actor=clerk,
                at=DAY,
            )


class TestADocument:
    def test_is_opened_by_those_who_may_and_each_view_is_noted(
        self, clerk: Staff, finance: Staff, manager: Staff
    ) -> None:
        document = collected(clerk, make_customer()).documents.first()
        assert document is not None

        for actor in (finance, manager):
            found, content = open_document(document_id=document.pk, actor=actor, at=LATER)
            assert content.startswith(b"\xff\xd8\xff")
            assert found == document
        with pytest.raises(NotPermitted, match="finance manager, operations manager may"):
            open_document(document_id=document.pk, actor=clerk, at=LATER)

        noted = StaffAction.objects.filter(action="viewed document")
        assert set(noted.values_list("staff", "subject")) == {
            (finance.pk, f"document {document.pk}"),
            (manager.pk, f"document {document.pk}"),
        }

    def test_is_the_one_that_was_kept(self, clerk: Staff, finance: Staff) -> None:
        document = collected(clerk, make_customer()).documents.first()
        assert document is not None
        with storages["private"].open(document.key, "wb") as file:
            file.write(b"another")

        with pytest.raises(DocumentGone, match="not the one that was kept"):
            open_document(document_id=document.pk, actor=finance, at=DAY)

    def test_is_handed_in_once(self, clerk: Staff) -> None:
        case = open_case(customer_id=make_customer().pk, actor=clerk, at=DAY)
        sent = picture()
        add_document(to=case, kind="identity", content=sent, name="a.jpg", actor=clerk, at=DAY)

        with pytest.raises(InvalidInput, match="there already"):
            add_document(to=case, kind="address", content=sent, name="b.jpg", actor=clerk, at=DAY)

    def test_is_added_by_customer_service_alone(self, clerk: Staff, finance: Staff) -> None:
        case = open_case(customer_id=make_customer().pk, actor=clerk, at=DAY)

        with pytest.raises(NotPermitted):
            add_document(
                to=case, kind="identity", content=picture(), name="a", actor=finance, at=DAY
            )
        assert not PrivateDocument.objects.exists()

    def test_cannot_be_changed_or_deleted(self, clerk: Staff) -> None:
        document = collected(clerk, make_customer()).documents.first()
        assert document is not None

        for change in ({"sha256": "0" * 64}, {"key": "other"}, {"kind": "other"}):
            with pytest.raises(Exception, match="Cannot update"), transaction.atomic():
                PrivateDocument.objects.filter(pk=document.pk).update(**change)
        with pytest.raises(Exception, match="Cannot delete"), transaction.atomic():
            PrivateDocument.objects.filter(pk=document.pk).delete()

    def test_is_removed_while_it_is_collected(
        self, clerk: Staff, django_capture_on_commit_callbacks: Callable[..., object]
    ) -> None:
        document = collected(clerk, make_customer()).documents.first()
        assert document is not None

        with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]
            remove_document(document_id=document.pk, reason="the wrong person", actor=clerk, at=DAY)

        document.refresh_from_db()
        assert (document.name, document.erased_at) == ("", DAY)
        assert not storages["private"].exists(document.key)

    def test_stays_once_it_was_submitted(self, clerk: Staff) -> None:
        document = submitted(clerk, make_customer()).documents.first()
        assert document is not None

        with pytest.raises(Refused, match="its documents stay"):
            remove_document(document_id=document.pk, reason="oops", actor=clerk, at=DAY)


class TestAnErasure:
    def test_forgets_files_names_and_numbers(
        self,
        clerk: Staff,
        finance: Staff,
        django_capture_on_commit_callbacks: Callable[..., object],
    ) -> None:
        customer = make_customer()
        case = verified_kyc(clerk, finance, customer)
        account = verified_account(clerk, finance, customer)
        nominee = name_nominee(
            customer_id=customer.pk, full_name="Ravi Kumar", relationship="son", actor=clerk, at=DAY
        )
        keys = list(case.documents.values_list("key", flat=True))

        with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]
            erased = erase_papers(customer_id=customer.pk, actor=finance, at=LATER)

        assert erased == 2
        assert not [key for key in keys if storages["private"].exists(key)]
        assert set(case.documents.values_list("name", flat=True)) == {""}
        account.refresh_from_db()
        nominee.refresh_from_db()
        assert (account.holder, account.number, account.last4) == ("Erased", "", "9012")
        assert (nominee.full_name, nominee.phone) == ("Erased", "")
        document = case.documents.first()
        assert document is not None
        with pytest.raises(DocumentGone, match="was erased"):
            open_document(document_id=document.pk, actor=finance, at=LATER)
        assert_sound()
