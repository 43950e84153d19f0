"""What people do on every screen."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from domain.bookings.models import Booking


def find_anywhere(page: Page, text: str, booking: Booking) -> None:
    """Search everything from wherever one is, by keyboard, and open what is found."""
    page.keyboard.press("/")
    palette = page.locator("[x-show=openCommandResults]")
    field = palette.locator("input")
    expect(field).to_be_focused()
    field.press_sequentially(text)
    palette.locator("a", has_text=booking.number).first.click()
    expect(page.locator(".bo-title")).to_contain_text(booking.number)
