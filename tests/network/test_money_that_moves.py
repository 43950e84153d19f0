"""Money that is lost, comes back or is moved takes bonus, unit and Active Buyer with it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.bookings.models import Booking
from domain.bookings.queries import cash_of
from domain.common.actors import System
from domain.common.workflow import transit
from domain.flows.cases import move_money
from domain.flows.clawback import give_again
from domain.flows.deposits import move_deposit
from domain.flows.disputes import settle_dispute
from domain.flows.instalments import fill_oldest
from domain.flows.referral import reward_case
from domain.flows.settlement import settle_intent
from domain.network.earning.models import ReferralBonus, ReferralClawback
from domain.network.earning.queries.wallets import balances_of
from domain.network.models import ActiveBuyerPeriod, Member, UnitEvent
from domain.payments.models import Method, MoneyCase, Payment, Refund
from domain.payments.operations.payments import open_payment
from domain.staff.models import Staff
from tests.factories import GUEST, POLL, assert_sound, fill_catalog, intent_of, refunded, sent_back
from tests.network.earners import two_people
from tests.network.factory import placed
from tests.payouts.factory import earn
from tests.vehicles.factory import NOON, TODAY, make_order, on_emi, pay

pytestmark = pytest.mark.django_db
JOB = System("test")
LATER = NOON + timedelta(days=40)


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
    refund = refunded(payment, 3_000_00, *people, at=NOON)
    assert stands(sponsor, buyer) == (100_00, False, 0)
    params = {"failure": "account closed"}
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


def moved(case: MoneyCase, to: Booking, actor: Staff) -> None:
    move_deposit(case_id=case.pk, booking_number=to.number, reason="hers", actor=actor, at=LATER)


def test_a_deposit_that_is_moved(
    sponsor: Member, buyer: Member, finance: Staff, manager: Staff
) -> None:
    expired = make_order(customer_id=buyer.pk, booking_amount_cents=500_00)
    pay(expired, 500_00)
    transit(Booking, expired.pk, "expire", actor=POLL, at=LATER)
    first = make_order(customer_id=buyer.pk, at=LATER)
    moved(MoneyCase.objects.get(booking=expired), first, finance)
    assert not ReferralClawback.objects.exists()
    pay(first, 4_500_00, at=LATER)
    assert stands(sponsor, buyer) == (250_00, True, 1)
    # What came by a payment goes back by it; what had been moved asks staff where it goes.
    transit(Booking, first.pk, "cancel", actor=manager, at=LATER, reason="changed her mind")
    refund = Refund.objects.get()
    transit(Refund, refund.pk, "approve", actor=finance, at=LATER)
    sent_back(refund, at=LATER)
    assert stands(sponsor, buyer) == (25_00, False, 0)
    case, other = MoneyCase.objects.get(booking=first), make_order(customer_id=buyer.pk, at=LATER)
    moved(case, other, finance)
    assert ReferralClawback.objects.get(case=case).amount_cents == 25_00
    assert stands(sponsor, buyer) == (0, False, 0)
    pay(other, 4_500_00, at=LATER)
    assert stands(sponsor, buyer) == (250_00, True, 1)
    assert_sound(LATER)


def test_a_members_own_money_that_goes_back(
    sponsor: Member, buyer: Member, finance: Staff, manager: Staff
) -> None:
    """Nobody earned on it, so that giving it back takes nothing from anybody."""
    booking = on_emi(customer_id=buyer.pk)
    pay(booking, 5_000_00)
    earn(buyer, 1_000_00)
    asked = {"key": "w", "method": Method.WALLET, "from_code": "2000", "scope": "ALL_OUTSTANDING"}
    fill_oldest(customer_id=buyer.pk, cents=1_000_00, on=TODAY, actor=JOB, at=NOON, **asked)
    assert (cash_of([booking])[booking.pk].net_cents, balances_of(buyer.pk)["2000"]) == (
        6_000_00,
        0,
    )
    assert stands(sponsor, buyer) == (250_00, True, 1)
    transit(Booking, booking.pk, "cancel", actor=manager, at=NOON, reason="changed her mind")
    assert balances_of(buyer.pk)["2005"] == 1_000_00
    assert not ReferralClawback.objects.exists()
    assert stands(sponsor, buyer)[0] == 250_00
    assert_sound()
