"""The worked cases of referral bonuses, pairs, and what they are worth."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from domain.compliance.days import day_of
from domain.network.earning.rules.pairs import Legs, match, month_of, pair_credit
from domain.network.earning.rules.referral import (
    ReferralRules,
    Rewarded,
    bonus_for,
    taken_back,
)
from tests.vectors import Case, network_cases

CONFIRMS = 500_000
MEMBER = 1


def bonuses(given: dict[str, Any]) -> tuple[list[int], bool]:
    rules = ReferralRules(catch_up=given.get("catch_up", True))
    paid = eligible_net = base = 0
    found = []
    for cents, source in given["payments"]:
        paid += cents
        eligible = source.lower() not in rules.excluded
        eligible_net += cents if eligible else 0
        bonus = bonus_for(
            cents,
            eligible=eligible,
            eligible_net_cents=eligible_net,
            confirmed=paid >= min(CONFIRMS, given["price"]) and given.get("has_referrer", True),
            so_far=Rewarded(base, base),
            rules=rules,
        )
        base += bonus.base_cents
        found.append(bonus.amount_cents)
    return found, paid >= min(CONFIRMS, given["price"])


@pytest.mark.parametrize("case", network_cases("referral"), ids=lambda case: case.id)
def test_referral(case: Case) -> None:
    given = case.input
    if case.rule == "referral_clawback":
        found = taken_back(
            given["bonus_paid"],
            given["refund"],
            rate_bps=500,
            wallet_cents=given["wallet_available"],
        )
        assert case.expected == {
            "clawback": found.amount_cents,
            "from_wallet": found.from_wallet_cents,
            "to_recoverable": found.to_recoverable_cents,
        }
        return
    each, confirmed = bonuses(given)
    assert case.expected == {
        "bonus_per_payment": each,
        "total_bonus": sum(each),
        "confirmed": confirmed,
    }


@pytest.mark.parametrize("case", network_cases("pairs"), ids=lambda case: case.id)
def test_pairs(case: Case) -> None:
    given = case.input
    if case.rule == "month_key":
        assert month_of(day_of(datetime.fromisoformat(given["utc"]))).isoformat()[:7] == (
            case.expected
        )
        return
    legs = Legs(
        given["left"],
        given["right"],
        given["matched"],
        given.get("flushed_left", 0),
        given.get("flushed_right", 0),
    )
    found = match(
        legs,
        month_used=given["month_used"],
        cap=given.get("cap", 10),
        overflow=given.get("overflow", "CARRY"),
    )
    assert case.expected == {
        "new_pairs": found.new_pairs,
        "first_seq": found.first,
        "flushed_pairs": found.flushed,
        "carry_left": found.carry_left,
        "carry_right": found.carry_right,
    }


@pytest.mark.parametrize("case", network_cases("pair_credit"), ids=lambda case: case.id)
def test_pair_credit(case: Case) -> None:
    given = case.input
    found = pair_credit(given["seq"], given["gross"], active_buyer=given["active_buyer"])
    assert case.expected == {
        "gross": found.gross_cents,
        "to_emi_reserve": found.to_reserve_cents,
        "to_wallet": found.to_wallet_cents,
    }
