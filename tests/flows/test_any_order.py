"""The same placements and payments, in any order and split, with runs in between or none."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from django.db.models import Sum

from domain.bookings.models import Booking
from domain.common.money import share
from domain.network.earning.models import Pair, ReferralBonus
from domain.network.earning.queries.wallets import balances_of
from domain.network.models import ActiveBuyerPeriod, Member, Node
from domain.payouts.models import TaxRecord
from domain.staff.models import Staff
from tests.factories import assert_sound
from tests.network.earners import post_run, price_pairs, two_people
from tests.network.factory import new_member, put
from tests.payouts.factory import Office
from tests.torture.kills import forgotten
from tests.vehicles.factory import NOON, on_emi, pay, told

pytestmark = [pytest.mark.torture, pytest.mark.django_db, pytest.mark.usefixtures("shop")]
LEAST = 500_00
# Who sits where, and what each pays in all: none of it divides evenly.
FAMILY = {"a": ("top", "L"), "b": ("top", "R"), "c": ("a", "L"), "d": ("b", "R")}
PAYS = {"a": 23_456_79, "b": 61_234_57, "c": 7_777_77, "d": 87_654_33}
# Where a threshold is crossed by a credit that cannot bear the tax, the rest is a shortfall.
RULES: dict[str, dict[str, int | str]] = {
    "at payout": {},
    "at credit": {"tds.timing": "ACCRUAL"},
    "as in India": {
        "tds.timing": "ACCRUAL",
        "tds.rate_bps": 200,
        "tds.threshold": 3_000_00,
        "tds.ceiling_scope": "NONE",
    },
}


class World:
    """One order of one set of events, drawn by ``chance``."""

    def __init__(self, office: Office, people: tuple[Staff, Staff], chance: Random) -> None:
        self.office, self.people, self.chance = office, people, chance
        self.members = {"top": office.member(0)}
        put(self.members["top"])
        for name, (sponsor, _) in FAMILY.items():
            self.members[name] = new_member(self.members[sponsor], name)
        self.bookings = {
            name: on_emi(customer_id=self.members[name].pk, booking_amount_cents=LEAST)
            for name in FAMILY
        }

    def live(self) -> dict[str, Any]:
        waiting = [("place", name) for name in FAMILY]
        waiting += [("pay", name) for name in FAMILY for _ in range(self.chance.randint(1, 4))]
        waiting += [("run", "")] * self.chance.randint(0, 2)
        left = dict(PAYS)
        while waiting:
            what, name = self.chance.choice(waiting)
            if what == "place" and not Node.objects.filter(pk=self._above(name).pk).exists():
                continue
            waiting.remove((what, name))
            if what == "place":
                put(self.members[name], FAMILY[name][1])
            elif what == "pay":
                left[name] -= self._pay(name, left[name], last=("pay", name) not in waiting)
            else:
                post_run(self.people)
        assert not any(left.values())
        post_run(self.people)
        return self._outcome()

    def _above(self, name: str) -> Member:
        return self.members[FAMILY[name][0]]

    def _pay(self, name: str, left: int, *, last: bool) -> int:
        most = left - 4 * LEAST
        cents = left if last else self.chance.randint(LEAST, max(most // 2, LEAST))
        pay(Booking.objects.get(pk=self.bookings[name].pk), cents)
        return cents

    def _outcome(self) -> dict[str, Any]:
        top = self.members["top"]
        found = {
            "wallets": {
                name: balances_of(member.pk)["2000"] - self._tax(member)[1]
                for name, member in self.members.items()
            },
        }
        for cents in self._parts(balances_of(top.pk)["2000"]):
            self.office.approved(top, cents, at=NOON + timedelta(hours=1))
        assert_sound()
        names = {member.pk: name for name, member in self.members.items()}
        pairs = Pair.objects.values_list("member_id", "number", "amount_cents")
        return found | {
            "pairs": sorted((names[pk], *rest) for pk, *rest in pairs),
            "bonuses": {name: self._bonus(each) for name, each in self.members.items()},
            "buyers": ActiveBuyerPeriod.objects.filter(ended_on=None).count(),
            "instalments": [told(booking) for booking in self.bookings.values()],
            "tax": {name: sum(self._tax(each)) for name, each in self.members.items()},
        }

    def _parts(self, cents: int) -> Iterator[int]:
        """The wallet, asked for in parts of at least the minimum."""
        while self.chance.random() < 0.6 and cents > 2 * LEAST:
            part = self.chance.randint(LEAST, cents - LEAST)
            yield part
            cents -= part
        yield cents

    def _bonus(self, member: Member) -> int:
        return sum(
            ReferralBonus.objects.filter(sponsor=member).values_list("amount_cents", flat=True)
        )

    def _tax(self, member: Member) -> tuple[int, int]:
        """What was withheld, and what could not be."""
        rows = TaxRecord.objects.filter(member=member)
        tds, short = Sum("tds_cents", default=0), Sum("shortfall_cents", default=0)
        found = rows.aggregate(tds=tds, short=short)
        return found["tds"], found["short"]


@pytest.fixture
def office() -> Office:
    return Office()


@pytest.mark.parametrize("timing", RULES)
def test_come_to_the_same(office: Office, timing: str) -> None:
    people = two_people()
    price_pairs(people, **RULES[timing])
    ends = []
    for seed in range(4):
        with forgotten():
            ends.append(World(office, people, Random(seed)).live())
    first = ends[0]
    assert [pair[:2] for pair in first["pairs"]] == [("top", 1), ("top", 2)]
    assert first["bonuses"]["top"] == share(PAYS["a"], 500) + share(PAYS["b"], 500)
    assert first["tax"]["top"] > 0
    for other in ends[1:]:
        assert other == first
