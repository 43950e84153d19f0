"""The worked entries of the books, as the operations of a member's life post them.

Each case is lived up to its entry; then every account, whose it is, debit and credit are compared.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from domain.bookings.models import Booking
from domain.common.workflow import transit
from domain.flows.deposits import keep_for_member
from domain.flows.instalments import request_waiver
from domain.flows.reserve import apply_reserve
from domain.flows.settlement import settle_intent
from domain.ledger.models import Entry
from domain.ledger.operations import post
from domain.ledger.operations.by_hand import approve_manual_entry, request_manual_entry
from domain.ledger.rules import AccountRef, Leg
from domain.network.earning.queries.wallets import balances_of
from domain.network.models import Member
from domain.payments.models import MoneyCase, Payment, Refund
from domain.payments.operations.payments import open_payment, record_offline_payment
from domain.payouts.models import Payout
from tests.factories import GUEST, POLL, ask_refund, assert_sound, intent_of
from tests.network.earners import chain, post_run, price_pairs, two_people
from tests.network.factory import new_customer, placed, put
from tests.payouts.factory import BANK, Office
from tests.vectors import Case, network_cases
from tests.vehicles.factory import NOON, TODAY, active, again, make_order, on_emi, pay, rows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shop")]
DAY = timedelta(days=1)
INDIA = ZoneInfo("Asia/Kolkata")
# Of this price a plan of 24 months has instalments of 4,999; one waived leaves 1,20,000.
CITY_TWO, OF_24 = "EV-CITY-2", 4_999_00
type Moved = dict[tuple[str, int | None], tuple[int, int]]


class Lived:
    """The entries a case ended with, and who its members and bookings are here."""

    def __init__(self, *keys: str, **named: int) -> None:
        self.keys, self.named = keys, named

    def moved(self) -> Moved:
        """Debits and credits of each account in these entries."""
        entries = Entry.objects.filter(key__in=self.keys)
        assert entries.count() == len(self.keys)
        found: dict[tuple[str, int | None], list[int]] = {}
        for entry in entries:
            for row in entry.transfers.select_related("debit", "credit"):
                for side, account in enumerate((row.debit, row.credit)):
                    whose = (account.code, account.customer_id or account.booking_id)
                    found.setdefault(whose, [0, 0])[side] += row.amount_cents
        return {whose: (sides[0], sides[1]) for whose, sides in found.items()}

    def expected(self, case: Case) -> Moved:
        told: Moved = {}
        for text, debit, credit in case.input["lines"]:
            name, _, whose = text.partition(":")
            told[name.split()[0], self.named[whose] if whose else None] = (debit, credit)
        return told


class Life:
    def __init__(self) -> None:
        self.office, self.people = Office(), two_people()

    def rules(self, **values: int | str) -> None:
        price_pairs(self.people, **values)

    def spend(self, member: Member, cents: int) -> None:
        legs = [Leg(AccountRef("2000", customer_id=member.pk), AccountRef("1000"), cents)]
        self._by_hand(member, legs)

    def _by_hand(self, member: Member, legs: list[Leg]) -> None:
        key = f"test:{member.pk}:{legs[0]}"
        more = {"currency": "INR", "effective_on": TODAY, "actor": POLL, "at": NOON}
        post(key=key[:100], event="test", legs=legs, **more)  # type: ignore[arg-type]

    def pairs(self, count: int) -> Member:
        top = placed(name="M1")
        chain(top, "L", count), chain(top, "R", count)
        post_run(self.people)
        return top

    def delivered(self, booking: Booking) -> Booking:
        return transit(Booking, booking.pk, "deliver", actor=self.office.manager, at=NOON).subject

    def at_due(self, booking: Booking) -> datetime:
        """Noon of the day on which the first instalment is due."""
        return datetime.combine(rows(booking)[0].due_on, time(12), INDIA)

    def sold(self) -> Booking:
        """A vehicle of 1,20,000 of which 7,000 is paid."""
        booking = on_emi(vehicle_sku=CITY_TWO, months=24)
        pay(booking, 5_000_00)
        each = next(row for row in rows(booking) if row.amount_cents == OF_24)
        asked = {"instalment_id": each.pk, "reason": "goodwill", "at": NOON}
        waiver = request_waiver(**asked, actor=self.office.finance)  # type: ignore[arg-type]
        transit(type(waiver), waiver.pk, "approve", actor=self.office.manager, at=NOON)
        pay(again(booking), 2_000_00)
        return self.delivered(again(booking))

    def offline(self, booking: Booking, cents: int) -> Payment:
        return record_offline_payment(
            booking_id=booking.pk,
            method="bank_transfer",
            amount_cents=cents,
            reference=f"TRN {booking.pk}",
            received_on=TODAY,
            evidence="bank statement",
            actor=self.office.finance,
            at=NOON,
        )


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
    refund = ask_refund(payment, life.people[0], amount_cents=5_000_00, at=NOON)
    transit(Refund, refund.pk, "approve", actor=life.people[1], at=NOON)
    transit(Refund, refund.pk, "send", actor=POLL, at=NOON)
    params = {"stripe_refund_id": "re_1"}
    transit(Refund, refund.pk, "complete", actor=POLL, at=NOON, params=params)
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
    refund = ask_refund(first, life.people[0], amount_cents=2_000_00, at=NOON)
    transit(Refund, refund.pk, "approve", actor=life.people[1], at=NOON)
    transit(Refund, refund.pk, "send", actor=POLL, at=NOON)
    params = {"stripe_refund_id": "re_1"}
    transit(Refund, refund.pk, "complete", actor=POLL, at=NOON, params=params)
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


def with_due(member: Member, cents: int) -> Booking:
    """A vehicle on twelve instalments of exactly this much; its first payment confirms it."""
    asked = {"vehicle_sku": CITY_TWO, "payment_option": "emi", "emi_months": 12}
    first = 1_24_999_00 - 12 * cents
    booking = make_order(customer_id=member.pk, booking_amount_cents=first, **asked)
    pay(booking, first)
    assert {row.amount_cents for row in rows(booking)} == {cents}
    return again(booking)
