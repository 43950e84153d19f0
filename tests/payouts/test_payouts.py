"""A payout from the request to the bank's answer, with its books, tax and refusals."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from hashlib import sha256
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from domain.common.errors import Conflict, InvalidInput, NotPermitted, Refused
from domain.common.settings.definitions import DEFINITIONS
from domain.common.settings.operations import propose_setting
from domain.common.workflow import transit, why_not
from domain.compliance.models import BankAccount
from domain.ledger.models import Entry
from domain.ledger.queries import balance
from domain.network.models import Member
from domain.payouts.bank_files import COLUMNS
from domain.payouts.models import (
    Payout,
    PayoutBatch,
    PayoutState,
    TaxRecord,
)
from domain.payouts.operations.batches import (
    discard_batch,
    make_batch,
    make_file,
    ready_to_go,
    release_batch,
)
from domain.payouts.operations.requests import hold_payout, let_go, request_payout
from domain.payouts.queries.gates import risks_of
from domain.payouts.queries.worksheets import worksheet_of
from tests.network.factory import decide
from tests.payouts.factory import (
    NOON,
    Office,
    fresh,
    sound,
    wallet,
)

pytestmark = pytest.mark.django_db


def close(office: Office, account: BankAccount) -> None:
    transit(BankAccount, account.pk, "close", actor=office.papers, at=NOON, reason="moved")


class TestAsking:
    def test_holds_the_gross(self, office: Office) -> None:
        member = office.member(50_000_00)
        payout = office.requested(member, 10_000_00)
        assert payout.state == PayoutState.REQUESTED
        assert wallet(member) == (40_000_00, 10_000_00)
        assert Entry.objects.get(key=f"payout:{payout.pk}:request").event == "payout.requested"
        assert sound()

    def test_needs_the_minimum_and_the_money(self, office: Office) -> None:
        member = office.member(1_000_00)
        with pytest.raises(InvalidInput, match="At least ₹500"):
            office.requested(member, 499_99)
        with pytest.raises(InvalidInput, match="₹1,000"):
            office.requested(member, 1_000_01)
        office.requested(member, 1_000_00)
        with pytest.raises(InvalidInput, match="₹0"):
            office.requested(member, 500_00)

    def test_needs_papers_and_an_account(self, office: Office) -> None:
        member = office.member()
        close(office, member.customer.bank_accounts.get())
        with pytest.raises(Refused, match="No bank account is verified"):
            office.requested(member)
        Member.objects.filter(pk=member.pk).update(agreement_signed_on=None)
        with pytest.raises(Refused, match="agreement is not signed"):
            office.requested(member)

    def test_a_form_sent_twice_asks_once(self, office: Office) -> None:
        member, key = office.member(), uuid4()
        asked = {"member_id": member.pk, "amount_cents": 600_00, "form_key": key}
        first = request_payout(**asked, actor=office.clerk, at=NOON)
        assert request_payout(**asked, actor=office.clerk, at=NOON).pk == first.pk
        with pytest.raises(Conflict, match="other figures"):
            request_payout(**asked | {"amount_cents": 700_00}, actor=office.clerk, at=NOON)
        assert wallet(member)[1] == 600_00

    def test_needs_the_right(self, office: Office) -> None:
        member = office.member()
        with pytest.raises(NotPermitted, match="customer service"):
            request_payout(member_id=member.pk, amount_cents=600_00, actor=office.finance, at=NOON)


class TestDeciding:
    def test_approval_withholds_and_fixes_the_figures(self, office: Office) -> None:
        member = office.member()
        payout = office.approved(member, 10_000_00)
        figures = (payout.taxable_cents, payout.tds_cents, payout.emi_cents, payout.bank_cents)
        assert figures == (10_000_00, 500_00, 0, 9_500_00)
        row = payout.tax_records.get()
        assert (row.base_cents, row.tds_cents, row.rate_bps) == (10_000_00, 500_00, 500)
        assert (row.year, row.quarter, row.payment_code) == (2026, 4, "1006")
        assert row.rules["tds.rate_bps"] == 500
        assert balance("2100", "INR") == 500_00
        assert balance("2030", "INR") == 9_500_00
        assert wallet(member) == (40_000_00, 0)
        assert sound()

    def test_a_worksheet_is_there_before(self, office: Office) -> None:
        payout = office.requested(office.member(), 10_000_00)
        sheet = worksheet_of(payout, NOON)
        assert (sheet.figures.tds_cents, sheet.figures.bank_cents) == (500_00, 9_500_00)
        assert not TaxRecord.objects.exists()

    def test_without_a_pan_a_fifth_is_withheld(self, office: Office) -> None:
        payout = office.approved(office.member(pan=False), 10_000_00)
        assert payout.tds_cents == 2_000_00
        assert payout.tax_records.get().remark == "C"

    def test_the_requester_does_not_decide(self, office: Office) -> None:
        payout = office.requested(office.member())
        Payout.objects.filter(pk=payout.pk).update(requested_by=office.finance)
        with pytest.raises(Refused, match="somebody else"):
            office.approve(payout)
        figures = {"taxable_cents": 0, "tds_cents": 0, "emi_cents": 0, "shortfall_cents": 0}
        decided = {"approved_by": office.finance, "approved_at": NOON, "state": "approved"}
        whole = {"bank_cents": payout.amount_cents}
        with pytest.raises(IntegrityError, match="payout_four_eyes"), transaction.atomic():
            Payout.objects.filter(pk=payout.pk).update(**decided, **figures, **whole)

    def test_nor_who_entered_the_account(self, office: Office) -> None:
        payout = office.requested(office.member())
        account = payout.bank_account
        type(account).objects.filter(pk=account.pk).update(
            added_by=office.manager, decided_by=office.papers
        )
        answer = why_not(fresh(payout), "approve", actor=office.manager, at=NOON)
        assert "entered the bank account" in answer.sentence()

    def test_above_the_limit_two_decide(self, office: Office) -> None:
        payout = office.requested(office.member(3_00_000_00), 1_00_000_01)
        with pytest.raises(Refused, match="needs a first approval"):
            office.approve(payout)
        transit(Payout, payout.pk, "endorse", actor=office.finance, at=NOON)
        with pytest.raises(Refused, match="another person gives the second"):
            office.approve(payout)
        done = transit(Payout, payout.pk, "approve", actor=office.manager, at=NOON).subject
        assert (done.first_approved_by, done.approved_by) == (office.finance, office.manager)
        assert sound()

    def test_held_it_goes_nowhere(self, office: Office) -> None:
        payout = office.requested(office.member())
        hold_payout(payout_id=payout.pk, reason="called back", actor=office.finance, at=NOON)
        with pytest.raises(Refused, match="called back"):
            office.approve(payout)
        let_go(payout_id=payout.pk, reason="spoke to her", actor=office.finance, at=NOON)
        assert office.approve(payout).state == PayoutState.APPROVED

    def test_rejected_all_of_it_is_back(self, office: Office) -> None:
        member = office.member(50_000_00)
        asked = office.requested(member)
        transit(Payout, asked.pk, "reject", actor=office.finance, at=NOON, reason="doubtful")
        approved = office.approved(member)
        transit(Payout, approved.pk, "reject", actor=office.finance, at=NOON, reason="doubtful")
        assert wallet(member) == (50_000_00, 0)
        assert sum(row.tds_cents for row in approved.tax_records.all()) == 0
        assert approved.tax_records.count() == 2
        assert (balance("2100", "INR"), balance("2030", "INR")) == (0, 0)
        assert sound()

    def test_what_asks_for_a_second_look(self, office: Office) -> None:
        member = office.member(pan=False)
        office.requested(member)
        again = office.requested(member)
        failed = {check.name for check in risks_of(again, NOON) if not check.passed}
        assert failed == {"PAN valid", "Bank account settled", "No duplicate", "Paid before"}
        later = NOON + timedelta(days=31)
        failed = {check.name for check in risks_of(again, later) if not check.passed}
        assert "Bank account settled" not in failed

    def test_an_account_closed_meanwhile_stops_it(self, office: Office) -> None:
        member = office.member()
        payout = office.requested(member)
        close(office, payout.bank_account)
        with pytest.raises(Refused, match="is closed since it was asked for"):
            office.approve(payout)


class TestBatches:
    def test_a_file_is_made_once(self, office: Office) -> None:
        member = office.member()
        payout = office.approved(member)
        account = payout.bank_account
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            cursor.execute(
                "UPDATE domain_bankaccount SET holder = '=cmd|x' WHERE id = %s", [account.pk]
            )
            cursor.execute("SET session_replication_role = default")
        batch = make_batch(actor=office.finance, at=NOON)
        batch = make_file(batch_id=batch.pk, actor=office.finance, at=NOON)
        content = bytes(PayoutBatch.objects.get(pk=batch.pk).file or b"")
        assert sha256(content).hexdigest() == batch.sha256
        row = next(csv.DictReader(io.StringIO(content.decode())))
        assert (row["amount"], row["beneficiary"]) == ("9500.00", "'=cmd|x")
        assert row["account_number"] == account.number
        with pytest.raises(IntegrityError, match="made once"), transaction.atomic():
            PayoutBatch.objects.filter(pk=batch.pk).update(file=b"other")

    def test_has_the_columns_in_force_when_its_batch_was_made(self, office: Office) -> None:
        office.approved(office.member())
        definition = DEFINITIONS["payout.bank_columns"]
        assert set(definition.choices) == set(COLUMNS)
        chosen = ["amount", "account_number", "ifsc", "reference"]
        # Money of that day is not decided by what somebody proposes later.
        proposed = definition.value_of(chosen)
        decide(definition.name, proposed, at=NOON, by=office.finance, approver=office.manager)
        batch = make_batch(actor=office.finance, at=NOON)
        batch = make_file(batch_id=batch.pk, actor=office.finance, at=NOON)
        assert bytes(batch.file or b"").splitlines()[0] == b"amount,account_number,ifsc,reference"

    @pytest.mark.parametrize(
        ("value", "says"), [(5, "cannot be left out"), (11345, "once"), (1304, "Each digit")]
    )
    def test_columns_that_no_bank_can_use_are_refused(
        self, office: Office, value: int, says: str
    ) -> None:
        with pytest.raises(InvalidInput, match=says):
            propose_setting(
                name="payout.bank_columns",
                value=value,
                valid_from=NOON,
                reason="another bank",
                actor=office.finance,
                at=NOON,
            )

    def test_another_person_releases(self, office: Office) -> None:
        payout = office.approved(office.member())
        batch = make_batch(actor=office.finance, at=NOON)
        make_file(batch_id=batch.pk, actor=office.finance, at=NOON)
        with pytest.raises(NotPermitted, match="operations manager may"):
            release_batch(batch_id=batch.pk, actor=office.finance, at=NOON)
        PayoutBatch.objects.filter(pk=batch.pk).update(made_by=office.manager)
        with pytest.raises(Refused, match="You made this batch"):
            release_batch(batch_id=batch.pk, actor=office.manager, at=NOON)
        PayoutBatch.objects.filter(pk=batch.pk).update(made_by=office.finance)
        release_batch(batch_id=batch.pk, actor=office.manager, at=NOON)
        payout = fresh(payout)
        assert payout.state == PayoutState.PROCESSING
        assert sound()

    def test_a_payout_held_meanwhile_stops_the_release(self, office: Office) -> None:
        payout = office.approved(office.member())
        batch = make_batch(actor=office.finance, at=NOON)
        make_file(batch_id=batch.pk, actor=office.finance, at=NOON)
        hold_payout(payout_id=payout.pk, reason="wait", actor=office.finance, at=NOON)
        with pytest.raises(Refused, match="may not go now"):
            release_batch(batch_id=batch.pk, actor=office.manager, at=NOON)
        discard_batch(batch_id=batch.pk, reason="held", actor=office.finance, at=NOON)
        let_go(payout_id=payout.pk, reason="fine", actor=office.finance, at=NOON)
        assert [each.pk for each in ready_to_go()] == [payout.pk]
        office.released(payout)
        assert sound()

    def test_a_payout_is_in_one_batch(self, office: Office) -> None:
        payout = office.approved(office.member())
        make_batch(actor=office.finance, at=NOON)
        with pytest.raises(Refused, match="it is in Payout batch"):
            make_batch(payout_ids=[payout.pk], actor=office.finance, at=NOON)
        with pytest.raises(InvalidInput, match="No payout is ready"):
            make_batch(actor=office.finance, at=NOON)
        with pytest.raises(Refused, match="take it out of that first"):
            transit(Payout, payout.pk, "reject", actor=office.manager, at=NOON, reason="no")
