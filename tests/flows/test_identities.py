"""The books against the records beside them, each broken by hand and named."""

from __future__ import annotations

import pytest

from domain.bookings.models import Booking
from domain.common.workflow import transit
from domain.flows.identities import identity_breaches
from domain.staff.models import Staff
from tests.factories import assert_sound
from tests.network.earners import chain, post_run, price_pairs, two_people
from tests.network.factory import placed, run_sql
from tests.vehicles.factory import NOON, active, again, make_order, pay

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shop")]


def broken() -> set[tuple[str, str]]:
    return {(each.invariant, each.subject) for each in identity_breaches()}


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE domain_payment SET captured_cents = captured_cents + 1",
        "UPDATE domain_payment SET method = 'wallet'",
        "UPDATE domain_transfer SET debit_code = '1000' WHERE debit_code = '1010'",
    ],
)
def test_what_stripe_has_of_ours(sql: str) -> None:
    pay(make_order(), 5_000_00)
    assert broken() == set()
    run_sql(sql)
    assert ("1010", "account 1010 in INR") in broken()


def test_what_was_paid_in_advance_and_what_is_owed(manager: Staff) -> None:
    waiting, handed = make_order(), active()
    pay(waiting, 700_00)
    transit(Booking, handed.pk, "deliver", actor=manager, at=NOON)
    pay(again(handed), 1_000_00)
    assert_sound(NOON)
    for booking in (waiting, handed):
        run_sql(
            "UPDATE domain_transfer SET amount_cents = amount_cents - 1 WHERE id ="
            " (SELECT max(t.id) FROM domain_transfer t JOIN domain_entry e ON e.id = t.entry_id"
            " WHERE e.booking_id = %s AND t.debit_code = '1010')",
            booking.pk,
        )
    assert {(key, who) for key, who in broken() if key == "2300"} == {
        ("2300", f"booking {waiting.number}"),
        ("2300", f"booking {handed.number}"),
    }


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE domain_pair SET amount_cents = 1, to_wallet_cents = 1",
        "UPDATE domain_transfer SET amount_cents = amount_cents - 1 WHERE debit_code = '5010'",
        "UPDATE domain_commissionrun SET state = 'approved'",
    ],
)
def test_what_pairs_cost(sql: str) -> None:
    people = two_people()
    price_pairs(people)
    top = placed(name="ROOT")
    chain(top, "L", 1), chain(top, "R", 1)
    post_run(people)
    assert broken() == set()
    run_sql(sql)
    assert broken() == {("5010", "account 5010")}
