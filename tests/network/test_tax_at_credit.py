"""Tax at the credit: withheld once, from the right pocket, and given back with what is undone."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from domain.common.actors import System
from domain.common.errors import InvalidInput, Refused
from domain.common.settings.models import DatedSetting
from domain.common.settings.operations import approve_setting, propose_setting
from domain.common.workflow import transit
from domain.flows.clawback import by_refund, claw_back
from domain.flows.commission import run_month
from domain.ledger.models import Entry
from domain.network.earning.models import CommissionRun, Holdback, ReferralBonus
from domain.network.earning.queries.wallets import balances_of
from domain.network.models import Member
from domain.payouts.integrity import payout_breaches
from domain.payouts.models import TaxQuarter, TaxRecord
from domain.payouts.operations.quarters import lock_quarter
from domain.payouts.queries.register import quarter_sums
from domain.payouts.queries.yearly import member_years
from domain.staff.models import Staff
from tests.factories import assert_sound, fill_catalog, refunded
from tests.network.earners import TODAY, by_hand, chain, post_run, price_pairs, two_people
from tests.network.factory import NOON, placed, run_sql
from tests.payouts.factory import Office, on
from tests.vehicles.factory import make_order, pay

pytestmark = pytest.mark.django_db
JOB = System("test")
ACCRUAL = {"tds.timing": "ACCRUAL", "tds.no_pan_rate_bps": 500}
INDIA = {
    "tds.timing": "ACCRUAL",
    "tds.rate_bps": 200,
    "tds.no_pan_rate_bps": 200,
    "tds.threshold": 20_000_00,
    "tds.ceiling_scope": "NONE",
}


@pytest.fixture
def office() -> Office:
    return Office()


@pytest.fixture
def people(office: Office) -> tuple[Staff, Staff]:
    del office
    return two_people()


def put_in_force(people: tuple[Staff, Staff], **rules: int | str) -> None:
    price_pairs(people, **rules)


def earner(lefts: int, rights: int) -> Member:
    root = placed(name="ROOT")
    chain(root, "L", lefts), chain(root, "R", rights)
    return root


def told(member: Member) -> list[tuple[str, int, int]]:
    rows = TaxRecord.objects.filter(member=member).order_by("pk")
    return list(rows.values_list("source", "base_cents", "tds_cents"))


def pockets(member: Member) -> tuple[int, int, int, int]:
    found = balances_of(member.pk)
    return found["2000"], found["2015"], found["2010"], found["1300"]


class TestOfARun:
    def test_is_withheld_from_what_each_member_is_paid(self, people: tuple[Staff, Staff]) -> None:
        put_in_force(people, **ACCRUAL)
        root = earner(7, 7)
        run = post_run(people)
        # Seven pairs, of which the sixth and seventh give a fifth to the reserve.
        assert pockets(root) == (7_000_00 - 400_00 - 350_00, 0, 400_00, 0)
        assert told(root) == [(f"run:{run.pk}", 7_000_00, 350_00)]
        assert run.tax_cents == run.pairs * 50_00
        legs = Entry.objects.get(key=f"pair:{root.pk}:1").transfers.order_by("pk")
        assert list(legs.values_list("debit_code", "credit_code", "amount_cents")) == [
            ("5010", "2000", 6_250_00),
            ("5010", "2010", 400_00),
            ("5010", "2100", 350_00),
        ]
        assert_sound()

    def test_is_shown_before_and_worked_out_anew_when_posted(
        self, people: tuple[Staff, Staff]
    ) -> None:
        put_in_force(people, **ACCRUAL)
        root = earner(1, 1)
        run = run_month(as_of=TODAY, actor=people[0], at=NOON)
        assert (run.tax_cents, told(root)) == (50_00, [])
        put_in_force(people, **{"tds.timing": "PAYOUT"})
        transit(CommissionRun, run.pk, "approve", actor=people[1], at=NOON)
        transit(CommissionRun, run.pk, "post", actor=people[1], at=NOON)
        assert (CommissionRun.objects.get().tax_cents, told(root)) == (0, [])
        assert pockets(root) == (1_000_00, 0, 0, 0)

    def test_crossing_the_threshold_takes_the_whole_year(self, people: tuple[Staff, Staff]) -> None:
        put_in_force(people, **INDIA)
        put_in_force(people, amount=15_000_00, monthly_cap=1)
        root = earner(2, 2)
        post_run(people)
        assert told(root)[-1][1:] == (15_000_00, 0)
        put_in_force(people, amount=15_000_00, monthly_cap=2)
        post_run(people)
        assert told(root)[-1][1:] == (15_000_00, 600_00)
        assert pockets(root)[0] == 30_000_00 - 600_00
        assert_sound()

    def test_more_than_the_wallets_part_comes_out_of_the_others(
        self, people: tuple[Staff, Staff]
    ) -> None:
        put_in_force(
            people,
            **ACCRUAL | {"tds.no_pan_rate_bps": 9_000, "reserve.holdback_bps": 1_000},
            full_count=0,
        )
        root = earner(3, 3)
        post_run(people)
        # Of 3,000: 600 for the reserve, 240 held back, 2,160 for the wallet; 2,700 is tax.
        assert pockets(root) == (0, 0, 300_00, 0)
        assert not Holdback.objects.filter(member=root).exists()
        assert_sound()

    def test_what_settles_a_debt_bears_none(self, people: tuple[Staff, Staff]) -> None:
        put_in_force(people, **ACCRUAL | {"tds.no_pan_rate_bps": 10_000})
        root = earner(1, 1)
        by_hand(root, "1300", "5000", 400_00)
        post_run(people)
        assert pockets(root) == (0, 0, 0, 0)
        row = TaxRecord.objects.get(member=root)
        assert (row.base_cents, row.tds_cents, row.shortfall_cents) == (1_000_00, 600_00, 400_00)
        assert_sound()


class TestOfABonus:
    @pytest.fixture(autouse=True)
    def _shop(self, db: None) -> None:
        fill_catalog()

    def test_is_withheld_and_the_payout_takes_none(
        self, office: Office, people: tuple[Staff, Staff]
    ) -> None:
        put_in_force(people, **ACCRUAL)
        sponsor = office.member(0)
        pay(make_order(referral_code=sponsor.code), 40_000_00)
        bonus = ReferralBonus.objects.get()
        assert told(sponsor) == [(f"referral:{bonus.payment_id}", 2_000_00, 100_00)]
        assert pockets(sponsor) == (1_900_00, 0, 0, 0)
        payout = office.approved(sponsor, 1_900_00)
        assert (payout.taxable_cents, payout.tds_cents, payout.bank_cents) == (0, 0, 1_900_00)
        assert quarter_sums(2026, 4).differ_cents == 0
        assert_sound()

    def test_untaxed_money_of_before_is_taxed_when_it_is_paid(
        self, office: Office, people: tuple[Staff, Staff]
    ) -> None:
        sponsor = office.member(1_000_00)
        put_in_force(people, **ACCRUAL)
        pay(make_order(referral_code=sponsor.code), 40_000_00)
        payout = office.approved(sponsor, 2_900_00)
        assert (payout.taxable_cents, payout.tds_cents) == (1_000_00, 50_00)

    def test_goes_back_with_a_refund(self, office: Office, people: tuple[Staff, Staff]) -> None:
        put_in_force(people, **ACCRUAL)
        sponsor = office.member(0)
        payment = pay(make_order(referral_code=sponsor.code), 40_000_00)
        refund = refunded(payment, 10_000_00, *people, at=NOON)
        # 500 of the bonus is taken back; 25 of it was with the state and comes from there.
        assert pockets(sponsor) == (1_425_00, 0, 0, 0)
        assert [row[1:] for row in told(sponsor)] == [
            (2_000_00, 100_00),
            (-2_000_00, -100_00),
            (1_500_00, 75_00),
        ]
        claw_back(loss=by_refund(refund), actor=people[0], at=NOON)
        refunded(payment, 30_000_00, *people, at=NOON)
        assert pockets(sponsor) == (0, 0, 0, 0)
        assert quarter_sums(2026, 4).register_cents == 0
        assert_sound()

    def test_stands_once_its_quarter_is_locked(
        self, office: Office, people: tuple[Staff, Staff]
    ) -> None:
        put_in_force(people, **ACCRUAL)
        sponsor = office.member(0)
        payment = pay(make_order(referral_code=sponsor.code), 40_000_00)
        april = on(date(2027, 4, 2))
        lock_quarter(quarter_id=TaxQuarter.objects.get().pk, actor=office.finance, at=april)
        refunded(payment, 40_000_00, *people, at=april)
        # The state has the 100: the member gives all 2,000 back and keeps the tax as paid.
        assert pockets(sponsor) == (0, 0, 0, 100_00)
        assert [row[1:] for row in told(sponsor)] == [(2_000_00, 100_00)]
        assert_sound(april)

    def test_the_gap_counts_what_was_credited(
        self, office: Office, people: tuple[Staff, Staff]
    ) -> None:
        put_in_force(people, **INDIA | {"tds.no_pan_rate_bps": 2_000})
        sponsor = office.member(0)
        pay(make_order(referral_code=sponsor.code, vehicle_sku="EV-CITY-1"), 60_000_00)
        (row,) = [each for each in member_years(2026) if each.member.pk == sponsor.pk]
        assert (row.credited_cents, row.law_cents, row.tds_cents) == (3_000_00, 0, 0)
        assert not row.near_threshold


def test_a_register_that_differs_from_the_books_is_named(people: tuple[Staff, Staff]) -> None:
    put_in_force(people, **ACCRUAL)
    earner(1, 1)
    post_run(people)
    run_sql(
        "UPDATE domain_taxrecord SET base_cents = base_cents + 1, liable_cents = liable_cents + 1"
    )
    assert "Y7" in {each.invariant for each in payout_breaches()}


class TestTheDayOfAChange:
    def propose(self, people: tuple[Staff, Staff], valid_from: datetime) -> DatedSetting:
        asked = {"value": 1, "valid_from": valid_from, "reason": "law", "actor": people[0]}
        return propose_setting(name="tds.timing", **asked, at=NOON)  # type: ignore[arg-type]

    def test_is_any_day_until_somebody_earned(
        self, office: Office, people: tuple[Staff, Staff]
    ) -> None:
        row = self.propose(people, NOON)
        office.member(1_000_00)
        with pytest.raises(Refused, match="Tax of a year is withheld in one way"):
            approve_setting(setting_id=row.pk, actor=people[1], at=NOON)

    def test_is_the_first_of_a_tax_year_from_then_on(
        self, office: Office, people: tuple[Staff, Staff]
    ) -> None:
        office.member(1_000_00)
        for day in (NOON, NOON + timedelta(days=40)):
            with pytest.raises(InvalidInput, match=r"14:30 EDT, when 01 Apr 202[78] begins in Ind"):
                self.propose(people, day)
        row = self.propose(people, datetime(2027, 4, 1, tzinfo=ZoneInfo("Asia/Kolkata")))
        assert approve_setting(setting_id=row.pk, actor=people[1], at=NOON).state == "approved"
