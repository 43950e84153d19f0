"""Many bookings at once: chosen in the list, shown as a plan, run, with a result a row."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from domain.bookings.models import Booking
from domain.notifications.models import Message
from domain.staff.models import Staff
from tests.backoffice.support import Company


@pytest.fixture
def company(transactional_db: None, role: Callable[..., Staff]) -> Company:
    return Company(role)


def choose_all(page: Page, step: str) -> None:
    page.goto("/admin/domain/booking/")
    page.locator("#action-toggle").check()
    page.select_option("select[name=action]", f"bulk_{step}")
    page.locator("button[name=index]").click()


class TestBulkPlan:
    def test_shows_what_would_happen_then_does_it(
        self, company: Company, open_page: Callable[..., Page]
    ) -> None:
        for _ in range(2):
            company.pay(company.book())
        done = company.book()
        company.pay(done)
        company.deliver(done)
        page = open_page(company.manager)
        choose_all(page, "cancel")
        page.fill("textarea[name=reason]", "Storm warning")
        page.get_by_role("button", name="Show the plan").click()
        expect(page.locator(".bo-head-title")).to_contain_text("Cancel 2 bookings")
        expect(page.get_by_text(f"skipped: {done} is completed")).to_be_visible()
        assert {each.state for each in Booking.objects.all()} == {"paid", "completed"}
        page.get_by_label("Hold 2 messages").check()
        page.get_by_role("button", name="Cancel 2 bookings").click()
        expect(page.get_by_text("Cancel: 2 done")).to_be_visible()
        expect(page.get_by_text("No undo of “Cancel”.")).to_be_visible()
        states = Booking.objects.order_by("pk").values_list("state", flat=True)
        assert list(states) == ["cancelled", "cancelled", "completed"]
        assert Message.objects.filter(kind="cancelled", state="held").count() == 2

    @pytest.mark.torture
    def test_waits_for_another_person_when_the_right_is_missing(
        self, company: Company, open_page: Callable[..., Page]
    ) -> None:
        booking = company.book()
        agent = open_page(company.agent)
        choose_all(agent, "cancel")
        agent.fill("textarea[name=reason]", "The guest called")
        agent.get_by_role("button", name="Show the plan").click()
        agent.get_by_role("button", name="Ask for approval").click()
        expect(agent.get_by_text("Asked for approval")).to_be_visible()
        manager = open_page(company.manager)
        manager.goto(agent.url)
        manager.get_by_role("button", name="Approve: Cancel 1 booking").click()
        expect(manager.get_by_text("Cancel: 1 done")).to_be_visible()
        assert Booking.objects.get(pk=booking.pk).state == "cancelled"
