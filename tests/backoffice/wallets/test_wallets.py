"""A wallet on the screen: its parts, what moved them, where each entry leads, a month as paper."""

from __future__ import annotations

import io
from datetime import date

from django.urls import reverse
from pypdf import PdfReader

from domain.common.actors import System
from domain.common.issuer import issuer
from domain.common.staff_actions import StaffAction
from domain.ledger.operations import post
from domain.ledger.operations.bulk import post_many
from domain.ledger.rules import AccountRef, Leg, Posting
from domain.network.earning.models import Pair, ReferralBonus
from domain.network.earning.queries.wallets import balances_of, lines_of, months_of
from domain.network.models import Member
from domain.payouts.models import TaxRecord
from domain.staff.roles import Role
from tests.backoffice.support import Company, browser
from tests.network.earners import chain, post_run, price_pairs
from tests.network.factory import NOON, new_member, placed
from tests.payouts.factory import Office, hired
from tests.vehicles.factory import make_order, pay

JOB, DAY = System("test"), NOON.date()


def url(member: Member, **asked: object) -> str:
    query = "&".join(f"{name}={value}" for name, value in asked.items())
    return f"{reverse('admin:wallet', args=[member.pk])}?{query}"


def give(member: Member, code: str, cents: int, *, on: date = DAY, key: str = "") -> None:
    post(
        key=f"test:{member.pk}:{code}:{key}",
        event="manual",
        legs=[Leg(AccountRef("5010"), AccountRef(code, customer_id=member.pk), cents)],
        currency="INR",
        effective_on=on,
        actor=JOB,
        at=NOON,
    )


def page(member: Member, role: Role = Role.FINANCE_MANAGER, **asked: object) -> str:
    return browser(hired(role)).get(url(member, **asked)).content.decode()


class TestPage:
    def test_says_what_each_part_is_and_holds(self, db: None) -> None:
        member = new_member(name="Asha")
        give(member, "2010", 200_00)
        text = page(member)
        assert "Wallet of Asha Rao" in text
        assert "₹200.00" in text
        for word in ("Earnings", "Deposits", "EMI reserve", "Held back", "On hold", "Recoverable"):
            assert word in text
        noted = StaffAction.objects.get(action="viewed wallet")
        assert noted.subject == f"member {member.pk}"

    def test_filters_by_part_and_month_and_keeps_the_balance(self, db: None) -> None:
        member = new_member()
        give(member, "2000", 100_00, on=date(2027, 1, 5), key="a")
        give(member, "2000", 50_00, on=date(2027, 2, 5), key="b")
        give(member, "2010", 7_00, on=date(2027, 2, 6), key="c")
        assert months_of(member.pk) == [date(2027, 2, 1), date(2027, 1, 1)]
        answer = browser(hired(Role.FINANCE_MANAGER)).get(url(member, part="2000", month="2027-02"))
        (shown,) = answer.context["lines"]
        assert (shown.line.change_cents, shown.line.balance_cents) == (50_00, 150_00)
        january = browser(hired(Role.FINANCE_MANAGER)).get(url(member, month="2027-01"))
        assert january.context["balances"][0].cents == 100_00

    def test_nonsense_in_the_address_is_everything(self, db: None) -> None:
        member = new_member()
        give(member, "2000", 100_00)
        answer = browser(hired(Role.FINANCE_MANAGER)).get(
            url(member, part="9", month="x", page="-1")
        )
        assert len(answer.context["lines"]) == 1

    def test_is_closed_to_logistics_and_to_nobodys_wallet(self, db: None) -> None:
        member = new_member()
        assert browser(hired(Role.LOGISTICS_COORDINATOR)).get(url(member)).status_code == 403
        missing = reverse("admin:wallet", args=[member.pk + 1_000])
        assert browser(hired(Role.FINANCE_MANAGER)).get(missing).status_code == 404

    def test_thousands_of_entries_cost_no_more(
        self, db: None, django_assert_max_num_queries: object
    ) -> None:
        member = new_member()
        fill(member, 3_000)
        client = browser(hired(Role.FINANCE_MANAGER))
        client.get(url(member))
        with django_assert_max_num_queries(20):  # type: ignore[operator]
            answer = client.get(url(member, page=60))
        oldest = answer.context["lines"][-1].line
        assert (oldest.balance_cents, answer.context["older"]) == (1_00, "")


