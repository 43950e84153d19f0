"""A member's month explained, figure by figure, and equal to the books."""

from __future__ import annotations

from datetime import date

from django.urls import reverse
from django.utils import timezone

from domain.compliance.days import day_of
from domain.network.earning.models import Pair
from domain.network.earning.queries.months import MemberMonth, month_of_member
from domain.network.models import Member
from domain.staff.roles import Role
from tests.backoffice.support import Company, browser
from tests.backoffice.wallets.test_wallets import give
from tests.factories import fill_catalog
from tests.network.earners import chain, post_run, price_pairs, unit
from tests.network.factory import decide, new_member, placed
from tests.payouts.factory import Office, hired
from tests.vehicles.factory import make_order, pay

MARCH = date(2027, 3, 1)


def url(member: Member, month: str) -> str:
    return reverse("admin:member_month", args=[member.pk, month])


def march(member: Member) -> MemberMonth:
    found = month_of_member(member.pk, MARCH)
    assert found.agrees
    assert sum(cents for _, cents in found.went_to) + found.tax_cents == found.earned_cents
    return found


class TestFigures:
    def test_pairs_up_to_the_cap(self, company: Company) -> None:
        people = (company.finance, company.manager)
        price_pairs(people, monthly_cap=2)
        top = placed(name="Meera")
        chain(top, "L", 4), chain(top, "R", 3)
        post_run(people)
        (part,) = march(top).runs
        row = part.row
        assert (row.carried_left, row.carried_right) == (0, 0)
        assert (row.left_added, row.right_added, row.new_pairs) == (4, 3, 2)
        assert (row.carry_left, row.carry_right, part.waits_for_cap) == (2, 1, 1)
        assert [pair.number for pair in part.pairs] == [1, 2]
        assert march(top).earned_cents == 2_000_00

    def test_bonuses_settle_a_debt_first(self, db: None) -> None:
        fill_catalog()
        sponsor = new_member()
        give(sponsor, "2000", 1_00, on=date(2027, 2, 1))
        pay(make_order(referral_code=sponsor.code), 5_000_00)
        found = march(sponsor)
        assert (found.bonus_cents, found.pair_cents) == (250_00, 0)
        (earnings,) = found.parts
        assert (earnings.begun_cents, earnings.came_cents) == (1_00, 250_00)

    def test_tax_at_credit_and_pairs_taken_back(self, company: Company) -> None:
        people = (company.finance, company.manager)
        accrual = {"tds.timing": "ACCRUAL", "tds.no_pan_rate_bps": 500}
        price_pairs(people, on_reversal="CLAWBACK_LAST", **accrual)
        top = placed(name="Meera")
        left = chain(top, "L", 2)
        chain(top, "R", 2)
        post_run(people)
        assert (march(top).earned_cents, march(top).tax_cents) == (2_000_00, 100_00)
        unit(left[0], sign=-1)
        post_run(people)
        found = march(top)
        assert (found.pair_cents, found.return_cents) == (2_000_00, -1_000_00)
        assert "Tax on an undone earning given back" in {each.words for each in found.otherwise}

    def test_an_entry_by_hand_is_told(self, db: None) -> None:
        member = new_member()
        give(member, "2000", 5_00)
        found = month_of_member(member.pk, MARCH)
        assert not found.agrees
        assert (found.earned_cents, found.ledger_cents) == (0, 5_00)


class TestPage:
    def test_leads_to_each_pair(self, company: Company) -> None:
        people = (company.finance, company.manager)
        now = timezone.now()
        rules = {"pair.amount": 1_000_00, "pair.monthly_cap": 1, "tds.timing": "ACCRUAL"}
        for name, value in rules.items():
            decide(name, value, at=now, by=people[0], approver=people[1])
        top = placed(name="Meera", at=now)
        chain(top, "L", 2, at=now), chain(top, "R", 2, at=now)
        run = post_run(people, day_of(now), now)
        text = browser(company.manager).get(url(top, f"{day_of(now):%Y-%m}")).content.decode()
        pair = Pair.objects.get(member=top)
        assert reverse("admin:domain_pair_change", args=[pair.pk]) in text
        assert reverse("admin:domain_commissionrun_change", args=[run.pk]) in text
        assert "The cap of 1 a month left room for 1." in text
        assert "1 wait for the next month" in text
        assert "add up to what the ledger moved" in text
        assert "How each pair was shared out, before tax." in text
        assert "Where it went, after tax" in text

    def test_says_what_was_withheld_and_paid(self, db: None) -> None:
        now = timezone.now()
        office = Office()
        member = office.member(at=now)
        office.approved(member, at=now)
        text = browser(office.finance).get(url(member, f"{day_of(now):%Y-%m}")).content.decode()
        assert "Tax withheld" in text
        assert "Payout approved: to the bank" in text

    def test_is_closed_to_logistics_and_ahead(self, db: None) -> None:
        member = new_member()
        month = f"{timezone.now():%Y-%m}"
        closed = browser(hired(Role.LOGISTICS_COORDINATOR)).get(url(member, month))
        assert closed.status_code == 403
        client = browser(hired(Role.CUSTOMER_SERVICE))
        assert client.get(url(member, "2999-01")).status_code == 404
        assert "posted in this month moved" in client.get(url(member, month)).content.decode()
