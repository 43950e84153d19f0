"""Who the members are, how deep they sit, and whether their commission rests on sales."""

from __future__ import annotations

from datetime import date, timedelta
from typing import ClassVar

import pytest
from django.urls import reverse

from domain.bookings.models import Booking
from domain.common.workflow import transit
from domain.network.models import Member, UnitEvent
from domain.network.operations.members import terminate
from domain.reports import backing, membership
from domain.staff.roles import Role
from tests.backoffice.support import browser
from tests.factories import fill_catalog
from tests.network.earners import chain, post_run, price_pairs, two_people, unit
from tests.network.factory import NOON, new_member, placed
from tests.payouts.factory import Office, hired
from tests.reports.doors import ReportPages
from tests.vehicles.factory import active

pytestmark = pytest.mark.django_db
YEAR = {"since": date(2027, 1, 1), "until": date(2027, 12, 31)}


@pytest.fixture
def tree() -> list[Member]:
    """Six below a root with a unit each, one of them by its place alone; five pairs, two of it."""
    people = two_people()
    price_pairs(people)
    root = placed()
    below = [*chain(root, "L", 2), *chain(root, "R", 2)]
    # One that counts by the place alone, and one that pairs with it.
    alone, other = placed(root, "L"), placed(root, "R")
    UnitEvent.objects.create(
        node_id=alone.pk, sign=1, source_type="placement", source_id=alone.pk, at=NOON
    )
    unit(other)
    post_run(people)
    return [root, *below]


class TestBacking:
    def test_counts_pairs_of_a_place_alone_as_no_sale(self, tree: list[Member]) -> None:
        (row,) = backing.backing(**YEAR)
        assert (row.pair_cents, row.place_cents, row.backed_cents) == (5_000_00, 2_000_00, 3_000_00)
        assert backing.backing_agrees([row], **YEAR).holds
        lines, count, cents = backing.unbacked_pairs(**YEAR, by_place=True)
        assert (len(lines), count, cents) == (2, 2, 2_000_00)

    def test_counts_a_sale_that_was_undone_since_no_longer(self, tree: list[Member]) -> None:
        unit(tree[1], sign=-1, at=NOON + timedelta(days=1))
        (row,) = backing.backing(**YEAR)
        assert (row.place_cents, row.undone_cents, row.backed_cents) == (
            2_000_00,
            1_000_00,
            2_000_00,
        )

    def test_counts_bonuses_while_their_booking_stands(self) -> None:
        fill_catalog()
        booking = active(referral_code=new_member().code)
        (row,) = backing.backing(**YEAR)
        assert row.referral_cents == row.backed_cents == 250_00
        assert backing.backing_agrees([row], **YEAR).holds
        manager = hired(Role.OPERATIONS_MANAGER)
        transit(Booking, booking.pk, "cancel", actor=manager, at=NOON, reason="changed mind")
        (row,) = backing.backing(**YEAR)
        assert (row.given_up_cents, row.backed_cents) == (250_00, 0)
        lines, count, cents = backing.standing_bonuses(**YEAR)
        assert ([line.number for line in lines], count, cents) == ([booking.number], 1, 250_00)


class TestRegister:
    def test_says_how_each_member_stands(self) -> None:
        office = Office()
        distributor = office.member(0)
        gone, fresh = office.member(0, pan=False), new_member()
        terminate(member_id=gone.pk, reason="left", actor=office.manager, at=NOON)
        rows = {row.name: row for row in membership.standings(at=NOON)}
        assert {name: row.members for name, row in rows.items()} == {
            "distributor": 1, "neither": 1, "terminated": 1,
        }  # fmt: skip
        assert (rows["distributor"].with_pan, rows["distributor"].with_account) == (1, 1)
        whole = list(membership.whole_register(at=NOON))
        assert {row.member_id for row in whole} == {distributor.pk, gone.pk, fresh.pk}
        some = membership.registered(at=NOON, standing="neither", limit=10)
        assert [row.code for row in some] == [fresh.code]

    def test_is_a_file_for_those_who_may_export(self) -> None:
        new_member()
        url = reverse("admin:report_register_export")
        finance = browser(hired(Role.FINANCE_MANAGER))
        file = finance.post(url)
        assert len(b"".join(file.streaming_content).splitlines()) == 2
        assert browser(hired(Role.ADMIN)).post(url).status_code == 403


class TestDepth:
    def test_counts_each_level(self, tree: list[Member]) -> None:
        assert [(row.depth, row.members) for row in membership.levels()] == [
            (0, 1), (1, 2), (2, 4),
        ]  # fmt: skip


@pytest.mark.usefixtures("tree")
class TestPages(ReportPages):
    names: ClassVar = ["sale-backed", "register", "depth"]
