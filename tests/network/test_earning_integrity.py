"""Each way to break pairs, counters and bonuses by hand is found and named."""

from __future__ import annotations

import pytest

from domain.bookings.models import Booking
from domain.common.actors import System
from domain.flows.disputes import settle_dispute
from domain.network.earning.integrity import earning_breaches
from domain.network.earning.models import CommissionRun, Pair, ReferralBonus, RunMember
from domain.network.models import Member, Node
from tests.factories import fill_catalog
from tests.kept_rows import once
from tests.network.earners import chain, post_run, price_pairs, two_people
from tests.network.factory import NOON, placed, run_sql
from tests.vehicles.factory import make_order, pay

pytestmark = pytest.mark.django_db


def two_pairs() -> None:
    people = two_people()
    price_pairs(people)
    top = placed(name="ROOT")
    chain(top, "L", 2), chain(top, "R", 2)
    post_run(people)


@pytest.fixture
def root() -> Member:
    once(two_pairs)
    assert list(earning_breaches()) == []
    return Node.objects.get(parent=None).member


def broken() -> set[str]:
    return {each.invariant for each in earning_breaches()}


def test_a_unit_from_the_wrong_side(root: Member) -> None:
    first, second = Pair.objects.filter(member=root).order_by("number")
    run_sql(
        "UPDATE domain_pair SET left_unit_id = %s, right_unit_id = %s WHERE id = %s",
        first.right_unit_id,
        first.left_unit_id,
        first.pk,
    )
    assert second
    assert broken() == {"N3"}


@pytest.mark.parametrize("column", ["left_units", "right_units", "pairs_matched"])
def test_a_counter_that_nothing_explains(root: Member, column: str) -> None:
    run_sql(f"UPDATE domain_node SET {column} = {column} + 1 WHERE member_id = %s", root.pk)
    assert broken() == {"N4"}


def test_more_pairs_than_the_weaker_leg(root: Member) -> None:
    run_sql("UPDATE domain_runmember SET carry_left = -1 WHERE member_id = %s", root.pk)
    assert broken() == {"N4"}


def test_more_pairs_than_the_cap(root: Member) -> None:
    run_sql(
        "UPDATE domain_commissionrun SET rules = jsonb_set(rules, '{pair.monthly_cap}', '1')"
        " WHERE id = %s",
        CommissionRun.objects.get().pk,
    )
    assert broken() == {"N5"}


def test_burning_what_is_to_wait(root: Member) -> None:
    run_sql(
        "UPDATE domain_runmember SET flushed = 1, carry_left = carry_left - 1,"
        " carry_right = carry_right - 1 WHERE id = %s",
        RunMember.objects.filter(new_pairs=0).first().pk,  # type: ignore[union-attr]
    )
    assert "N5" in broken()
    assert Node.objects.filter(pk=root.pk).exists()


def test_a_pair_that_the_books_do_not_know(root: Member) -> None:
    run_sql(
        "UPDATE domain_transfer SET amount_cents = amount_cents - 1 WHERE id ="
        " (SELECT min(t.id) FROM domain_transfer t WHERE t.debit_code = '5010')"
    )
    assert broken() == {"N6"}
    assert root


def test_a_unit_that_no_posted_run_took(root: Member) -> None:
    run_sql("UPDATE domain_unitevent SET run_id = NULL WHERE node_id = %s", first_below(root))
    assert {"N8"} <= broken()


def first_below(root: Member) -> int:
    return int(Node.objects.filter(parent=root.pk).values_list("pk", flat=True)[0])


def without(table: str, *constraints: str) -> None:
    for name in constraints:
        run_sql(f"ALTER TABLE domain_{table} DROP CONSTRAINT {name}")


def test_a_unit_that_is_paired_twice(root: Member) -> None:
    without("pair", "pair_left_unit_once")
    first = Pair.objects.get(member=root, number=1)
    run_sql(
        "UPDATE domain_pair SET left_unit_id = %s WHERE member_id = %s AND number = 2",
        first.left_unit_id,
        root.pk,
    )
    assert broken() == {"N3"}


def a_bonus_taken_back() -> None:
    two_pairs()
    fill_catalog()
    sponsor = placed(name="Sponsor")
    made = make_order(referral_code=sponsor.code)
    pay(made, 15_000_00)
    payment = pay(made, 1_000_00)
    told = {"id": "dp_1", "amount": 1_000_00, "currency": "inr", "status": "lost"}
    settle_dispute(payment_id=payment.pk, told=told, actor=System("test"), at=NOON)


class TestM18:
    """Bonuses and what was taken back of them, each broken by hand."""

    @pytest.fixture
    def booking(self) -> Booking:
        once(a_bonus_taken_back)
        assert list(earning_breaches()) == []
        return Booking.objects.get()

    @pytest.mark.parametrize(
        "sql",
        [
            "UPDATE domain_booking SET customer_id = referred_by_id WHERE id = {booking}",
            "UPDATE domain_referralbonus SET amount_cents = 80001, to_wallet_cents = 80001",
            "UPDATE domain_referralclawback SET amount_cents = 90000, from_wallet_cents = 90000",
            "UPDATE domain_referralclawback SET amount_cents = 1, from_wallet_cents = 1",
            "DELETE FROM domain_transfer WHERE credit_code = '5000'",
            "DELETE FROM domain_transfer WHERE debit_code = '5000'",
        ],
    )
    def test_is_named(self, booking: Booking, sql: str) -> None:
        run_sql(sql.format(booking=booking.pk))
        assert broken() == {"M18"}

    def test_two_bonuses_for_one_payment(self, booking: Booking) -> None:
        without("referralbonus", "domain_referralbonus_payment_id_key")
        first = ReferralBonus.objects.filter(booking=booking).order_by("pk")[0]
        run_sql("UPDATE domain_referralbonus SET payment_id = %s", first.payment_id)
        assert broken() == {"M18"}

    def test_two_clawbacks_for_one_dispute(self, booking: Booking) -> None:
        without("referralclawback", "domain_referralclawback_dispute_id_key")
        run_sql(
            "INSERT INTO domain_referralclawback (sponsor_id, booking_id, dispute_id, base_cents,"
            " rate_bps, amount_cents, from_held_cents, from_wallet_cents, to_recoverable_cents, at)"
            " SELECT sponsor_id, booking_id, dispute_id, base_cents, rate_bps, 1, 0, 1, 0, at"
            " FROM domain_referralclawback"
        )
        assert broken() == {"M18"}
        assert booking


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE domain_holdback SET taken_cents = taken_cents + 1",
        "UPDATE domain_holdback SET released_on = '2027-03-01'",
        "DELETE FROM domain_holdback",
        "UPDATE domain_account SET balance_cents = balance_cents - 1 WHERE code = '2015'",
    ],
)
def test_what_is_held_back_and_nobody_waits_for(sql: str) -> None:
    people = two_people()
    price_pairs(people, **{"reserve.holdback_bps": 1_000})
    top = placed(name="ROOT")
    chain(top, "L", 1), chain(top, "R", 1)
    post_run(people)
    assert list(earning_breaches()) == []
    run_sql(sql)
    assert broken() == {"2015"}
