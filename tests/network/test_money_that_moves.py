"""Money that is lost, comes back or is moved takes bonus, unit and Active Buyer with it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.bookings.models import Booking
from domain.common.actors import System
from domain.common.workflow import transit
from domain.flows.cases import move_money
from domain.flows.clawback import give_again
from domain.flows.disputes import settle_dispute
from domain.flows.referral import reward_case
from domain.flows.settlement import settle_intent
from domain.network.earning.models import ReferralBonus, ReferralClawback
from domain.network.earning.queries.wallets import balances_of
from domain.network.models import ActiveBuyerPeriod, Member, UnitEvent
from domain.payments.models import MoneyCase, Payment, Refund
from domain.payments.operations.payments import open_payment
from domain.staff.models import Staff
from tests.factories import GUEST, POLL, ask_refund, assert_sound, fill_catalog, intent_of
from tests.network.earners import two_people
from tests.network.factory import placed
from tests.vehicles.factory import NOON, make_order, pay

pytestmark = pytest.mark.django_db
JOB = System("test")


@pytest.fixture(autouse=True)
def _shop(db: None) -> None:
    fill_catalog()


@pytest.fixture
def people() -> tuple[Staff, Staff]:
    return two_people()


@pytest.fixture
def sponsor() -> Member:
    return placed(name="Sponsor")


@pytest.fixture
def buyer(sponsor: Member) -> Member:
    return placed(sponsor, "L", name="Buyer")


def stands(sponsor: Member, buyer: Member) -> tuple[int, bool, int]:
    """The sponsor's wallet; whether the buyer is an Active Buyer; how many units they are."""
    active = ActiveBuyerPeriod.objects.filter(member=buyer, ended_on=None).exists()
    units = sum(UnitEvent.objects.filter(node=buyer.pk).values_list("sign", flat=True))
    return balances_of(sponsor.pk)["2000"], active, units


def lose(payment: Payment) -> None:
    told = {"id": f"dp_{payment.pk}", "amount": payment.amount_cents, "currency": "inr"}
    for status in ("needs_response", "lost", "lost"):
        settle_dispute(payment_id=payment.pk, told=told | {"status": status}, actor=JOB, at=NOON)


def test_a_lost_dispute(sponsor: Member, buyer: Member) -> None:
    payment = pay(make_order(customer_id=buyer.pk), 5_000_00)
    assert stands(sponsor, buyer) == (250_00, True, 1)
    lose(payment)
    assert stands(sponsor, buyer) == (0, False, 0)
    assert ReferralClawback.objects.count() == 1
    assert_sound()


def test_a_dispute_of_part_of_the_money(sponsor: Member, buyer: Member) -> None:
    booking = make_order(customer_id=buyer.pk)
    first = pay(booking, 2_000_00)
    pay(booking, 9_000_00)
    assert stands(sponsor, buyer) == (550_00, True, 1)
    lose(first)
    assert stands(sponsor, buyer) == (450_00, True, 1)
    # What is paid in its place earns again.
    pay(booking, 2_000_00)
    assert stands(sponsor, buyer) == (550_00, True, 1)
    assert_sound()


def test_a_refund_that_the_bank_returns(
    sponsor: Member, buyer: Member, people: tuple[Staff, Staff]
) -> None:
    payment = pay(make_order(customer_id=buyer.pk), 5_000_00)
    refund = ask_refund(payment, people[0], amount_cents=3_000_00, at=NOON)
    transit(Refund, refund.pk, "approve", actor=people[1], at=NOON)
    transit(Refund, refund.pk, "send", actor=JOB, at=NOON)
    params = {"stripe_refund_id": "re_1", "failure": "account closed"}
    transit(Refund, refund.pk, "complete", actor=JOB, at=NOON, params=params)
    assert stands(sponsor, buyer) == (100_00, False, 0)
    transit(Refund, refund.pk, "bounce", actor=JOB, at=NOON, params=params)
    assert stands(sponsor, buyer) == (250_00, True, 1)
    again = give_again(refund_id=refund.pk, actor=JOB, at=NOON)
    assert again == ReferralBonus.objects.get(refund=refund)
    assert stands(sponsor, buyer) == (250_00, True, 1)
    assert_sound()


def test_money_put_on_a_booking_by_a_case(
    sponsor: Member, buyer: Member, people: tuple[Staff, Staff]
) -> None:
    late = make_order(customer_id=buyer.pk)
    payment = open_payment(booking=late, amount_cents=5_000_00, actor=GUEST, at=NOON)
    later = NOON + timedelta(days=31)
    transit(Booking, late.pk, "expire", actor=System("job:expire"), at=later)
    settle_intent(payment_id=payment.pk, intent=intent_of(payment), actor=POLL, at=later)
    assert stands(sponsor, buyer) == (0, False, 0)
    case = MoneyCase.objects.get(kind="late")
    other = make_order(customer_id=buyer.pk, at=later)
    asked = {"case_id": case.pk, "booking_number": other.number, "reason": "same buyer"}
    move_money(**asked, actor=people[1], at=later)
    assert stands(sponsor, buyer) == (250_00, True, 1)
    reward_case(case_id=case.pk, actor=JOB, at=later)
    assert ReferralBonus.objects.get().case_id == case.pk
    pay(other, 1_000_00, at=later)
    assert stands(sponsor, buyer) == (300_00, True, 1)
    assert_sound(later)
