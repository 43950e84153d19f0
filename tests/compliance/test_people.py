from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from domain.common.errors import Conflict, InvalidInput, NotPermitted, Refused
from domain.common.workflow import draft, transit
from domain.compliance import queries
from domain.compliance.models import BankAccount, TaxIdentity
from domain.compliance.operations.people import end_pan, record_pan, verify_account, verify_pan
from domain.staff.models import Staff
from tests.compliance.factory import (
    DAY,
    PAN,
    TODAY,
    added_account,
    again,
    make_customer,
    verified_account,
    verified_pan,
)
from tests.factories import assert_sound

pytestmark = pytest.mark.django_db


class TestAPan:
    def test_counts_once_a_second_person_verified_it(self, clerk: Staff, finance: Staff) -> None:
        customer = make_customer()
        assert queries.tax_identity_at(customer.pk, TODAY).status == "MISSING"
        given = record_pan(customer_id=customer.pk, pan=" abcpk1234f ", actor=clerk, at=DAY)
        assert queries.tax_identity_at(customer.pk, TODAY).status == "MISSING"

        verify_pan(identity_id=given.pk, actor=finance, at=DAY)

        found = queries.tax_identity_at(customer.pk, TODAY)
        assert (found.pan, found.status, found.holder) == (PAN, "VALID", "INDIVIDUAL")
        assert found.is_valid
        assert_sound()

    def test_counts_from_its_own_day(self, clerk: Staff, finance: Staff) -> None:
        customer = make_customer()
        given = record_pan(
            customer_id=customer.pk, pan=PAN, valid_from=date(2027, 2, 10), actor=clerk, at=DAY
        )
        verify_pan(identity_id=given.pk, actor=finance, at=DAY)

        assert queries.tax_identity_at(customer.pk, date(2027, 2, 9)).status == "MISSING"
        assert queries.tax_identity_at(customer.pk, date(2027, 2, 10)).status == "VALID"

    def test_keeps_its_history(self, clerk: Staff, finance: Staff) -> None:
        customer = make_customer()
        first = verified_pan(clerk, finance, customer)
        later = DAY + timedelta(days=40)
        end_pan(
            identity_id=first.pk,
            ended_on=date(2027, 4, 1),
            reason="Found inoperative",
            actor=finance,
            at=later,
        )
        verified_pan(clerk, finance, customer, "XYZPK9999A", at=later)

        assert queries.tax_identity_at(customer.pk, date(2027, 3, 31)).pan == PAN
        assert queries.tax_identity_at(customer.pk, date(2027, 4, 1)).status == "MISSING"
        assert queries.tax_identity_at(customer.pk, date(2027, 4, 10)).pan == "XYZPK9999A"
        with pytest.raises(Exception, match="Cannot update"), transaction.atomic():
            TaxIdentity.objects.filter(pk=first.pk).update(pan="AAAPA1111A")

    def test_that_is_ill_formed_is_kept_and_never_verified(
        self, clerk: Staff, finance: Staff
    ) -> None:
        customer = make_customer()
        given = record_pan(customer_id=customer.pk, pan="ABCDK1234F", actor=clerk, at=DAY)

        assert queries.tax_identity_at(customer.pk, TODAY).status == "INVALID"
        with pytest.raises(Refused, match="five letters"):
            verify_pan(identity_id=given.pk, actor=finance, at=DAY)
        with pytest.raises(IntegrityError, match="verified_is_valid"), transaction.atomic():
            TaxIdentity.objects.filter(pk=given.pk).update(
                state="verified", verified_by=finance, verified_at=DAY
            )

    def test_is_not_verified_by_who_recorded_it(self, finance: Staff) -> None:
        given = record_pan(customer_id=make_customer().pk, pan=PAN, actor=finance, at=DAY)

        with pytest.raises(Refused, match="You recorded"):
            verify_pan(identity_id=given.pk, actor=finance, at=DAY)
        with pytest.raises(IntegrityError, match="four_eyes"), transaction.atomic():
            TaxIdentity.objects.filter(pk=given.pk).update(state="verified", verified_by=finance)

    def test_warns_of_another_surname_and_of_the_same_number_elsewhere(
        self, clerk: Staff, finance: Staff
    ) -> None:
        other = make_customer()
        verified_pan(clerk, finance, other)
        given = record_pan(customer_id=make_customer("Sharma").pk, pan=PAN, actor=clerk, at=DAY)

        shown = draft([given], "verify", actor=finance, at=DAY).rows[0]

        told = " ".join(preview.sentence for preview in shown.previews)
        assert "not the first of the surname" in told
        assert f"The same PAN is on file for {other}" in told
        assert shown.included

    def test_is_given_once_and_not_for_a_day_to_come(self, clerk: Staff) -> None:
        customer = make_customer()
        record_pan(customer_id=customer.pk, pan=PAN, actor=clerk, at=DAY)

        with pytest.raises(Conflict):
            record_pan(customer_id=customer.pk, pan=PAN.lower(), actor=clerk, at=DAY)
        with pytest.raises(InvalidInput, match="today or an earlier day"):
            record_pan(
                customer_id=customer.pk,
                pan="XYZPK9999A",
                valid_from=TODAY + timedelta(days=1),
                actor=clerk,
                at=DAY,
            )

    def test_is_refused_to_the_others(self, staff_with: Callable[..., Staff]) -> None:
        with pytest.raises(NotPermitted):
            record_pan(customer_id=make_customer().pk, pan=PAN, actor=staff_with(), at=DAY)


