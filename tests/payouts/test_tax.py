"""The register of tax, its quarters, challans, certificates and papers."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from domain.common.errors import Conflict, InvalidInput, Refused
from domain.common.issuer import issuer
from domain.common.workflow import transit, why_not
from domain.compliance.operations.people import record_pan, verify_pan
from domain.ledger.queries import balance
from domain.payouts.member_statement import member_statement
from domain.payouts.models import Challan, Payout, TaxQuarter, TaxRecord
from domain.payouts.operations.certificates import (
    add_certificate,
    verify_certificate,
    withdraw_certificate,
)
from domain.payouts.operations.challans import confirm_challan, discard_challan, draft_challan
from domain.payouts.operations.quarters import correct_quarter, file_quarter, lock_quarter
from domain.payouts.queries.challans import owing
from domain.payouts.queries.register import quarter_sums
from domain.payouts.queries.yearly import member_years
from domain.payouts.rules.tax import TaxRules, YearSoFar, assess
from domain.payouts.statements import statement_of
from tests.network.factory import decide, run_sql
from tests.payouts.factory import NOON, SECTION, Office, drafted, earn, fresh, on, sound

MARCH, APRIL = date(2027, 3, 1), on(date(2027, 4, 2))


def lines_of(content: bytes, kind: str) -> list[list[str]]:
    return [row for row in csv.reader(io.StringIO(content.decode())) if row and row[0] == kind]


@pytest.mark.django_db
class TestChallans:
    def test_cover_what_is_owed_and_post_it(self, office: Office) -> None:
        office.approved(office.member())
        office.approved(office.member(), 20_000_00)
        (owed,) = owing()
        assert (owed.tds_cents, owed.deductions, owed.due_by) == (1_500_00, 2, date(2027, 4, 30))
        challan = drafted(office, interest_cents=15_00)
        assert owing() == []
        Challan.objects.filter(pk=challan.pk).update(drafted_by=office.manager)
        with pytest.raises(Refused, match="You drafted"):
            confirm_challan(challan_id=challan.pk, actor=office.manager, at=NOON)
        Challan.objects.filter(pk=challan.pk).update(drafted_by=office.finance)
        confirm_challan(challan_id=challan.pk, actor=office.manager, at=NOON)
        assert balance("2100", "INR") == 0
        assert balance("5040", "INR") == 15_00
        assert balance("1000", "INR") == -1_515_00
        assert sound()

    def test_a_deduction_is_in_one(self, office: Office) -> None:
        office.approved(office.member())
        first = drafted(office)
        with pytest.raises(Conflict, match="on file"):
            drafted(office)
        with pytest.raises(InvalidInput, match="No tax of March"):
            drafted(office, "00002")
        discard_challan(challan_id=first.pk, reason="wrong", actor=office.finance, at=NOON)
        assert drafted(office).tds_cents == 500_00

    def test_covers_what_was_withheld_up_to_its_day(self, office: Office) -> None:
        office.approved(office.member())
        later = on(date(2027, 3, 3))
        office.approved(office.member(at=later), at=later)
        assert drafted(office).tds_cents == 500_00
        assert [each.tds_cents for each in owing()] == [500_00]

    def test_says_what_is_wrong(self, office: Office) -> None:
        with pytest.raises(InvalidInput) as refused:
            draft_challan(
                month=MARCH,
                **SECTION,
                bsr_code="12",
                serial="x",
                deposited_on=date(2027, 3, 2),
                interest_cents=-1,
                actor=office.finance,
                at=NOON,
            )
        wrong = {"bsr_code", "serial", "deposited_on", "interest"}
        assert set(refused.value.field_errors) == wrong

    def test_while_drafted_the_tax_stands(self, office: Office) -> None:
        payout = office.approved(office.member())
        drafted(office)
        answer = why_not(payout, "reject", actor=office.manager, at=NOON)
        assert "in a challan" in answer.sentence()


@pytest.mark.django_db
class TestQuarters:
    def quarter(self, office: Office) -> TaxQuarter:
        office.completed(office.member())
        return TaxQuarter.objects.get()

    def test_from_open_to_corrected(self, office: Office) -> None:
        member = office.member(pan=False)
        office.completed(member)
        quarter = TaxQuarter.objects.get()
        asked = {"quarter_id": quarter.pk}
        with pytest.raises(Refused, match="ends on 31 Mar 2027"):
            lock_quarter(**asked, actor=office.finance, at=NOON)
        lock_quarter(**asked, actor=office.finance, at=APRIL)
        with pytest.raises(Refused, match="not deposited yet"):
            file_quarter(**asked, acknowledgement="A1", actor=office.manager, at=APRIL)
        confirm_challan(challan_id=drafted(office).pk, actor=office.manager, at=APRIL)
        with pytest.raises(Refused, match="Give its number"):
            file_quarter(**asked, acknowledgement=" ", actor=office.manager, at=APRIL)
        file_quarter(**asked, acknowledgement="A1", actor=office.manager, at=APRIL)
        filed = bytes(quarter.statements.get().content)
        assert lines_of(filed, "DEDUCTION")[0][2] == "PANNOTAVBL"
        assert lines_of(filed, "TOTAL") == [["TOTAL", "1", "10000.00", "2000.00"]]
        given = record_pan(
            customer_id=member.pk,
            pan="ABCPR9999F",
            actor=office.papers,
            at=APRIL,
        )
        verify_pan(identity_id=given.pk, actor=office.finance, at=APRIL)
        correct_quarter(**asked, acknowledgement="A2", reason="PAN", actor=office.manager, at=APRIL)
        newest = quarter.statements.first()
        assert newest is not None
        assert lines_of(bytes(newest.content), "DEDUCTION")[0][2] == "ABCPR9999F"
        assert quarter.statements.count() == 2
        assert fresh(quarter).acknowledgement == "A2"
        assert sound()

    def test_nothing_is_dated_into_a_locked_one(self, office: Office) -> None:
        quarter = self.quarter(office)
        lock_quarter(quarter_id=quarter.pk, actor=office.finance, at=APRIL)
        payout = office.requested(office.member())
        with pytest.raises(Refused, match="nothing is dated there"):
            office.approve(payout, at=NOON)
        row = TaxRecord.objects.get()
        row.pk = None
        row.source, row.payout = "test", None
        with pytest.raises(IntegrityError, match="is locked"), transaction.atomic():
            row.save(force_insert=True)
        assert office.approve(payout, at=APRIL).deducted_on == date(2027, 4, 2)

    def test_the_register_must_be_the_ledger(self, office: Office) -> None:
        quarter = self.quarter(office)
        run_sql("UPDATE domain_taxrecord SET tds_cents = 1")
        assert quarter_sums(2026, 4).differ_cents == 1 - 500_00
        with pytest.raises(Refused, match="the ledger ₹500"):
            lock_quarter(quarter_id=quarter.pk, actor=office.finance, at=APRIL)

    def test_a_return_after_the_year_is_dated_into_it(self, office: Office) -> None:
        payout = office.approved(office.member())
        transit(Payout, payout.pk, "reject", actor=office.manager, at=APRIL, reason="late")
        back = payout.tax_records.get(reverses__isnull=False)
        assert back.deducted_on == date(2027, 3, 31)
        assert quarter_sums(2026, 4).register_cents == 0
        assert sound()


@pytest.mark.django_db
class TestCertificates:
    def entered(self, office: Office, member_id: int, limit: int = 15_000_00) -> int:
        certificate = add_certificate(
            member_id=member_id,
            number="ldc 12",
            rate_bps=100,
            valid_from=MARCH,
            valid_to=date(2027, 3, 31),
            limit_cents=limit,
            actor=office.finance,
            at=NOON,
        )
        assert certificate.number == "LDC12"
        return certificate.pk

    def test_lowers_the_rate_up_to_its_limit(self, office: Office) -> None:
        member = office.member()
        pk = self.entered(office, member.pk)
        assert office.approved(member).tds_cents == 500_00
        verify_certificate(certificate_id=pk, actor=office.manager, at=NOON)
        assert office.approved(member).tds_cents == 100_00
        mixed = office.approved(member)
        told = mixed.tax_records.order_by("part").values_list("liable_cents", "tds_cents", "remark")
        assert list(told) == [(5_000_00, 50_00, "A"), (5_000_00, 250_00, "")]
        assert sound()

    def test_withdrawn_it_counts_no_more(self, office: Office) -> None:
        member = office.member()
        pk = self.entered(office, member.pk)
        verify_certificate(certificate_id=pk, actor=office.manager, at=NOON)
        withdraw_certificate(certificate_id=pk, reason="ended", actor=office.manager, at=NOON)
        assert office.approved(member).tds_cents == 500_00

    def test_what_comes_back_frees_the_limit(self, office: Office) -> None:
        member = office.member()
        pk = self.entered(office, member.pk, 10_000_00)
        verify_certificate(certificate_id=pk, actor=office.manager, at=NOON)
        payout = office.approved(member)
        transit(Payout, payout.pk, "reject", actor=office.manager, at=NOON, reason="no")
        assert office.approved(member).tds_cents == 100_00
        assert sound()


@pytest.mark.django_db
class TestPapers:
    def test_the_form_follows_the_day(self, office: Office) -> None:
        old = TaxQuarter(year=2025, number=4, starts_on=date(2026, 1, 1), ends_on=date(2026, 3, 31))
        new = TaxQuarter(year=2026, number=1, starts_on=date(2026, 4, 1), ends_on=date(2026, 6, 30))
        assert statement_of(old, NOON).form == "26Q"
        assert statement_of(new, NOON).form == "140"

    def test_the_members_paper(self, office: Office) -> None:
        member = office.member()
        office.approved(member)
        content = member_statement(member, 2026, NOON)
        text = " ".join(PdfReader(io.BytesIO(content)).pages[0].extract_text().split())
        assert "not a certificate" in text
        assert f"{issuer().name} {issuer().address} {issuer().tax_numbers}" in text
        assert "500.00" in text
        assert "ABCPR" not in text

    def test_the_gap_to_published_law(self, office: Office) -> None:
        member = office.member(3_00_000_00)
        office.approved(member, 10_000_00)
        (row,) = member_years(2026)
        # By the law the credit counts, paid out or not: beyond 20,000 all of it, at 2 %.
        assert (row.credited_cents, row.paid_cents) == (3_00_000_00, 10_000_00)
        assert (row.tds_cents, row.law_cents, row.near_threshold) == (500_00, 6_000_00, False)
        office.approved(member, 20_000_00)
        (row,) = member_years(2026)
        assert (row.paid_cents, row.law_cents) == (30_000_00, 6_000_00)
        assert row.gap_cents == 6_000_00 - 1_500_00

    def test_who_was_credited_and_not_paid_is_in_the_gap(self, office: Office) -> None:
        member = office.member(19_000_00)
        (row,) = member_years(2026)
        assert (row.member.pk, row.law_cents, row.near_threshold) == (member.pk, 0, True)
        earn(member, 1_000_01)
        (row,) = member_years(2026)
        assert (row.law_cents, row.gap_cents) == (400_00, 400_00)

    def test_a_threshold_is_crossed_over_payouts(self, office: Office) -> None:
        decide("tds.threshold", 20_000_00, at=NOON, by=office.finance, approver=office.manager)
        later = NOON + timedelta(hours=1)
        member = office.member(1_00_000_00)
        first = office.approved(member, 15_000_00, at=later)
        second = office.approved(member, 10_000_00, at=later)
        assert (first.tds_cents, second.tds_cents) == (0, 1_250_00)
        assert first.tax_records.get().remark == "Y"
        assert sound()


@given(
    parts=st.lists(st.integers(1, 90_000_00), min_size=1, max_size=8),
    threshold=st.sampled_from([0, 20_000_00]),
    rounding=st.sampled_from(["RUPEE_HALF_UP", "PAISA"]),
    mode=st.sampled_from(["CATCH_UP", "EXCESS_ONLY"]),
    scope=st.sampled_from(["NONE", "YEAR"]),
)
@settings(max_examples=50, deadline=None)
def test_any_split_bears_the_same_tax(
    parts: list[int], threshold: int, rounding: str, mode: str, scope: str
) -> None:
    """Where no credit is too small to bear its tax, the year's tax rests on the year's sum."""
    rules = TaxRules(
        threshold_cents=threshold, rounding=rounding, threshold_mode=mode, ceiling_scope=scope
    )
    paid = liable = tds = owed = 0
    for part in parts:
        year = YearSoFar(paid, liable, tds, {rules.rate_bps: liable})
        tax = assess(part, rules, year)
        paid, liable = paid + part, liable + tax.liable_cents
        tds, owed = tds + tax.tds_cents, owed + tax.shortfall_cents
    whole = assess(sum(parts), rules, YearSoFar())
    assert liable == whole.liable_cents
    if scope == "NONE" or not owed:
        assert tds + owed == whole.tds_cents
