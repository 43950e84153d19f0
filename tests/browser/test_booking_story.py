"""What a day at the desk looks like, in a real browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from domain.bookings.models import Booking
from domain.bookings.operations import Care, edit_care
from domain.payments.models import Refund
from domain.staff.models import Staff
from tests.api.conftest import fill_catalog
from tests.backoffice.bookings.support import ADA, book, in_days, paid

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def catalog(transactional_db: None) -> None:
    fill_catalog()


def find(page: Page, text: str) -> None:
    page.goto("/admin/domain/booking/")
    page.keyboard.press("/")
    page.keyboard.type(text)
    with page.expect_navigation():
        page.keyboard.press("Enter")


class TestCancellingWithARefund:
    @pytest.mark.torture
    def test_from_signing_in_to_the_request(
        self, open_page: Callable[..., Page], role: Callable[..., Staff]
    ) -> None:
        booking = paid(include_packing=True)
        boss = role("operations_manager", "olga")
        page = open_page()
        page.goto("/admin/")
        page.fill("[name=username]", boss.username)
        page.fill("[name=password]", "a-long-test-password")
        with page.expect_navigation():
            page.keyboard.press("Enter")

        find(page, "lovelace")
        page.keyboard.press("j")
        with page.expect_navigation():
            page.keyboard.press("o")
        expect(page.locator(".bo-title")).to_contain_text(booking.number)

        line = page.locator(".bo-why-line").first
        line.locator("summary").click()
        expect(line.locator(".bo-explained")).to_contain_text("mini move packages, version")

        page.click("[data-step=cancel]")
        dialog = page.locator("#dialog")
        expect(dialog).to_contain_text("Free until 48 h before pickup")
        dialog.locator("[type=date]").fill(in_days(20).isoformat())
        expect(page.locator("#cancel-figures")).to_contain_text("on the day of pickup")
        dialog.locator("textarea").fill("guest fell ill")
        with page.expect_navigation():
            dialog.locator("[type=submit]").click()

        expect(page.locator("body")).to_contain_text("waits for another person's approval")
        expect(page.locator(".bo-title")).to_contain_text("Cancelled")
        assert Refund.objects.get().reason.endswith("guest fell ill")

    def test_nothing_typed_is_lost_when_somebody_was_faster(
        self, page: Page, role: Callable[..., Staff]
    ) -> None:
        booking = paid()
        page.goto(f"/admin/domain/booking/{booking.pk}/change/")
        page.click("[data-step=cancel]")
        page.fill("#dialog textarea", "guest fell ill")
        care = Care("call first", None, "")
        colleague = role("customer_service")
        edit_care(
            booking_id=booking.pk,
            care=care,
            seen_version=booking.version,
            actor=colleague,
            at=timezone.now(),
        )
        page.click("#dialog [type=submit]")
        expect(page.locator("#dialog [role=alert]")).to_contain_text("changed while you looked")
        expect(page.locator("#dialog textarea")).to_have_value("guest fell ill")
        with page.expect_navigation():
            page.click("#dialog [type=submit]")
        assert Booking.objects.get().state == "cancelled"


class TestWithTheKeyboardAlone:
    def test_the_first_step_is_one_key_away(self, page: Page) -> None:
        booking = paid()
        page.goto(f"/admin/domain/booking/{booking.pk}/change/")
        page.keyboard.press("e")
        expect(page.locator("#dialog")).to_contain_text(f"Dispatch: {booking.number}")
        page.keyboard.press("Escape")
        expect(page.locator("#dialog")).not_to_be_visible()

    def test_a_closed_step_says_why(self, page: Page) -> None:
        page.goto(f"/admin/domain/booking/{book().pk}/change/")
        page.locator(".bo-closed", has_text="Dispatch").press("Enter")
        expect(page.locator("#dialog")).to_contain_text("needs it to be paid")


class TestBookingForACaller:
    def test_sees_the_price_grow_and_books(
        self, open_page: Callable[..., Page], role: Callable[..., Staff]
    ) -> None:
        page = open_page(role("customer_service"))
        page.goto("/admin/domain/booking/add/")
        for name, value in ADA.items():
            page.fill(f"#id_{name}", value)
        page.select_option("#id_package_type", "standard")
        expect(page.locator("#quote")).to_contain_text("$1,725.00")
        page.check("#id_coi_required")
        page.fill("#id_pickup_date", in_days(20).isoformat())
        page.select_option("#id_pickup_time", "morning")
        for place in ("pickup", "delivery"):
            page.fill(f"#id_{place}_address_line_1", "200 W 57th St")
            page.fill(f"#id_{place}_city", "New York")
            page.select_option(f"#id_{place}_state", "NY")
            page.fill(f"#id_{place}_zip_code", "10019")
        expect(page.locator("#quote")).to_contain_text("$1,775.00")
        with page.expect_navigation():
            page.click("#new-booking [type=submit]")
        expect(page.locator("body")).to_contain_text("is booked")
        expect(page.locator("body")).to_contain_text("How to pay")

    def test_works_on_a_phone(self, page: Page) -> None:
        booking = paid()
        page.set_viewport_size({"width": 390, "height": 844})
        for path in ("", f"{booking.pk}/change/", "add/"):
            page.goto(f"/admin/domain/booking/{path}")
            width = page.evaluate("document.documentElement.scrollWidth")
            assert width <= 390, path
