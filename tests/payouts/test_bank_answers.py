"""What the bank says of a batch: as shown, line by line, and money that comes back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.common.errors import Conflict, InvalidInput, Stale
from domain.common.workflow import transit, why_not
from domain.flows.bank_answers import apply_answer, discard_answer, prepare_answer
from domain.ledger.queries import balance
from domain.payouts.models import (
    BankAnswer,
    BatchState,
    Payout,
    PayoutState,
    TaxQuarter,
)
from domain.payouts.operations.challans import confirm_challan
from tests.compliance.factory import verified_account
from tests.network.factory import decide
from tests.payouts.factory import (
    BANK,
    NOON,
    Office,
    answer_file,
    drafted,
    earn,
    fresh,
    reference_of,
    sound,
    wallet,
)

pytestmark = pytest.mark.django_db


def answered(office: Office, *lines: tuple[str, str, str, str]) -> BankAnswer:
    content = answer_file(*lines)
    found = prepare_answer(content=content, file_name="a.csv", actor=office.finance, at=NOON)
    return apply_answer(answer_id=found.pk, digest=found.digest, actor=office.finance, at=NOON)


class TestTheAnswer:
    def test_paid(self, office: Office) -> None:
        payout = office.approved(office.member())
        batch = office.released(payout)
        answered(office, (reference_of(payout), "UTR1", "Success", ""))
        payout = fresh(payout)
        batch = fresh(batch)
        assert (payout.state, payout.utr) == (PayoutState.COMPLETED, "UTR1")
        assert batch.state == BatchState.CLOSED
        assert (balance("2030", "INR"), balance("1000", "INR")) == (0, -9_500_00)
        assert sound()

    def test_failed_takes_everything_back(self, office: Office) -> None:
        member = office.member(50_000_00)
        payout = office.approved(member)
        batch = office.released(payout)
        answered(office, (reference_of(payout), "", "Failed", "account frozen"))
        payout = fresh(payout)
        batch = fresh(batch)
        assert (payout.state, payout.failure) == (PayoutState.FAILED, "account frozen")
        assert batch.state == BatchState.CLOSED
        assert wallet(member) == (50_000_00, 0)
        assert balance("2100", "INR") == 0
        answer = why_not(payout, "resend", actor=office.finance, at=NOON)
        assert "asks for a new payout" in answer.sentence()
        assert sound()

    def test_returned_after_arriving(self, office: Office) -> None:
        member = office.member(50_000_00)
        payout = office.completed(member)
        answered(office, (f"P{payout.pk}-1", "", "Returned", "no such account"))
        payout = fresh(payout)
        assert payout.state == PayoutState.FAILED
        assert wallet(member) == (50_000_00, 0)
        assert balance("1000", "INR") == 0
        assert sound()

    def test_pending_then_paid(self, office: Office) -> None:
        payout = office.approved(office.member())
        office.released(payout)
        answered(office, (reference_of(payout), "", "Pending", ""))
        payout = fresh(payout)
        assert payout.state == PayoutState.UNKNOWN
        assert sound()
        answered(office, (reference_of(payout), "UTR9", "Paid", ""))
        payout = fresh(payout)
        assert payout.state == PayoutState.COMPLETED
        assert sound()

    def test_lines_that_cannot_be_applied(self, office: Office) -> None:
        one, two = office.approved(office.member()), office.approved(office.member())
        done = office.completed(office.member())
        office.released(one, two)
        first, second = reference_of(one), reference_of(two)
        content = answer_file(
            (first, "U1", "paid", ""),
            (first, "U1", "paid", ""),
            (second, "U1", "paid", ""),
            ("P999-1", "U2", "paid", ""),
            (reference_of(done), done.utr or "", "paid", ""),
            (second, "", "maybe", ""),
        )
        answer = prepare_answer(content=content, file_name="a", actor=office.finance, at=NOON)
        told = list(answer.lines.values_list("planned", flat=True))
        assert told == ["complete", "problem", "problem", "problem", "nothing", "problem"]
        apply_answer(answer_id=answer.pk, digest=answer.digest, actor=office.manager, at=NOON)
        one = fresh(one)
        two = fresh(two)
        assert (one.state, two.state) == (PayoutState.COMPLETED, PayoutState.PROCESSING)
        assert sound()

    def test_is_applied_as_shown_or_not_at_all(self, office: Office) -> None:
        payout = office.approved(office.member())
        office.released(payout)
        content = answer_file((reference_of(payout), "U1", "paid", ""))
        answer = prepare_answer(content=content, file_name="a", actor=office.finance, at=NOON)
        with pytest.raises(Conflict, match="not read twice"):
            prepare_answer(content=content, file_name="b", actor=office.finance, at=NOON)
        with pytest.raises(Stale):
            apply_answer(answer_id=answer.pk, digest="x", actor=office.finance, at=NOON)
        transit(Payout, payout.pk, "lose", actor=BANK, at=NOON, params={"failure": "silence"})
        apply_answer(answer_id=answer.pk, digest=answer.digest, actor=office.finance, at=NOON)
        assert "Not applied" in answer.lines.get().result
        payout = fresh(payout)
        assert payout.state == PayoutState.UNKNOWN

    def test_discarded_it_may_come_again(self, office: Office) -> None:
        payout = office.approved(office.member())
        office.released(payout)
        content = answer_file((reference_of(payout), "U1", "paid", ""))
        answer = prepare_answer(content=content, file_name="a", actor=office.finance, at=NOON)
        discard_answer(answer_id=answer.pk, actor=office.finance, at=NOON)
        again = prepare_answer(content=content, file_name="a", actor=office.finance, at=NOON)
        assert again.pk != answer.pk

    @pytest.mark.parametrize(
        ("content", "says"),
        [
            (b"", "no column reference"),
            (b"\xff\xfe", "not text"),
            (b"reference,status\r\n", "no line"),
            (b"reference;status\r\na;paid\r\n", "no column"),
            (b"reference,status\r\n" + b"a,paid\r\n" * 5_001, "more than 5,000"),
            (b"x" * (2 * 1024 * 1024 + 1), "larger than 2 MiB"),
            (b"reference,status\r\na,\x00paid\r\n", "not text"),
        ],
    )
    def test_a_file_that_is_none(self, office: Office, content: bytes, says: str) -> None:
        with pytest.raises(InvalidInput, match=says):
            prepare_answer(content=content, file_name="a", actor=office.finance, at=NOON)


def test_tax_in_a_challan_stands(office: Office) -> None:
    """Y8: only the bank's part comes back, and is sent again without new tax."""
    member = office.member(50_000_00)
    payout = office.completed(member)
    challan = drafted(office)
    confirm_challan(challan_id=challan.pk, actor=office.manager, at=NOON)
    assert balance("2100", "INR") == 0
    answered(office, (f"P{payout.pk}-1", "", "Returned", "closed"))
    payout = fresh(payout)
    assert payout.bank_part_held
    assert wallet(member) == (40_000_00, 9_500_00)
    assert sound()
    again = transit(Payout, payout.pk, "resend", actor=office.finance, at=NOON).subject
    office.released(again)
    answered(office, (f"P{payout.pk}-2", "U2", "Paid", ""))
    again = fresh(again)
    assert (again.state, again.tds_cents) == (PayoutState.COMPLETED, 500_00)
    assert again.tax_records.count() == 1
    assert sound()


def test_another_rate_tomorrow_changes_nothing_done(office: Office) -> None:
    member = office.member()
    payout = office.approved(member)
    at = NOON + timedelta(days=1)
    decide("tds.rate_bps", 200, at=at, by=office.finance, approver=office.manager)
    payout = fresh(payout)
    assert payout.tds_cents == 500_00
    earn(member, 100_00, at=at)
    assert office.approved(member, at=at + timedelta(hours=1)).tds_cents == 200_00
    assert sound()


def test_a_new_account_takes_what_came_back(office: Office) -> None:
    member = office.member()
    payout = office.completed(member)
    TaxQuarter.objects.update(state="locked")
    answered(office, (f"P{payout.pk}-1", "", "Returned", "closed"))
    other = verified_account(office.papers, office.finance, member.customer, "7777777777")
    again = transit(Payout, payout.pk, "resend", actor=office.finance, at=NOON).subject
    assert again.bank_account == other
    batch = office.released(again)
    assert b"7777777777" in bytes(batch.file or b"")