class TestABankAccount:
    def test_is_verified_by_a_second_person(self, clerk: Staff, finance: Staff) -> None:
        customer = make_customer()
        account = added_account(clerk, customer)
        assert queries.verified_account(customer.pk) is None

        verify_account(account_id=account.pk, actor=finance, at=DAY)

        assert queries.verified_account(customer.pk) == account
        assert str(account) == "HDFC •••• 9012"
        assert_sound()

    def test_is_never_verified_by_who_added_it(self, finance: Staff) -> None:
        account = added_account(finance, make_customer())

        with pytest.raises(Refused, match="You added this account"):
            verify_account(account_id=account.pk, actor=finance, at=DAY)
        with pytest.raises(IntegrityError, match="four_eyes"), transaction.atomic():
            BankAccount.objects.filter(pk=account.pk).update(
                state="verified", decided_by=finance, decided_at=DAY
            )

    def test_takes_the_place_of_the_one_before(self, clerk: Staff, finance: Staff) -> None:
        customer = make_customer()
        first = verified_account(clerk, finance, customer)
        second = added_account(clerk, customer, "999988887777")

        shown = draft([second], "verify", actor=finance, at=DAY).rows[0]
        verify_account(account_id=second.pk, actor=finance, at=DAY)

        first = again(first)
        assert shown.previews[0].sentence.startswith(f"{first} is closed")
        assert first.state == "closed"
        assert queries.verified_account(customer.pk) == second
        assert_sound()

    def test_warns_of_the_same_number_elsewhere(self, clerk: Staff, finance: Staff) -> None:
        other = make_customer()
        verified_account(clerk, finance, other)
        account = added_account(clerk, make_customer())

        shown = draft([account], "verify", actor=finance, at=DAY).rows[0]

        told = f"The same number is on file for {other} (verified)."
        assert [preview.sentence for preview in shown.previews] == [told]

    def test_keeps_its_number(self, clerk: Staff, finance: Staff) -> None:
        account = verified_account(clerk, finance, make_customer())

        for change in ({"number": "999999999"}, {"ifsc": "ICIC0001234"}, {"holder": "Mallory"}):
            with pytest.raises(Exception, match="Cannot update"), transaction.atomic():
                BankAccount.objects.filter(pk=account.pk).update(**change)

    def test_is_on_file_once(self, clerk: Staff) -> None:
        customer = make_customer()
        added_account(clerk, customer)

        with pytest.raises(Conflict):
            added_account(clerk, customer, "1234 5678 9012")

    def test_may_come_back_after_it_was_closed(self, clerk: Staff, finance: Staff) -> None:
        customer = make_customer()
        account = verified_account(clerk, finance, customer)
        transit(BankAccount, account.pk, "close", actor=clerk, at=DAY, reason="moved bank")

        assert queries.verified_account(customer.pk) is None
        assert verified_account(clerk, finance, customer).pk != account.pk

    def test_names_every_wrong_field(self, clerk: Staff) -> None:
        with pytest.raises(InvalidInput) as refusal:
            added_account(clerk, make_customer(), "12")
        assert set(refusal.value.field_errors) == {"number"}
