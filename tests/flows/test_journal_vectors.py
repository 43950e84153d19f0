"""The worked entries of the books, as the operations of a member's life post them.

Each case is lived up to its entry; then every account, whose it is, debit and credit are compared.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from domain.bookings.models import Booking
from domain.common.workflow import transit
from domain.flows.deposits import keep_for_member
from domain.flows.reserve import apply_reserve
from domain.flows.settlement import settle_intent
from domain.ledger.models import Entry
from domain.ledger.operations.by_hand import approve_manual_entry, request_manual_entry
from domain.payments.models import MoneyCase, Payment
from domain.payments.operations.payments import open_payment
from domain.payouts.models import Payout
from tests.factories import GUEST, POLL, intent_of, refunded
from tests.flows.lives import CITY_TWO, DAY, Life, Lived
from tests.network.factory import new_customer, placed
from tests.payouts.factory import BANK
from tests.vectors import Case, network_cases
from tests.vehicles.factory import NOON, TODAY, active, again, make_order, pay

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shop")]


def paid_by_card(life: Life) -> Lived:
    booking = make_order()
    payment = pay(booking, 5_000_00)
    return Lived(f"payment:{payment.pk}:captured", EV1=booking.pk)


def settled_by_the_gateway(life: Life) -> Lived:
    """The fee is posted with the charge; what reaches the bank, by two people by hand."""
    payment = open_payment(booking=make_order(), amount_cents=5_000_00, actor=GUEST, at=NOON)
    intent = intent_of(payment, fee_cents=147_50)
    settle_intent(payment_id=payment.pk, intent=intent, actor=POLL, at=NOON)
    manual = request_manual_entry(
        debit_code="1000",
        credit_code="1010",
        currency="INR",
        amount_cents=4_852_50,
        effective_on=TODAY,
        reason="payout of Stripe",
        actor=life.office.finance,
        at=NOON,
    )
    approve_manual_entry(manual_id=manual.pk, actor=life.office.manager, at=NOON)
    return Lived(f"payment:{payment.pk}:fee", f"manual:{manual.pk}")


def paid_offline(life: Life) -> Lived:
    booking = make_order()
    payment = life.offline(booking, 2_000_00)
    transit(Payment, payment.pk, "approve", actor=life.office.manager, at=NOON)
    return Lived(f"payment:{payment.pk}:captured", EV1=booking.pk)


def sixth_pair(life: Life) -> Lived:
    life.rules()
    member = life.pairs(6)
    return Lived(f"pair:{member.pk}:6", M1=member.pk)


def taxed_pair(life: Life) -> Lived:
    life.rules(**{"tds.timing": "ACCRUAL", "tds.no_pan_rate_bps": 500})
    member = life.pairs(1)
    return Lived(f"pair:{member.pk}:1", M1=member.pk)


def reserve_after_delivery(life: Life) -> Lived:
    life.rules()
    member = life.pairs(6)
    booking = life.delivered(active(customer_id=member.pk))
    apply_reserve(member_id=member.pk, at=life.at_due(booking))
    payment = Payment.objects.get(method="emi_reserve")
    return Lived(f"payment:{payment.pk}:applied", M1=member.pk, EV2=booking.pk)


def approved(life: Life) -> tuple[Payout, Booking]:
    """10,000 are asked for; an instalment of 3,000 is due on a vehicle handed over."""
    member = life.office.member(10_000_00)
    booking = make_order(
        customer_id=member.pk,
        vehicle_sku=CITY_TWO,
        payment_option="emi",
        emi_months=12,
        booking_amount_cents=88_999_00,
    )
    pay(booking, 88_999_00)
    booking = life.delivered(again(booking))
    at = life.at_due(booking)
    asked = life.office.requested(member, 10_000_00, at=at, autofill=True)
    return life.office.approve(asked, at=at), booking


def payout_approved(life: Life) -> Lived:
    payout, booking = approved(life)
    return Lived(f"payout:{payout.pk}:approve", M1=payout.member_id, EV2=booking.pk)


def payout_completed(life: Life) -> Lived:
    payout, booking = approved(life)
    at = life.at_due(booking)
    life.office.released(payout, at=at)
    transit(Payout, payout.pk, "complete", actor=BANK, at=at, params={"utr": "UTR1"})
    return Lived(f"payout:{payout.pk}:complete:1")


def payout_rejected(life: Life) -> Lived:
    payout = life.office.requested(life.office.member(10_000_00))
    done = {"actor": life.office.finance, "at": NOON, "reason": "no"}
    transit(Payout, payout.pk, "reject", **done)  # type: ignore[arg-type]
    return Lived(f"payout:{payout.pk}:reject", M1=payout.member_id)


def delivered(life: Life) -> Lived:
    booking = life.sold()
    return Lived(f"booking:{booking.pk}:delivered", EV1=booking.pk)


def paid_after_delivery(life: Life) -> Lived:
    booking = life.sold()
    payment = pay(booking, 9_583_00)
    return Lived(f"payment:{payment.pk}:captured", EV1=booking.pk)


def clawed_back(life: Life) -> Lived:
    sponsor = placed(name="M1")
    payment = pay(make_order(referral_code=sponsor.code), 5_000_00)
    life.spend(sponsor, 150_00)
    refund = refunded(payment, 5_000_00, *life.people, at=NOON)
    return Lived(f"clawback:{refund.pk}", M1=sponsor.pk)


def expired_to_the_wallet(life: Life) -> Lived:
    customer = new_customer()
    booking = make_order(booking_amount_cents=500_00, customer_id=customer.pk)
    pay(booking, 500_00)
    later = NOON + 40 * DAY
    transit(Booking, booking.pk, "expire", actor=POLL, at=later)
    case = MoneyCase.objects.get()
    keep_for_member(case_id=case.pk, reason="buys later", actor=life.office.finance, at=later)
    key = Entry.objects.get(event="booking.expired_to_wallet").key
    return Lived(key, EV3=booking.pk, M3=customer.pk)


def late_receipt(life: Life) -> Lived:
    booking = make_order()
    payment = life.offline(booking, 750_00)
    later = NOON + 40 * DAY
    transit(Booking, booking.pk, "expire", actor=POLL, at=later)
    transit(Payment, payment.pk, "approve", actor=life.office.manager, at=later)
    return Lived(f"payment:{payment.pk}:surplus")


def settles_what_is_owed(life: Life) -> Lived:
    sponsor = placed(name="M1")
    first = pay(make_order(referral_code=sponsor.code), 5_000_00)
    life.spend(sponsor, 250_00)
    refunded(first, 2_000_00, *life.people, at=NOON)
    second = pay(make_order(referral_code=sponsor.code), 5_000_00)
    return Lived(f"recoverable:referral:{second.pk}", M1=sponsor.pk)


LIVES: dict[str, Callable[[Life], Lived]] = {
    "JOURNAL-01": paid_by_card,
    "JOURNAL-02": settled_by_the_gateway,
    "JOURNAL-03": paid_offline,
    "JOURNAL-06": sixth_pair,
    "JOURNAL-08": reserve_after_delivery,
    "JOURNAL-10": payout_approved,
    "JOURNAL-11": payout_completed,
    "JOURNAL-13": payout_rejected,
    "JOURNAL-15": delivered,
    "JOURNAL-16": paid_after_delivery,
    "JOURNAL-18": clawed_back,
    "JOURNAL-19": expired_to_the_wallet,
    "JOURNAL-21": late_receipt,
    "JOURNAL-22": taxed_pair,
    "JOURNAL-23": settles_what_is_owed,
}


@pytest.mark.parametrize("case", network_cases("journal"), ids=lambda case: case.id)
def test_the_product_posts_it(case: Case) -> None:
    lived = LIVES[case.id](Life())
    moved = lived.moved()
    assert moved == lived.expected(case)
    debits, credits_ = (sum(sides[side] for sides in moved.values()) for side in (0, 1))
    assert case.expected == {
        "debits": debits,
        "credits": credits_,
        "balanced": debits == credits_,
    }
