"""Five people at their own desks: each signs in, finds a booking, reads of it what is theirs to
read, and does their part of giving a guest's money back; what is not theirs is refused in words.

:source: docs/policies/access.md
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from domain.payments.models import Refund
from domain.staff.models import Staff
from domain.staff.roles import Role
from tests.backoffice.support import Company
from tests.browser.support import find_anywhere

PASSWORD = "a-long-test-password"
# Each item of the menu, with the roles who have it: Customer service, Logistics coordinator,
# Finance manager, Operations manager, Admin.
MENU = {
    "CLFOA": (
        *("Home", "Bookings", "Batches", "Vehicle bookings", "Vehicles on offer", "Stock"),
        *("Prices and rules", "Catalog changes", "Who may do what"),
    ),
    "CFOA": (
        *("Messages", "Instalments to pay", "Waivers"),
        *("Payments", "Refunds", "Payouts", "Customers"),
    ),
    "CFO": (
        *("Members", "Holding list", "Commission", "Pairs", "Tree"),
        *("Corrections of places", "Transmissions to nominees", "Releases of reserves", "Erasures"),
        *("KYC", "PANs", "Bank accounts"),
    ),
    "CO": ("New booking", "Book a vehicle"),
    "FOA": (
        *("Money cases", "Disputes", "Reports", "Document register"),
        *("Settings", "Audit trail", "Webhook inbox", "Jobs", "Integrity"),
    ),
    "FO": (
        *("Ledger", "Payout batches", "Bank answers", "Tax withheld"),
        *("Tax quarters", "Challans", "Tax certificates"),
    ),
    "OA": ("Staff", "Staff actions"),
    "O": ("Import a workbook",),
}
ITEMS = """links => links.map(link => [...link.children]
    .find(part => !part.classList.contains('material-symbols-outlined')).textContent.trim())"""


@dataclass(frozen=True, slots=True)
class Desk:
    """What the page of a paid delivery offers somebody, and a door that is closed to them."""

    steps: set[str]
    dialogs: set[str]
    sees_prices: bool
    closed: str
    needs: str


ALL_STEPS = {"dispatch", "complete", "reactivate", "cancel"}
ALL_DIALOGS = {"refund", "amend", "contact", "access", "assign", "offline", "rebook"}
DESKS = {
    Role.CUSTOMER_SERVICE: Desk(
        {"cancel"}, ALL_DIALOGS, sees_prices=True, closed="/admin/ledger/", needs="see the ledger"
    ),
    Role.LOGISTICS_COORDINATOR: Desk(
        {"dispatch", "cancel"},
        {"assign"},
        sees_prices=False,
        closed="/admin/domain/payment/",
        needs="see payments",
    ),
    Role.OPERATIONS_MANAGER: Desk(
        {"dispatch", "cancel"},
        ALL_DIALOGS,
        sees_prices=True,
        closed="/admin/domain/manualentry/do/draft/",
        needs="draft a manual ledger entry",
    ),
    Role.FINANCE_MANAGER: Desk(
        set(),
        {"refund", "offline"},
        sees_prices=True,
        closed="/admin/catalog/import/",
        needs="prepare and apply catalog changes",
    ),
    Role.ADMIN: Desk(
        set(),
        set(),
        sees_prices=True,
        closed="/admin/domain/booking/add/",
        needs="book for a caller",
    ),
}


@pytest.fixture
def company(transactional_db: None, role: Callable[..., Staff]) -> Company:
    return Company(role)


class Office:
    def __init__(self, company: Company, open_page: Callable[..., Page]) -> None:
        self.company, self.open_page = company, open_page
        self.booking = company.pay(company.book()).booking

    def at_the_desk(self, which: Role) -> Page:
        """Somebody signs in, sees their menu, finds the booking and what it offers them."""
        page = self.open_page()
        sign_in(page, self.company[which])
        assert menu(page) == {
            item
            for roles, items in MENU.items()
            if which.value[0].upper() in roles
            for item in items
        }
        find_anywhere(page, "lovelace", self.booking)
        offers(page, DESKS[which])
        return page


@pytest.mark.torture
def test_five_roles_cancel_a_booking_and_give_its_money_back(
    company: Company, open_page: Callable[..., Page]
) -> None:
    office = Office(company, open_page)
    page = office.at_the_desk(Role.LOGISTICS_COORDINATOR)
    is_told_why_not(page, "Complete", "paid")
    is_refused(page, Role.LOGISTICS_COORDINATOR)

    page = office.at_the_desk(Role.CUSTOMER_SERVICE)
    is_told_why_not(page, "Dispatch", "logistics coordinator")
    answer(page, "[data-step=cancel]", "Ask for approval", "The guest fell ill.")
    expect(page.locator("body")).to_contain_text("Operations manager can approve it.")
    is_refused(page, Role.CUSTOMER_SERVICE)

    refund = cancel_as_asked(office.at_the_desk(Role.OPERATIONS_MANAGER))
    send_back(office.at_the_desk(Role.FINANCE_MANAGER), refund)

    page = office.at_the_desk(Role.ADMIN)
    expect(page.locator(".bo-title")).to_contain_text("Cancelled")
    expect(page.locator(".bo-due")).to_contain_text("refunded")
    is_told_why_not(page, "Cancel", "cancelled")
    is_refused(page, Role.ADMIN)


def cancel_as_asked(page: Page) -> Refund:
    """The operations manager decides what customer service asked for; a refund waits then."""
    page.get_by_role("link", name="Open the plan").click()
    with page.expect_navigation():
        page.get_by_role("button", name="Approve: Cancel 1 booking").click()
    is_refused(page, Role.OPERATIONS_MANAGER)
    refund: Refund = Refund.objects.get()
    return refund


def send_back(page: Page, refund: Refund) -> None:
    """The finance manager approves, and notes that the bank has sent it."""
    page.goto(f"/admin/domain/refund/{refund.pk}/change/")
    answer(page, "[data-step=approve]", "Approve")
    answer(page, "[data-step=settle]", "Paid out", "wired back, line 12")
    expect(page.locator(".bo-head-title")).to_contain_text("Completed")
    is_refused(page, Role.FINANCE_MANAGER)


def sign_in(page: Page, person: Staff) -> None:
    page.goto("/admin/")
    page.fill("[name=username]", person.username)
    page.fill("[name=password]", PASSWORD)
    with page.expect_navigation():
        page.get_by_role("button", name="Sign in").click()


def menu(page: Page) -> set[str]:
    return set(page.eval_on_selector_all("#nav-sidebar-apps a", ITEMS))


def offers(page: Page, desk: Desk) -> None:
    """The steps and dialogs of the table, the price lines or none; every other step says why."""
    named = "found => found.map(each => each.dataset.{})"
    toolbar = page.locator(".bo-toolbar")
    assert set(toolbar.locator("[data-step]").evaluate_all(named.format("step"))) == desk.steps
    found = toolbar.locator("[data-dialog]").evaluate_all(named.format("dialog"))
    assert set(found) == desk.dialogs
    expect(toolbar.locator(".bo-closed")).to_have_count(len(ALL_STEPS - desk.steps))
    lines = page.locator("#price tr")
    if not desk.sees_prices:
        expect(lines).to_have_count(0)
        expect(page.locator("#content-main")).not_to_contain_text("$")
        return
    lines.first.locator("summary").click()
    expect(lines.first.locator(".bo-explained")).to_contain_text("version")


def is_told_why_not(page: Page, step: str, words: str) -> None:
    page.locator(".bo-closed", has_text=step).click()
    expect(page.locator("#modal-content")).to_contain_text(words)
    page.keyboard.press("Escape")


def answer(page: Page, opener: str, button: str, reason: str = "") -> None:
    """Open a dialog, give the reason, send it; the focus is in it and comes back."""
    page.click(opener)
    dialog = page.locator("#modal-content")
    if reason:
        dialog.locator("[name=reason]").fill(reason)
    with page.expect_navigation():
        dialog.get_by_role("button", name=button).click()


def is_refused(page: Page, which: Role) -> None:
    desk = DESKS[which]
    page.goto(desk.closed)
    expect(page.locator("h1", has_text="You may not do this")).to_be_visible()
    expect(page.locator(".bo-sorry")).to_contain_text(desk.needs)
