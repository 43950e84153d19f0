from __future__ import annotations

import pytest
from django.db import transaction

from domain.ledger.integrity import ledger_breaches
from domain.ledger.models import Entry
from domain.ledger.operations import Overdrawn, reverse
from domain.ledger.rules import AccountRef, Leg
from tests.ledger.support import (
    NOON,
    REFERRAL,
    ROBOT,
    TODAY,
    new_member,
    post_legs,
    stored,
    wallet,
)

pytestmark = pytest.mark.django_db


class TestAWallet:
    def test_stores_what_its_transfers_say(self) -> None:
        member = new_member()
        earnings, hold = wallet(member), wallet(member, "2020")
        post_legs("bonus", Leg(REFERRAL, earnings, 1_000))
        post_legs("payout", Leg(earnings, hold, 400))
        assert (stored(earnings), stored(hold)) == (600, 400)
        assert list(ledger_breaches()) == []

    def test_is_not_moved_by_a_repeated_entry(self) -> None:
        earnings = wallet(new_member())
        for _ in range(3):
            post_legs("bonus", Leg(REFERRAL, earnings, 1_000))
        assert stored(earnings) == 1_000

    def test_refuses_more_than_there_is(self) -> None:
        member = new_member()
        earnings = wallet(member)
        post_legs("bonus", Leg(REFERRAL, earnings, 1_000))
        with pytest.raises(Overdrawn) as refusal, transaction.atomic():
            post_legs("payout", Leg(earnings, wallet(member, "2020"), 1_001))
        assert str(refusal.value) == (
            "There is not enough on the wallet earnings: $10.00 of $10.01."
        )
        assert stored(earnings) == 1_000
        assert not Entry.objects.filter(key="payout").exists()

    def test_is_judged_by_the_whole_entry(self) -> None:
        earnings = wallet(new_member())
        # Spent before it is earned, in one entry: what counts is what is left.
        post_legs(
            "net", Leg(earnings, AccountRef("2100"), 50), Leg(AccountRef("5010"), earnings, 1_000)
        )
        assert stored(earnings) == 950

    def test_refuses_a_reversal_of_what_was_spent(self) -> None:
        member = new_member()
        earnings = wallet(member)
        bonus = post_legs("bonus", Leg(REFERRAL, earnings, 1_000))
        post_legs("payout", Leg(earnings, wallet(member, "2020"), 600))
        with pytest.raises(Overdrawn), transaction.atomic():
            reverse(
                entry_id=bonus.pk,
                key="clawback",
                event="test",
                reason="Refunded",
                effective_on=TODAY,
                actor=ROBOT,
                at=NOON,
            )
        assert stored(earnings) == 400

    def test_that_was_overdrawn_takes_its_transaction_with_it(self) -> None:
        """Whoever catches the refusal and goes on cannot keep half of an entry."""
        earnings = wallet(new_member())
        with pytest.raises(transaction.TransactionManagementError):
            self.pay_or_else(earnings)
        assert not Entry.objects.exists()

    @transaction.atomic
    def pay_or_else(self, earnings: AccountRef) -> None:
        try:
            post_legs("payout", Leg(earnings, REFERRAL, 5))
        except Overdrawn:
            post_legs("other", Leg(REFERRAL, earnings, 5))
