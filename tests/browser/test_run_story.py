"""A commission run: computed, one pair questioned, approved by another, posted, in the wallet."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from domain.compliance.days import day_of
from domain.network.earning.models import CommissionRun
from domain.network.models import Member
from domain.staff.models import Staff
from domain.staff.roles import Role
from tests.browser.test_payout_story import press
from tests.network.earners import chain
from tests.network.factory import decide, placed


@pytest.fixture
def people(transactional_db: None, role: Callable[..., Staff]) -> tuple[Staff, Staff]:
    finance, manager = role(Role.FINANCE_MANAGER), role(Role.OPERATIONS_MANAGER)
    decide("pair.amount", 1_000_00, at=timezone.now(), by=finance, approver=manager)
    return finance, manager


@pytest.fixture
def meera(people: tuple[Staff, Staff]) -> Member:
    now = timezone.now()
    top = placed(name="Meera", at=now)
    chain(top, "L", 2, at=now), chain(top, "R", 2, at=now)
    return top


def question(finance: Page, meera: Member) -> None:
    """Which two people make her second pair, and why is it paid in full?"""
    finance.locator("#pair-search").fill(meera.code)
    finance.keyboard.press("Enter")
    finance.locator("#pairs tbody tr").nth(1).get_by_role("link", name="why?").click()
    expect(finance.locator(".bo-head-title")).to_contain_text("Pair 2 of Meera")
    expect(finance.get_by_text("one of the first 5 of a lifetime")).to_be_visible()
    expect(finance.get_by_text("Left unit")).to_be_visible()


@pytest.mark.torture
def test_from_the_computing_to_the_wallet(
    people: tuple[Staff, Staff], meera: Member, open_page: Callable[..., Page]
) -> None:
    finance, manager = (open_page(person) for person in people)
    finance.goto(reverse("admin:domain_commissionrun_changelist"))
    finance.get_by_text("New run…").click()
    finance.locator("#modal-content").get_by_role("button", name="Compute").click()
    expect(finance.locator(".bo-head-title")).to_contain_text("Computed")
    run = CommissionRun.objects.get()
    address = reverse("admin:domain_commissionrun_change", args=[run.pk])
    question(finance, meera)

    finance.goto(address)
    finance.get_by_role("button", name="Approve").click()
    expect(finance.get_by_text("somebody else has to approve it")).to_be_visible()
    manager.goto(address)
    press(manager, "Approve")
    expect(manager.locator(".bo-head-title")).to_contain_text("Approved")
    press(manager, "Post")
    expect(manager.locator(".bo-head-title")).to_contain_text("Posted")

    manager.goto(reverse("admin:wallet", args=[meera.pk]))
    expect(manager.locator(".bo-parts-sum").first).to_have_text("₹2,000.00")
    manager.get_by_role("link", name="Pairs 1 to 2").click()
    manager.get_by_role("link", name="Pair 2").click()
    expect(manager.locator(".bo-head-title")).to_contain_text("Pair 2 of Meera")
    manager.goto(reverse("admin:member_month", args=[meera.pk, f"{day_of(run.created_at):%Y-%m}"]))
    expect(manager.get_by_text("add up to what the ledger moved")).to_be_visible()
