"""Money without a home: taken by somebody, and resolved in a way told before."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from backoffice.sandbox.stripe import Sandbox
from domain.bookings.models import Booking, BookingState
from domain.bookings.queries import due_cents
from domain.common.workflow import transit
from domain.ledger.models import ManualEntry
from domain.payments.models import CaseState, MoneyCase, Refund
from domain.payments.operations.cases import open_case
from domain.staff.roles import Role
from tests.backoffice.money import STRIPE, counts, late_money, pay_by_card, send, text_of, words
from tests.backoffice.support import Company, browser
from tests.factories import POLL
from tests.vehicles.factory import make_order, pay


def page_of(case: MoneyCase) -> str:
    return reverse("admin:domain_moneycase_change", args=[case.pk])


def dialog(name: str, case: MoneyCase) -> str:
    return reverse(f"admin:domain_moneycase_{name}", args=[case.pk])


def difference(company: Company, stripe: Sandbox) -> MoneyCase:
    payment = pay_by_card(company, stripe, company.book())
    return open_case(
        kind="amount_differs",
        dedupe_key="amount:1",
        sentence="Stripe took another amount.",
        amount_cents=100,
        currency="USD",
        booking_id=payment.booking_id,
        payment_id=payment.pk,
        actor=STRIPE,
        at=company.now,
        facts={"stripe": payment.captured_cents + 100, "ours": payment.captured_cents},
    )


def fresh(case: MoneyCase) -> MoneyCase:
    return MoneyCase.objects.select_related("booking").get(pk=case.pk)


class TestCasePage:
    def test_tells_each_way_with_its_effect(self, company: Company) -> None:
        case = late_money(company)
        page = words(text_of(browser(company.finance), page_of(case)))
        assert "Brings TT-" in page
        assert "Posts 2310 → 2300" in page
        assert "Requests a refund of" in page
        assert "nobody works on it yet" in page

    def test_says_why_a_way_is_closed(self, company: Company) -> None:
        page = words(text_of(browser(company.manager), page_of(late_money(company))))
        assert (
            "Not now: You may not resolve unapplied money and discrepancies; finance manager may."
            in page
        )

    def test_marks_what_differs(self, company: Company, stripe: Sandbox) -> None:
        case = difference(company, stripe)
        page = text_of(browser(company.finance), page_of(case))
        assert page.count('class="bo-differs"') == 1

    def test_lays_stripes_present_figures_beside_ours(
        self, company: Company, stripe: Sandbox
    ) -> None:
        case = difference(company, stripe)
        url = reverse("admin:case_sides", args=[case.pk])
        page = words(text_of(browser(company.finance), url))
        assert "At Stripe now" in page
        assert page.count(str(case.booking)) == 2

    def test_says_so_when_stripe_does_not_answer(self, company: Company, stripe: Sandbox) -> None:
        case = difference(company, stripe)
        stripe.stop()
        url = reverse("admin:case_sides", args=[case.pk])
        assert "Stripe could not be reached" in text_of(browser(company.finance), url)

    def test_writes_nothing_when_looked_at(self, company: Company) -> None:
        case = late_money(company)
        client, before = browser(company.finance), counts()
        text_of(client, page_of(case))
        client.get(reverse("admin:case_queue"))
        assert counts() == before

    @pytest.mark.parametrize("which", [Role.CUSTOMER_SERVICE, Role.LOGISTICS_COORDINATOR])
    def test_is_refused_without_the_right(self, company: Company, which: Role) -> None:
        case = late_money(company)
        assert browser(company[which]).get(page_of(case)).status_code == 403


class TestResolving:
    def finance(self, company: Company) -> Client:
        return browser(company.finance)

    def test_can_be_taken(self, company: Company) -> None:
        case = late_money(company)
        send(self.finance(company), dialog("take", case))
        assert fresh(case).owner == company.finance

    def test_brings_the_booking_back_by_operations(self, company: Company) -> None:
        case = late_money(company)
        page = words(text_of(browser(company.manager), page_of(case)))
        assert "That marks" in page
        assert "finance manager may" in page
        send(browser(company.manager), dialog("reactivate", case), reason="She called")
        assert fresh(case).booking.state == BookingState.PAID  # type: ignore[union-attr]

    def test_moves_the_money_to_where_as_much_is_due(self, company: Company) -> None:
        case = late_money(company)
        other = company.book()
        send(
            self.finance(company), dialog("move", case), booking_number=other.number, reason="Hers"
        )
        assert type(other).objects.get(pk=other.pk).state == BookingState.PAID
        assert fresh(case).state == CaseState.RESOLVED
        page = words(text_of(self.finance(company), page_of(case)))
        assert "Not now: Its money has found its way: Moved to" in page

    def test_keeps_what_was_typed_when_it_cannot_move(self, company: Company) -> None:
        case = late_money(company)
        page = send(
            self.finance(company), dialog("move", case), booking_number="TT-999999", reason="Hers"
        )
        assert "There is no booking TT-999999" in page
        assert 'value="TT-999999"' in page
        assert fresh(case).state == CaseState.OPEN

    def test_asks_for_a_refund_that_another_person_approves(self, company: Company) -> None:
        case = late_money(company)
        send(self.finance(company), dialog("refund", case), reason="Too late")
        refund = Refund.objects.get(case=case)
        assert (refund.state, refund.requested_by) == ("requested", company.finance)

    def test_closes_a_difference_with_a_reason(self, company: Company, stripe: Sandbox) -> None:
        case = difference(company, stripe)
        client = self.finance(company)
        assert "This field is required" in send(client, dialog("close", case))
        send(client, dialog("close", case), reason="Stripe corrected it.")
        assert fresh(case).resolution == "Stripe corrected it."

    def test_drafts_the_entry_it_proposes(self, company: Company) -> None:
        case = open_case(
            kind="fee",
            dedupe_key="fee:1",
            sentence="Stripe's fee is another.",
            amount_cents=320,
            currency="USD",
            booking_id=None,
            payment_id=None,
            actor=STRIPE,
            at=company.now,
        )
        client = self.finance(company)
        assert "Drafts 5020 → 1010 $3.20" in words(text_of(client, page_of(case)))
        send(client, dialog("propose", case), reason="as Stripe says")
        manual = ManualEntry.objects.get()
        assert (manual.amount_cents, manual.requested_by) == (320, company.finance)
        assert f"Not now: {manual} is waiting for approval" in words(text_of(client, page_of(case)))

    def test_opens_a_closed_one_again_and_keeps_why_it_was_closed(
        self, company: Company, stripe: Sandbox
    ) -> None:
        case = difference(company, stripe)
        client = self.finance(company)
        send(client, dialog("close", case), reason="Stripe corrected it.")
        assert "Puts the case back into the queue" in words(text_of(client, page_of(case)))
        send(client, dialog("reopen", case), reason="It did not.")
        assert fresh(case).state == CaseState.OPEN
        page = text_of(client, page_of(case))
        assert "Stripe corrected it." in page
        assert "It did not." in page

    def test_does_not_close_where_money_lies(self, company: Company) -> None:
        case = late_money(company)
        send(self.finance(company), dialog("close", case), reason="Never mind")
        assert fresh(case).state == CaseState.OPEN

    @pytest.mark.parametrize("name", ["take", "move", "refund", "close", "reopen"])
    def test_is_refused_without_the_right(self, company: Company, name: str) -> None:
        case = late_money(company)
        manager = browser(company.manager)
        assert manager.post(dialog(name, case), {"_form_submitted": "1"}).status_code == 403

    def test_leaves_reactivating_to_operations(self, company: Company) -> None:
        case = late_money(company)
        page = words(text_of(self.finance(company), page_of(case)))
        assert "You may not reactivate an expired booking" in page
        answer = self.finance(company).post(dialog("reactivate", case), {"_form_submitted": "1"})
        assert answer.status_code == 403


def test_a_deposit_is_moved_to_another_booking(company: Company) -> None:
    now = company.now
    company.open_shop()
    expired, other = make_order(at=now - timedelta(days=40)), make_order(at=now)
    pay(expired, 500_00, at=now - timedelta(days=40))
    transit(Booking, expired.pk, "expire", actor=POLL, at=now)
    case = MoneyCase.objects.get()
    page = words(text_of(browser(company.finance), page_of(case)))
    assert "Posts 2300 → 2310 → 2300 ₹500.00" in page
    asked = {"booking_number": other.number, "reason": "she bought another one"}
    send(browser(company.finance), dialog("move_deposit", case), **asked)
    assert fresh(case).resolution.startswith(f"₹500.00 moved to {other}.")
    assert due_cents(other) == other.total_cents - 500_00
