"""A vehicle from a referral code to the hand-over: the guest over HTTP, staff in a browser."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from backoffice.sandbox.stripe import Sandbox
from domain.bookings.models import Booking, VehicleStock
from domain.ledger.queries import balance
from domain.network.models import Member
from domain.payments.models import Payment
from domain.staff.models import Staff
from domain.staff.roles import Role
from tests.api.conftest import fill_catalog
from tests.factories import assert_sound
from tests.jobs import run_jobs
from tests.network.factory import node, placed
from tests.vehicles.factory import SKU
from tests.worker import until

pytestmark = [pytest.mark.torture, pytest.mark.django_db(transaction=True)]
PRICE, BOOKING_AMOUNT, OVER_THE_COUNTER = 98_500_00, 500_00, 12_666_00
ASKED: dict[str, Any] = {
    "service_type": "vehicle",
    "vehicle_sku": SKU,
    "colour": "Slate",
    "payment_option": "emi",
    "emi_months": 12,
    "booking_amount_cents": BOOKING_AMOUNT,
    "customer_info": {
        "first_name": "Nila",
        "last_name": "Iyer",
        "email": "nila@example.com",
        "phone": "098450 12345",
    },
}


@pytest.fixture
def sponsor(transactional_db: None, live_server: LiveServer, stripe: Sandbox) -> Member:
    fill_catalog()
    stripe.sender.url = f"{live_server.url}/api/webhooks/stripe/"
    return placed(name="Asha", at=timezone.now())


def test_from_a_code_to_the_hand_over(
    sponsor: Member,
    stripe: Sandbox,
    open_page: Callable[..., Page],
    role: Callable[..., Staff],
) -> None:
    guest = open_page()
    booking = book(guest, sponsor.code)
    pk = Booking.objects.get().pk
    pay_online(guest, stripe, booking)
    clerk, finance = open_page(role(Role.CUSTOMER_SERVICE)), open_page(role(Role.FINANCE_MANAGER))
    pay_over_the_counter(clerk, pk)
    approve(finance)
    manager = open_page(role(Role.OPERATIONS_MANAGER))
    is_placed_below(sponsor, manager)
    hand_over(manager, pk)
    the_guest_is_told(guest, booking)
    the_books_agree(pk)


def page_of(page: Page, booking_id: int) -> Page:
    page.goto(reverse("admin:domain_booking_change", args=[booking_id]))
    return page


def press(page: Page, selector: str, button: str, **fields: str) -> None:
    """Open a dialog from its button, fill it and send it."""
    page.click(selector)
    dialog = page.locator("#modal-content")
    for name, value in fields.items():
        field = dialog.locator(f"[name={name}]")
        if field.evaluate("field => field.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
    with page.expect_navigation():
        dialog.get_by_role("button", name=button).click()


def book(guest: Page, code: str) -> dict[str, Any]:
    answer = guest.request.post(
        "/api/public/guest-booking/",
        data=json.dumps(ASKED | {"referral_code": code}),
        headers={"Content-Type": "application/json", "Idempotency-Key": "nila's scooter"},
    )
    assert answer.ok, answer.text()
    told: dict[str, Any] = answer.json()
    assert told["payment"]["amount_cents"] == BOOKING_AMOUNT
    return told


def pay_online(guest: Page, stripe: Sandbox, told: dict[str, Any]) -> None:
    """On Stripe's own page; the event and the job after it bring the money onto the booking."""
    guest.goto(f"{stripe.url}/pay/{told['payment']['client_secret']}")
    guest.get_by_label("4242424242424242").check()
    guest.get_by_role("button", name="Pay").click()
    expect(guest.locator("h1")).to_have_text("Paid")
    until(lambda: run_jobs() and Payment.objects.filter(state="succeeded").exists())
    assert Booking.objects.get().state == "pending"


def pay_over_the_counter(clerk: Page, booking_id: int) -> None:
    """Enough to confirm it, and a first instalment and part of the second."""
    page_of(clerk, booking_id)
    expect(clerk.locator("#vehicle")).to_contain_text("₹4,500.00 more confirms it")
    expect(clerk.locator("#schedule")).to_contain_text("0 of 12 settled")
    press(
        clerk,
        "[data-dialog=offline]",
        "Record",
        method="cash",
        amount=f"{OVER_THE_COUNTER / 100:.2f}",
        reference="R-0001",
        evidence="Counted at the desk, receipt 1.",
    )
    expect(clerk.locator("body")).to_contain_text("once a second person has approved it")
    assert Booking.objects.get().state == "pending"


def approve(finance: Page) -> None:
    """Finance finds it on the home page."""
    finance.goto("/admin/")
    finance.locator("[data-queue=offline]").click()
    expect(finance.locator("body")).to_contain_text("₹12,666.00")
    payment = Payment.objects.get(method="cash")
    finance.goto(reverse("admin:domain_payment_change", args=[payment.pk]))
    press(finance, "[data-step=approve]", "Approve")
    assert Booking.objects.get().state == "active"


def is_placed_below(sponsor: Member, manager: Page) -> None:
    nila = Member.objects.get(referred_by=sponsor)
    manager.goto(reverse("admin:holding_list"))
    row = manager.locator("#holding tr", has_text="Nila Iyer")
    expect(row).to_contain_text("confirmed")
    run_jobs()
    manager.goto(reverse("admin:domain_member_change", args=[nila.pk]))
    title = manager.locator(".bo-head-title")
    expect(title).to_contain_text("Active Buyer")
    expect(title).not_to_contain_text("holding list")
    assert node(nila).parent_id == sponsor.pk


def hand_over(manager: Page, booking_id: int) -> None:
    stock = VehicleStock.objects.get(sku=SKU)
    assert stock.reserved == 1
    page_of(manager, booking_id)
    expect(manager.locator("#schedule")).to_contain_text("1 of 12 settled")
    press(manager, "[data-step=deliver]", "Hand over")
    expect(manager.locator(".bo-title")).to_contain_text("Delivered")
    due = PRICE - BOOKING_AMOUNT - OVER_THE_COUNTER
    expect(manager.locator(".bo-due-amount")).to_have_text(f"₹{due / 100:,.2f}")
    after = VehicleStock.objects.get(sku=SKU)
    assert (after.on_hand, after.reserved) == (stock.on_hand - 1, 0)


def the_guest_is_told(guest: Page, told: dict[str, Any]) -> None:
    booking = told["booking"]
    path = f"/api/public/booking-status/{booking['booking_number']}/"
    status = guest.request.get(f"{path}?token={booking['access_token']}").json()
    assert status["status"] == "delivered"
    assert [row["status"] for row in status["instalments"][:3]] == ["paid", "part_paid", "due"]
    labels = [each["label"] for each in status["timeline"]]
    assert labels.count("Payment received") == 2
    assert "Delivered" in labels


def the_books_agree(booking_id: int) -> None:
    paid = BOOKING_AMOUNT + OVER_THE_COUNTER
    assert balance("4000", "INR") == PRICE
    assert balance("1200", "INR", booking_id=booking_id) == PRICE - paid
    assert balance("2300", "INR", booking_id=booking_id) == 0
    # Asha's five per cent of what was paid, caught up when the booking was confirmed.
    assert balance("5000", "INR") == paid * 5 // 100
    assert_sound(timezone.now())
