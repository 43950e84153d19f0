"""The worked months, from the first pair to the payout, through the operations."""

from __future__ import annotations

import pytest

from domain.flows.reserve import apply_reserve
from domain.network.earning.queries.wallets import balances_of
from tests.factories import assert_sound
from tests.flows.lives import Life, with_due
from tests.network.earners import chain, post_run
from tests.network.factory import put
from tests.vectors import Case, network_cases
from tests.vehicles.factory import make_order, pay, rows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shop")]


def test_a_month_is_lived() -> None:
    assert [case.id for case in network_cases("scenario")] == ["SCENARIO-02", "SCENARIO-03"]


@pytest.mark.parametrize("case", network_cases("scenario"), ids=lambda case: case.id)
def test_the_whole_month(case: Case) -> None:
    """Pairs by runs, a bonus by a referred buyer, the reserve by its job, the payout by people."""
    given, life = case.input, Life()
    life.rules(amount=given["gross"])
    member = life.office.member(0)
    put(member)
    before = given["active_from_seq"] - 1
    if before:
        chain(member, "L", before), chain(member, "R", before)
        post_run(life.people)
    booking = with_due(member, given["emi_due"])
    rest = given["pairs"] - before
    chain(member, "L", rest), chain(member, "R", rest)
    post_run(life.people)
    if given["referral_bonus"]:
        pay(make_order(referral_code=member.code), given["referral_bonus"] * 20)
    found = balances_of(member.pk)
    at = life.at_due(booking)
    applied = apply_reserve(member_id=member.pk, at=at)
    asked = life.office.requested(member, given["request"], at=at, autofill=True)
    payout = life.office.approve(asked, at=at)
    assert case.expected == {
        "wallet_before": found["2000"],
        "emi_reserve": found["2010"],
        "emi_left_after_reserve": given["emi_due"] - applied,
        "tds": payout.tds_cents,
        "net": payout.net_cents,
        "emi": payout.emi_cents,
        "bank": payout.bank_cents,
        "wallet_after": balances_of(member.pk)["2000"],
    }
    assert rows(booking)[0].paid_cents == applied + (payout.emi_cents or 0)
    assert_sound(at)
