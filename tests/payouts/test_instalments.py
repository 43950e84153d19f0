"""Instalments filled from a payout, and emptied when it comes back."""

from __future__ import annotations

import pytest

from domain.common.workflow import transit
from domain.ledger.queries import balance
from domain.payouts.models import Payout, PayoutState
from tests.network.factory import decide, run_sql
from tests.payouts.factory import NOON, Office, fresh, sound, wallet
from tests.payouts.test_integrity import broken
from tests.vehicles.factory import active, rows, told

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shop")]


@pytest.fixture
def everything(office: Office) -> None:
    """Payouts fill all that is outstanding, not only what is due."""
    choice = "ALL_OUTSTANDING"
    by, approver = office.finance, office.manager
    decide("emi.autofill_scope", choice, at=NOON, by=by, approver=approver)


@pytest.mark.usefixtures("everything")
class TestAllOutstanding:
    def test_tax_first_then_the_oldest_instalment(self, office: Office) -> None:
        member = office.member(50_000_00)
        booking = active(customer_id=member.pk, at=NOON)
        each = rows(booking)[0].amount_cents
        payout = office.approve(office.requested(member, 10_000_00, autofill=True))
        assert (payout.tds_cents, payout.emi_cents, payout.bank_cents) == (500_00, 9_500_00, 0)
        assert fresh(payout).state == PayoutState.COMPLETED
        assert told(booking)[0][0] == min(each, 9_500_00)
        assert balance("2030", "INR") == 0
        assert sound()

    def test_rejected_they_are_empty_again(self, office: Office) -> None:
        member = office.member(3_00_000_00)
        booking = active(customer_id=member.pk, at=NOON)
        before = told(booking)
        asked = office.requested(member, 2_50_000_00, autofill=True)
        transit(Payout, asked.pk, "endorse", actor=office.finance, at=NOON)
        payout = transit(Payout, asked.pk, "approve", actor=office.manager, at=NOON).subject
        assert payout.emi_cents
        assert payout.bank_cents
        assert sound()
        run_sql("UPDATE domain_payment SET amount_cents = amount_cents + 1 WHERE method = 'payout'")
        assert "M21" in broken()
        run_sql("UPDATE domain_payment SET amount_cents = amount_cents - 1 WHERE method = 'payout'")
        transit(Payout, payout.pk, "reject", actor=office.finance, at=NOON, reason="no")
        assert told(booking) == before
        assert wallet(member) == (3_00_000_00, 0)
        assert sound()


def test_without_the_members_word_nothing_is_filled(office: Office) -> None:
    member = office.member()
    active(customer_id=member.pk, at=NOON)
    assert office.approved(member).emi_cents == 0
