"""Reports of the network equal the books, and every figure of theirs is a door."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

import pytest
from django.test import Client
from django.urls import reverse

from domain.ledger.queries import balance
from domain.reports import network, wallets
from tests.kept_rows import once
from tests.network.earners import TODAY, chain, post_run, price_pairs, two_people
from tests.network.factory import NOON, placed
from tests.payouts.factory import Office
from tests.reports.doors import ReportPages

pytestmark = pytest.mark.django_db
YEAR = {"since": date(2027, 1, 1), "until": date(2027, 12, 31)}


def one_month() -> None:
    """Two pairs at Rs 1,000, wallets, one payout at the bank and one that waits."""
    people = two_people()
    price_pairs(people)
    root = placed()
    chain(root, "L", 2)
    chain(root, "R", 2)
    post_run(people)
    office = Office()
    office.completed(office.member(), 10_000_00)
    office.requested(office.member(), 5_000_00)


@pytest.fixture
def paid() -> None:
    once(one_month)


@pytest.mark.usefixtures("paid")
class TestCommission:
    def test_is_what_the_accounts_hold(self) -> None:
        (row,) = network.commission(**YEAR)
        assert (row.month, row.runs, row.pairs) == (TODAY, 1, 2)
        assert row.pair_cents == balance("5010", "INR") == 2_000_00
        assert row.referral_cents == balance("5000", "INR") == 100_000_00
        assert network.commission_agrees([row], **YEAR).holds

    def test_says_when_it_is_not(self) -> None:
        (row,) = network.commission(**YEAR)
        row.pair_cents += 1
        assert not network.commission_agrees([row], **YEAR).holds


@pytest.mark.usefixtures("paid")
class TestPayouts:
    def test_of_whole_quarters_equal_the_register(self) -> None:
        rows = network.payout_quarters(since=date(2027, 3, 31), until=date(2027, 4, 1))
        assert [str(row.quarter) for row in rows] == ["Q4 of 2026-27", "Q1 of 2027-28"]
        last, first = rows
        assert (last.payouts, last.gross_cents, last.tds_cents) == (1, 10_000_00, 500_00)
        assert last.bank_cents == 9_500_00
        assert (first.payouts, first.tds_cents) == (0, 0)
        assert network.tax_agrees(rows).holds


@pytest.mark.usefixtures("paid")
class TestWallets:
    def test_are_summed_member_by_member(self) -> None:
        found = wallets.wallets(currency="INR", at=NOON)
        rows = {row.code: row for row in found}
        assert rows["2020"].cents == balance("2020", "INR") == 5_000_00
        assert rows["2020"].members == 1
        assert rows["2000"].cents == balance("2000", "INR")
        assert wallets.wallets_agree(found, currency="INR").holds


@pytest.mark.usefixtures("paid")
class TestGrowth:
    def test_counts_by_month(self) -> None:
        (row,) = network.growth(**YEAR)
        assert (row.joined, row.placed, row.deepest) == (7, 5, 2)

    def test_is_nothing_on_other_days(self) -> None:
        assert network.growth(since=date(2026, 1, 1), until=date(2026, 12, 31)) == []


@pytest.mark.usefixtures("paid")
class TestPages(ReportPages):
    names: ClassVar = ["commission", "payouts", "wallets", "members"]

    def test_are_there_when_nothing_happened(self, client: Client) -> None:
        for name in self.names:
            page = client.get(reverse("admin:report", args=[name]), {"range": "today"})
            assert page.status_code == 200