def fill(member: Member, count: int) -> None:
    leg = Leg(AccountRef("5010"), AccountRef("2000", customer_id=member.pk), 1_00)
    postings = [
        Posting(f"fill:{member.pk}:{number}", "manual", (leg,), NOON.date())
        for number in range(count)
    ]
    post_many(postings=postings, currency="INR", actor=JOB, at=NOON)


class TestDoors:
    def test_a_pair_leads_to_its_run(self, company: Company) -> None:
        price_pairs((company.finance, company.manager))
        top = placed(name="Meera")
        chain(top, "L", 1), chain(top, "R", 1)
        run = post_run((company.finance, company.manager))
        text = page(top)
        assert "Pair 1</a>" in text
        month = reverse("admin:member_month", args=[Pair.objects.get().member_id, "2027-03"])
        assert month in text
        assert reverse("admin:domain_commissionrun_change", args=[run.pk]) in text

    def test_a_bonus_leads_to_its_booking(self, company: Company) -> None:
        company.open_shop()
        sponsor = new_member()
        pay(make_order(referral_code=sponsor.code), 5_000_00)
        booking = ReferralBonus.objects.get().booking
        assert reverse("admin:domain_booking_change", args=[booking.pk]) in page(sponsor)

    def test_a_payout_leads_to_its_tax_row(self, db: None) -> None:
        office = Office()
        member = office.member()
        payout = office.approved(member)
        text = page(member)
        row = TaxRecord.objects.get(payout=payout)
        assert reverse("admin:domain_payout_change", args=[payout.pk]) in text
        assert reverse("admin:domain_taxrecord_change", args=[row.pk]) in text
        assert "tax withheld" in text
        assert "Payout asked for" in text

    def test_pages_of_members_and_payouts_lead_here(self, db: None) -> None:
        office = Office()
        member = office.member()
        payout = office.requested(member)
        client = browser(office.manager)
        for name, pk in (("member", member.pk), ("payout", payout.pk)):
            text = client.get(reverse(f"admin:domain_{name}_change", args=[pk])).content.decode()
            assert reverse("admin:wallet", args=[member.pk]) in text


class TestStatement:
    def read(self, member: Member, month: str = "2026-06") -> str:
        address = reverse("admin:wallet_statement", args=[member.pk, month])
        answer = browser(hired(Role.CUSTOMER_SERVICE)).get(address)
        assert answer["Content-Type"] == "application/pdf"
        pages = PdfReader(io.BytesIO(answer.content)).pages
        return " ".join(" ".join(each.extract_text() for each in pages).split())

    def test_begins_with_what_was_there(self, db: None) -> None:
        member = new_member()
        give(member, "2000", 1_000_00, on=date(2026, 5, 5), key="a")
        give(member, "2000", 234_00, on=date(2026, 6, 5), key="b")
        text = self.read(member)
        assert "₹1,000.00 ₹234.00 ₹0.00 ₹1,234.00" in text
        assert "no certificate" in text
        assert text.startswith(f"{issuer().name} {issuer().address} Wallet in June 2026")
        assert text.endswith("page 1 of 1")
        assert balances_of(member.pk)["2000"] == 1_234_00

    def test_draws_names_as_people_write_them(self, db: None) -> None:
        assert "Zoë Łukasz" in self.read(new_member(name="Zoë Łukasz"))
        assert "[…]" in self.read(new_member(name="கமலா"))

    def test_a_month_ahead_has_none(self, db: None) -> None:
        address = reverse("admin:wallet_statement", args=[new_member().pk, "2999-04"])
        assert browser(hired(Role.CUSTOMER_SERVICE)).get(address).status_code == 404


def test_lines_of_all_parts_are_in_order(db: None) -> None:
    member = new_member()
    give(member, "2000", 5_00, key="a")
    give(member, "2010", 3_00, key="b")
    assert [each.part for each in lines_of(member.pk)] == ["EMI reserve", "Earnings"]
