"""The people and payouts behind the figures of the network's reports."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet

from domain.ledger.models import Account
from domain.network.earning.models import CommissionRun, RunState
from domain.network.models import ActiveBuyerPeriod, Member, Node
from domain.payouts.models import Payout, PayoutState
from domain.payouts.rules.calendar import Quarter
from domain.reports.days import moments


@dataclass(frozen=True, slots=True)
class Person:
    """A member, and when what was counted happened."""

    member_id: int
    code: str
    name: str
    on: date | datetime


@dataclass(frozen=True, slots=True)
class People:
    """Rows about members: which, in what order, and where the member and the day stand."""

    rows: QuerySet[Any]
    person: Callable[[Any], Person]

    def first(self, limit: int) -> tuple[list[Person], int]:
        """The first of them, and how many there are."""
        people = [self.person(row) for row in self.rows[:limit]]
        return people, len(people) if len(people) < limit else self.rows.order_by().count()


def _person(member: Member, on: date | datetime) -> Person:
    return Person(member.pk, member.code, member.customer.full_name(), on)


def joined(since: date, until: date) -> People:
    first, after = moments(since, until)
    rows = Member.objects.filter(joined_at__gte=first, joined_at__lt=after)
    newest = rows.select_related("customer").order_by("-joined_at", "-pk")
    return People(newest, lambda member: _person(member, member.joined_at))


def _at_place(rows: QuerySet[Node]) -> People:
    found = rows.select_related("member__customer")
    return People(found, lambda node: _person(node.member, node.placed_at))


def placed(since: date, until: date) -> People:
    first, after = moments(since, until)
    rows = Node.objects.filter(placed_at__gte=first, placed_at__lt=after)
    return _at_place(rows.order_by("-placed_at", "-pk"))


def on_level(depth: int) -> People:
    return _at_place(Node.objects.filter(depth=depth).order_by("placed_at", "pk"))


def became_buyers(since: date, until: date) -> People:
    rows = ActiveBuyerPeriod.objects.filter(started_on__range=(since, until))
    newest = rows.select_related("member__customer").order_by("-started_on", "-pk")
    return People(newest, lambda period: _person(period.member, period.started_on))


def ceased_to_buy(since: date, until: date) -> People:
    rows = ActiveBuyerPeriod.objects.filter(ended_on__range=(since, until))
    newest = rows.select_related("member__customer").order_by("-ended_on", "-pk")
    return People(newest, lambda period: _person(period.member, period.ended_on))


GROWTH = {
    "joined": ("Joined", joined),
    "placed": ("Placed", placed),
    "begun": ("Became Active Buyer", became_buyers),
    "ended": ("Ceased to be Active Buyer", ceased_to_buy),
}


def wallets_of(code: str) -> QuerySet[Account]:
    """The accounts of one kind that hold anything, the largest first."""
    rows = Account.objects.filter(code=code, currency="INR", customer__isnull=False)
    held = rows.exclude(balance_cents=0).select_related("customer__member")
    return held.order_by("-balance_cents", "pk")


def paid_in(quarter: Quarter) -> QuerySet[Payout]:
    """The payouts that reached the bank and were taxed in a quarter."""
    days = (quarter.starts_on, quarter.ends_on)
    rows = Payout.objects.filter(state=PayoutState.COMPLETED, deducted_on__range=days)
    return rows.select_related("member__customer").order_by("-deducted_on", "-pk")


def runs_of(since: date, until: date) -> QuerySet[CommissionRun]:
    """The posted runs of some days."""
    rows = CommissionRun.objects.filter(state=RunState.POSTED, as_of__range=(since, until))
    return rows.order_by("-as_of", "-pk")
