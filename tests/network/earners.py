"""Trees with units, and runs over them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import count

from domain.common.actors import System
from domain.common.workflow import transit
from domain.flows.commission import run_month
from domain.ledger.operations import post
from domain.ledger.rules import AccountRef, Leg
from domain.network.earning.models import CommissionRun, Pair
from domain.network.earning.rules.parts import PARTS
from domain.network.models import Member, Node, UnitEvent
from domain.staff.models import Staff
from tests.network.factory import NOON, decide, placed
from tests.torture.threads import staff

TODAY = date(2027, 3, 1)
numbers = count(1)


def two_people() -> tuple[Staff, Staff]:
    """Finance computes, operations approve; here both hold either right."""
    from django.contrib.auth.models import Group

    people = staff(2)
    for person in people:
        person.groups.add(Group.objects.get(name="operations_manager"))
    first, second = (Staff.objects.get(pk=each.pk) for each in people)
    return first, second


def price_pairs(people: Sequence[Staff], amount: int = 1_000_00, **others: int | str) -> None:
    """Put the amount of a pair in force, and other settings of pairs."""
    first, second = people
    long_ago = NOON - timedelta(days=60)
    for name, value in {"amount": amount, **others}.items():
        full = name if "." in name else f"pair.{name}"
        decide(full, value, at=long_ago, by=first, approver=second)


def by_hand(member: Member, debit: str, credit: str, cents: int, *, event: str = "test") -> None:
    """Move money of a member as no step of the product would."""
    sides = [
        AccountRef(code, customer_id=member.pk if code in PARTS else None)
        for code in (debit, credit)
    ]
    post(
        key=f"test:{next(numbers)}:{member.pk}",
        event=event,
        legs=[Leg(*sides, cents)],
        currency="INR",
        effective_on=NOON.date(),
        actor=System("test"),
        at=NOON,
    )


def unit(member: Member, *, sign: int = 1, at: datetime = NOON, source: int = 0) -> UnitEvent:
    return UnitEvent.objects.create(
        node_id=member.pk,
        sign=sign,
        source_type="booking",
        source_id=source or member.pk,
        at=at,
    )


def chain(root: Member, side: str, count: int, *, at: datetime = NOON) -> list[Member]:
    """Members below ``root`` on one side, each with a unit."""
    members = [placed(root, side, at=at) for _ in range(count)]
    for member in members:
        unit(member, at=at)
    return members


def post_run(people: Sequence[Staff], as_of: date = TODAY, at: datetime = NOON) -> CommissionRun:
    first, second = people
    run = run_month(as_of=as_of, actor=first, at=at)
    transit(CommissionRun, run.pk, "approve", actor=second, at=at)
    transit(CommissionRun, run.pk, "post", actor=second, at=at)
    return CommissionRun.objects.get(pk=run.pk)


def pairs_of(member: Member) -> list[int]:
    return list(
        Pair.objects.filter(member=member).order_by("number").values_list("number", flat=True)
    )


def node_of(member: Member) -> Node:
    return Node.objects.get(pk=member.pk)
