from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from domain.common.audit.models import AuditEntry
from domain.common.errors import Conflict, InvalidInput, NotFound, NotPermitted, Refused
from domain.common.workflow import transit
from domain.compliance import queries
from domain.compliance.models import DocumentKind, KycCase, KycState
from domain.compliance.operations.ageing import age_papers
from domain.compliance.operations.files import add_document
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
    again,
    collected,
    make_customer,
    paper,
    picture,
    submitted,
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

        case = again(case)
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
        case = again(case)
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

        first = again(first)
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
