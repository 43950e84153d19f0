"""Each way to break pairs, counters and bonuses by hand is found and named."""

from __future__ import annotations

import pytest

from domain.network.earning.integrity import earning_breaches
from domain.network.earning.models import CommissionRun, Pair, RunMember
from domain.network.models import Member, Node
from tests.network.earners import chain, post_run, price_pairs, two_people
from tests.network.factory import placed, run_sql

pytestmark = pytest.mark.django_db


@pytest.fixture
def root() -> Member:
    people = two_people()
    price_pairs(people)
    top = placed(name="ROOT")
    chain(top, "L", 2), chain(top, "R", 2)
    post_run(people)
    assert list(earning_breaches()) == []
    return top


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
