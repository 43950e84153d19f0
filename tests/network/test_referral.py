"""Bonuses for referring, in one payment or many; what refunds take back; reserve and hold-back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.common.actors import System
from domain.common.errors import InvalidInput, Refused
from domain.common.workflow import transit
from domain.flows.clawback import by_refund, claw_back
from domain.flows.referral import reward
from domain.flows.reserve import apply_reserve, release_holdback, request_release
from domain.network.earning.integrity import earning_breaches
from domain.network.earning.models import Holdback, ReferralBonus, ReserveRelease
from domain.network.earning.queries.wallets import balances_of, lines_of
from domain.network.models import Member
from domain.network.operations.members import terminate
from domain.staff.models import Staff
from tests.factories import fill_catalog, refunded
from tests.network.earners import by_hand, price_pairs, two_people
from tests.network.factory import new_member
from tests.vehicles.factory import NOON, active, make_order, pay

pytestmark = pytest.mark.django_db
JOB = System("test")


@pytest.fixture(autouse=True)
def _shop(db: None) -> None:
    fill_catalog()


@pytest.fixture
def sponsor() -> Member:
    return new_member(name="Sponsor")


@pytest.fixture
def people() -> tuple[Staff, Staff]:
    return two_people()


def wallet(member: Member, code: str = "2000") -> int:
    return balances_of(member.pk)[code]


def give(member: Member, code: str, cents: int) -> None:
    by_hand(member, "5010", code, cents)


@pytest.mark.parametrize(
    "parts", [(5_000_00,), (500_00, 2_000_00, 2_500_00), (1_666_67, 1_666_67, 1_666_66)]
)
def test_the_same_money_gives_the_same_bonus(sponsor: Member, parts: tuple[int, ...]) -> None:
    booking = make_order(referral_code=sponsor.code)
    given = []
    for cents in parts:
        pay(booking, cents)
        given.append(wallet(sponsor))
    assert given[-1] == 250_00
    assert given[:-1] == [0] * (len(parts) - 1)
    pay(booking, 10_000_00)
    assert wallet(sponsor) == 750_00
    assert list(earning_breaches()) == []


def test_a_payment_is_rewarded_once(sponsor: Member) -> None:
    payment = pay(make_order(referral_code=sponsor.code), 5_000_00)
    for _ in range(3):
        reward(payment_id=payment.pk, actor=JOB, at=NOON)
    assert ReferralBonus.objects.count() == 1
    assert wallet(sponsor) == 250_00
    assert [line.event for line in lines_of(sponsor.pk, "2000")] == ["referral.credited"]


def test_who_was_terminated_earns_nothing(sponsor: Member, people: tuple[Staff, Staff]) -> None:
    booking = make_order(referral_code=sponsor.code)
    terminate(member_id=sponsor.pk, reason="left", actor=people[1], at=NOON)
    pay(booking, 5_000_00)
    assert not ReferralBonus.objects.exists()


def test_a_debt_is_settled_before_the_wallet(sponsor: Member) -> None:
    by_hand(sponsor, "1300", "5000", 100_00)
    pay(make_order(referral_code=sponsor.code), 5_000_00)
    assert (wallet(sponsor), wallet(sponsor, "1300")) == (150_00, 0)
    assert list(earning_breaches()) == []


def test_what_is_held_back_is_released_on_its_day(
    sponsor: Member, people: tuple[Staff, Staff]
) -> None:
    price_pairs(people, **{"reserve.holdback_bps": 1_000})
    pay(make_order(referral_code=sponsor.code), 5_000_00)
    held = Holdback.objects.get()
    assert (wallet(sponsor), wallet(sponsor, "2015")) == (225_00, 25_00)
    assert release_holdback(holdback_id=held.pk, actor=JOB, at=NOON) == 0
    later = NOON + timedelta(days=90)
    assert release_holdback(holdback_id=held.pk, actor=JOB, at=later) == 25_00
    assert release_holdback(holdback_id=held.pk, actor=JOB, at=later) == 0
    assert (wallet(sponsor), wallet(sponsor, "2015")) == (250_00, 0)


class TestRefund:
    def test_takes_its_share_back_once(self, sponsor: Member, people: tuple[Staff, Staff]) -> None:
        payment = pay(make_order(referral_code=sponsor.code), 15_000_00)
        refund = refunded(payment, 2_000_00, *people, at=NOON)
        for _ in range(2):
            claw_back(loss=by_refund(refund), actor=JOB, at=NOON)
        assert wallet(sponsor) == 650_00
        assert list(earning_breaches()) == []

    def test_what_the_wallet_lacks_is_owed_and_the_books_agree(
        self, sponsor: Member, people: tuple[Staff, Staff]
    ) -> None:
        payment = pay(make_order(referral_code=sponsor.code), 5_000_00)
        by_hand(sponsor, "2000", "1000", 150_00)
        refunded(payment, 5_000_00, *people, at=NOON)
        assert (wallet(sponsor), wallet(sponsor, "1300")) == (0, 150_00)
        assert list(earning_breaches()) == []


class TestReserve:
    def test_pays_what_is_due_and_waits_otherwise(self) -> None:
        buyer = new_member(name="Buyer")
        give(buyer, "2010", 200_00)
        assert apply_reserve(member_id=buyer.pk, at=NOON) == 0
        active(customer_id=buyer.pk)
        later = NOON + timedelta(days=40)
        assert apply_reserve(member_id=buyer.pk, at=later) == 200_00
        assert apply_reserve(member_id=buyer.pk, at=later) == 0
        assert wallet(buyer, "2010") == 0

    def test_two_people_release_it(self, sponsor: Member, people: tuple[Staff, Staff]) -> None:
        give(sponsor, "2010", 200_00)
        asked = {"member_id": sponsor.pk, "reason": "sold", "actor": people[0], "at": NOON}
        with pytest.raises(InvalidInput):
            request_release(amount_cents=200_01, **asked)
        release = request_release(amount_cents=200_00, **asked)
        with pytest.raises(Refused, match="somebody else"):
            transit(ReserveRelease, release.pk, "release", actor=people[0], at=NOON)
        transit(ReserveRelease, release.pk, "release", actor=people[1], at=NOON)
        assert (wallet(sponsor), wallet(sponsor, "2010")) == (200_00, 0)
