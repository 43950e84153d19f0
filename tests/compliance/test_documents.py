from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.files.storage import storages
from django.db import transaction

from domain.common.errors import InvalidInput, NotPermitted, Refused
from domain.common.staff_actions import StaffAction
from domain.compliance.models import PrivateDocument
from domain.compliance.operations.erasing import erase_papers
from domain.compliance.operations.files import (
    DocumentGone,
    add_document,
    open_document,
    remove_document,
)
from domain.compliance.operations.kyc import name_nominee, open_case
from domain.staff.models import Staff
from tests.compliance.factory import (
    DAY,
    again,
    collected,
    make_customer,
    picture,
    submitted,
    verified_account,
    verified_kyc,
)
from tests.factories import assert_sound

pytestmark = pytest.mark.django_db
LATER = DAY + timedelta(hours=1)


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
        account = again(account)
        nominee = again(nominee)
        assert (account.holder, account.number, account.last4) == ("Erased", "", "9012")
        assert (nominee.full_name, nominee.phone) == ("Erased", "")
        document = case.documents.first()
        assert document is not None
        with pytest.raises(DocumentGone, match="was erased"):
            open_document(document_id=document.pk, actor=finance, at=LATER)
        assert_sound()
