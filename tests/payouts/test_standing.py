"""Payouts of members who were terminated or have died: who is paid, and what says why not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from domain.common.errors import Refused
from domain.common.workflow import transit, why_not
from domain.compliance.models import BankAccount
from domain.network.models import Member
from domain.network.operations.members import clear_wallet, report_death, terminate
from domain.network.operations.transmissions import approve_transmission, request_transmission
from domain.payouts.models import Payout, PayoutState
from domain.payouts.operations.batches import make_batch, make_file, ready_to_go, release_batch
from domain.payouts.queries.gates import gates_for
from tests.compliance.factory import nominee_verified
from tests.network.test_members import account_of
from tests.payouts.factory import NOON, Office, fresh, sound

pytestmark = pytest.mark.django_db
type End = Callable[[Office, Member], object]


def terminated(office: Office, member: Member) -> None:
    terminate(member_id=member.pk, reason="left", actor=office.manager, at=NOON)


def died(office: Office, member: Member) -> None:
    told = {"died_on": date(2027, 2, 20), "reason": "certificate 12/2027"}
    report_death(member_id=member.pk, **told, actor=office.manager, at=NOON)


def to_the_nominee(office: Office, member: Member) -> BankAccount:
    """The wallet goes to a verified nominee, into an account of theirs."""
    for account in member.customer.bank_accounts.filter(state="verified"):
        transit(BankAccount, account.pk, "close", actor=office.papers, at=NOON, reason="died")
    nominee = nominee_verified(office.papers, office.finance, member.customer)
    account_of(member, nominee.full_name, office.papers, office.finance)
    asked = request_transmission(member_id=member.pk, reason="seen", actor=office.manager, at=NOON)
    approve_transmission(transmission_id=asked.pk, actor=office.finance, at=NOON)
    return BankAccount.objects.get(customer=member.customer, state="verified")


ENDS = pytest.mark.parametrize(
    ("end", "sentence"), [(terminated, "has not been cleared"), (died, "the wallet is frozen")]
)


@ENDS
def test_nothing_is_asked_for(office: Office, end: End, sentence: str) -> None:
    member = office.member()
    end(office, member)
    with pytest.raises(Refused, match=sentence):
        office.requested(fresh(member))


@ENDS
def test_what_was_asked_for_is_not_approved(office: Office, end: End, sentence: str) -> None:
    payout = office.requested(office.member())
    end(office, payout.member)
    answer = why_not(fresh(payout), "approve", actor=office.finance, at=NOON)
    assert sentence in answer.sentence()


@ENDS
def test_what_was_approved_goes_into_no_batch(office: Office, end: End, sentence: str) -> None:
    payout, other = office.approved(office.member()), office.approved(office.member())
    end(office, payout.member)
    assert list(ready_to_go()) == [other]
    with pytest.raises(Refused, match=sentence):
        make_batch(payout_ids=[payout.pk], actor=office.finance, at=NOON)


@ENDS
def test_a_batch_made_before_is_not_released(office: Office, end: End, sentence: str) -> None:
    payout = office.approved(office.member())
    batch = make_batch(payout_ids=[payout.pk], actor=office.finance, at=NOON)
    make_file(batch_id=batch.pk, actor=office.finance, at=NOON)
    end(office, payout.member)
    with pytest.raises(Refused, match=sentence):
        release_batch(batch_id=batch.pk, actor=office.manager, at=NOON)


def test_a_cleared_wallet_is_paid(office: Office) -> None:
    payout = office.approved(office.member())
    terminated(office, payout.member)
    clear_wallet(member_id=payout.member_id, reason="nothing owed", actor=office.finance, at=NOON)
    assert list(ready_to_go()) == [payout]
    office.released(payout)
    assert fresh(payout).state == PayoutState.PROCESSING


def test_the_nominee_is_asked_for_and_paid_in_the_members_place(office: Office) -> None:
    payout = office.approved(office.member(20_000_00))
    member = payout.member
    died(office, member)
    account = to_the_nominee(office, member)
    member = fresh(member)
    # What was approved for the dead member's own account does not leave for it.
    assert list(ready_to_go()) == []
    with pytest.raises(Refused, match="ask anew for the nominee"):
        make_batch(payout_ids=[payout.pk], actor=office.finance, at=NOON)
    transit(Payout, payout.pk, "reject", actor=office.manager, at=NOON, reason="died")
    # The member's own KYC may end; the nominee's counts.
    later = NOON + timedelta(days=40)
    again = office.requested(member, 5_000_00, at=later)
    assert again.bank_account == account
    office.released(office.approve(again, at=later), at=later)
    assert sound()


def test_a_nominee_whose_papers_ended_is_not_paid(office: Office) -> None:
    member = office.member()
    died(office, member)
    account = to_the_nominee(office, member)
    far = NOON + timedelta(days=365 * 3)
    told = [check.sentence for check in gates_for(fresh(member), far) if not check.passed]
    assert any("who receives the wallet" in sentence for sentence in told)
    transit(BankAccount, account.pk, "close", actor=office.papers, at=NOON, reason="moved")
    told = [check.sentence for check in gates_for(fresh(member), NOON) if not check.passed]
    assert len(told) == 1
    assert "is closed" in told[0]
