"""Two payouts from the request to the bank's answer, of which one comes back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from domain.payouts.models import BankAnswer, Payout, PayoutBatch, PayoutState
from tests.payouts.factory import Office, answer_file, fresh, reference_of


@pytest.fixture
def office(transactional_db: None) -> Office:
    return Office()


def press(page: Page, label: str, submit: str = "") -> None:
    """Open a dialog by its button, and send it."""
    page.get_by_role("button", name=label).first.click()
    page.locator("#modal-content").get_by_role("button", name=submit or label).last.click()


def go(page: Page, record: Payout | PayoutBatch | BankAnswer) -> None:
    page.goto(reverse(f"admin:domain_{record.subject_type}_change", args=[record.pk]))


def ask_for(clerk: Page, code: str) -> None:
    clerk.goto(reverse("admin:domain_payout_ask"))
    clerk.locator("[name=code]").fill(code)
    clerk.locator("[name=amount]").fill("10000")
    clerk.get_by_role("button", name="Ask for the payout").click()
    clerk.wait_for_load_state()


def approve_next(finance: Page) -> None:
    """From the queue, by the keyboard alone."""
    finance.goto(reverse("admin:payout_queue"))
    finance.keyboard.press("a")
    button = finance.locator("#modal-content").get_by_role("button", name="Approve")
    expect(button).to_be_focused()
    finance.keyboard.press("Enter")
    expect(finance.get_by_text("is approved now")).to_be_visible()


def send(finance: Page, manager: Page) -> None:
    """One makes the batch and its file, another releases it."""
    finance.goto(reverse("admin:domain_payoutbatch_make"))
    finance.get_by_role("button", name="Make a batch").last.click()
    finance.wait_for_load_state()
    batch = PayoutBatch.objects.get()
    go(finance, batch)
    press(finance, "Make the bank file")
    expect(finance.locator(".bo-head-title")).to_contain_text("Ready to release")
    go(manager, batch)
    press(manager, "Release")
    expect(manager.locator(".bo-head-title")).to_contain_text("Released to the bank")


def read_answer(finance: Page, content: bytes) -> None:
    finance.goto(reverse("admin:bank_answer_import"))
    file = {"name": "answer.csv", "mimeType": "text/csv", "buffer": content}
    finance.locator("input[type=file]").set_input_files(file)
    finance.get_by_role("button", name="Show what it would do").click()
    expect(finance.get_by_text("₹9,500.00 did not arrive: No such account.")).to_be_visible()
    press(finance, "Apply…", "Apply as shown")
    expect(finance.locator(".bo-head-title")).to_contain_text("Applied")


AT_ONCE = """
document.addEventListener("focusin", (event) => {
    if (event.target.matches("#modal-content button[type=submit]")) event.target.click();
})
"""


def test_enter_may_be_pressed_the_moment_its_button_has_the_focus(
    office: Office, open_page: Callable[..., Page]
) -> None:
    at = timezone.now()
    payout = office.requested(office.member(at=at), at=at)
    finance = open_page(office.finance)
    finance.goto(reverse("admin:payout_queue"))
    finance.evaluate(AT_ONCE)
    finance.keyboard.press("a")
    expect(finance.get_by_text("is approved now")).to_be_visible()
    assert fresh(payout).state == PayoutState.APPROVED


@pytest.mark.torture
def test_from_the_request_to_the_answer(office: Office, open_page: Callable[..., Page]) -> None:
    at = timezone.now()
    members = [office.member(at=at) for _ in range(2)]
    clerk, finance = open_page(office.clerk), open_page(office.finance)
    for member in members:
        ask_for(clerk, member.code)
    for _ in members:
        approve_next(finance)
    one, two = Payout.objects.order_by("pk")
    assert {one.state, two.state} == {PayoutState.APPROVED}
    send(finance, open_page(office.manager))
    read_answer(
        finance,
        answer_file(
            (reference_of(one), "UTR1", "Success", ""),
            (reference_of(two), "", "Returned", "No such account"),
        ),
    )
    assert fresh(one).state == PayoutState.COMPLETED
    assert fresh(two).state == PayoutState.FAILED
    go(finance, two)
    expect(finance.get_by_text("Everything went back to the wallet")).to_be_visible()
