"""A refund from its request to the money going back, decided by keyboard by another person."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from backoffice.sandbox.stripe import Sandbox
from domain.payments.models import Refund, RefundState
from domain.staff.models import Staff
from tests.backoffice.money import pay_by_card
from tests.backoffice.support import Company
from tests.jobs import run_jobs

QUEUE = "/admin/domain/refund/queue/"


@pytest.fixture
def company(transactional_db: None, role: Callable[..., Staff]) -> Company:
    return Company(role)


def approve_by_keyboard(page: Page) -> None:
    page.keyboard.press("a")
    button = page.locator("#modal-content").get_by_role("button", name="Approve")
    expect(button).to_be_focused()
    page.keyboard.press("Enter")


class TestRefundApproval:
    def test_sends_the_money_back_and_opens_the_next_case(
        self, company: Company, stripe: Sandbox, open_page: Callable[..., Page]
    ) -> None:
        payment = pay_by_card(company, stripe, company.book())
        first, second = (company.ask_refund(payment, cents) for cents in (2_500, 4_000))
        page = open_page(company.finance)
        page.goto(QUEUE)
        expect(page.get_by_text("It covers this refund")).to_be_visible()
        foreseen = page.get_by_text(re.compile("Once Stripe has sent it: posts"))
        expect(foreseen).to_be_visible()
        approve_by_keyboard(page)
        expect(page.get_by_text(f"{first} is approved now.")).to_be_visible()
        expect(page.locator("[data-case] .bo-head-title")).to_contain_text(str(second))
        run_jobs()
        assert Refund.objects.get(pk=first.pk).state == RefundState.COMPLETED
        page.goto(f"/admin/domain/refund/{first.pk}/change/")
        expect(page.locator(".bo-head-title")).to_contain_text("Completed")
        expect(foreseen).to_have_count(0)

    def test_is_denied_with_a_reason(
        self, company: Company, open_page: Callable[..., Page]
    ) -> None:
        refund = company.ask_refund(company.pay(company.book()), 2_500)
        page = open_page(company.finance)
        page.goto(QUEUE)
        page.keyboard.press("d")
        expect(page.locator("#modal-content textarea")).to_be_focused()
        page.keyboard.type("Not our fault.")
        page.locator("#modal-content").get_by_role("button", name="Deny").click()
        expect(page.get_by_text("No refund waits for approval")).to_be_visible()
        assert Refund.objects.get(pk=refund.pk).state == RefundState.DENIED

    def test_walks_the_queue_and_greys_out_ones_own(
        self, company: Company, open_page: Callable[..., Page]
    ) -> None:
        payment = company.pay(company.book())
        theirs, mine = (company.ask_refund(payment, cents) for cents in (2_500, 4_000))
        Refund.objects.filter(pk=mine.pk).update(requested_by=company.finance)
        page = open_page(company.finance)
        page.goto(QUEUE)
        expect(page.locator("[data-case] .bo-head-title")).to_contain_text(str(theirs))
        page.keyboard.press("j")
        expect(page.locator("[data-case] .bo-head-title")).to_contain_text(str(mine))
        expect(page.locator(".bo-wait-off")).to_contain_text("You requested it.")
        page.keyboard.press("a")
        expect(page.locator("#modal-content")).not_to_contain_text("What will happen")
        page.keyboard.press("Escape")
        page.keyboard.press("k")
        expect(page.locator("[data-case] .bo-head-title")).to_contain_text(str(theirs))
