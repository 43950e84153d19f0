"""A delivery from quote to refund: over HTTP, in a browser, with the shipped worker and catalog.

Nothing is patched. The guest speaks to the public API and pays on Stripe's page, staff press
buttons, the worker is a process of its own, and at the end every book tells the same story.
"""

from __future__ import annotations

import email
import json
import re
from collections.abc import Callable, Iterator
from email.message import Message as Mail
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from playwright.sync_api import Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from backoffice.sandbox.stripe import Sandbox
from domain.bookings.models import Booking
from domain.common.audit.models import AuditEntry, AuditSeal
from domain.ledger.queries import trial_balance
from domain.notifications.models import Message
from domain.payments.models import Payment, Refund, WebhookEvent
from domain.staff.models import Staff
from domain.staff.roles import Role
from tests.api.conftest import ADA, booking_wish, fill_catalog, wish
from tests.browser.support import find_anywhere
from tests.worker import running_worker, until

pytestmark = [pytest.mark.torture, pytest.mark.django_db(transaction=True)]
REFUND_CENTS = 17_500


@pytest.fixture
def mails(tmp_path: Path) -> Path:
    return tmp_path / "mails"


@pytest.fixture
def house(
    transactional_db: None,
    live_server: LiveServer,
    stripe: Sandbox,
    settings: Settings,
    mails: Path,
) -> Iterator[Sandbox]:
    """The catalog in force, the worker at work, Stripe told where to post its webhooks."""
    fill_catalog()
    # The address of this server is known only now; guests are sent links to it.
    path = "/api/public/booking-status/{number}/?token={token}"
    settings.GUEST_STATUS_URL = live_server.url + path
    stripe.sender.url = f"{live_server.url}/api/webhooks/stripe/"
    with running_worker(stripe_url=stripe.url, public_url=live_server.url, mails=mails):
        yield stripe


def sent_to_ada(mails: Path) -> list[Mail]:
    """What really left the house, in the order in which the worker sent it."""
    texts = [path.read_text() for path in sorted(mails.glob("*"))] if mails.exists() else []
    found = [part.strip() for text in texts for part in re.split(r"\n-{70,}\n", text)]
    return [email.message_from_string(each) for each in found if each]


class Story:
    def __init__(self, open_page: Callable[..., Page], role: Callable[..., Staff]) -> None:
        self.open_page = open_page
        self.people = {each: role(each, each.value.split("_")[0]) for each in Role}
        self.guest = open_page()

    def as_(self, role: Role) -> Page:
        return self.open_page(self.people[role])

    def api(self, path: str, body: dict[str, Any], **headers: str) -> dict[str, Any]:
        answer = self.guest.request.post(
            f"/api{path}",
            data=json.dumps(body),
            headers={"Content-Type": "application/json", **headers},
        )
        assert answer.ok, answer.text()
        told: dict[str, Any] = answer.json()
        return told


def press(page: Page, selector: str, button: str, **fields: str) -> None:
    """Open a dialog from its button, fill it and send it."""
    page.click(selector)
    dialog = page.locator("#modal-content")
    for name, value in fields.items():
        dialog.locator(f"[name={name}]").fill(value)
    with page.expect_navigation():
        dialog.get_by_role("button", name=button).click()


def books() -> dict[str, int]:
    totals = trial_balance(currency="USD")
    return {each.account.code: each.balance_cents for each in totals if each.balance_cents}


def test_from_quote_to_refund(
    house: Sandbox,
    mails: Path,
    open_page: Callable[..., Page],
    role: Callable[..., Staff],
) -> None:
    story = Story(open_page, role)
    quote = story.api("/public/pricing-preview/", wish(package_type="standard", coi_required=True))
    told = book(story, quote)
    number, token = told["booking"]["booking_number"], told["booking"]["access_token"]
    pay(story, house, told)
    look_at_its_price(story, number, quote)
    deliver(story, number)
    ask_for_a_refund(story, number)
    approve_it(story, number)
    until(lambda: Refund.objects.filter(state="completed").exists())
    until(lambda: not Message.objects.exclude(state="sent").exists())
    until(lambda: every_event_is_heard(house))
    # The worker looks at its schedule twice a minute; a quick story is over before.
    until(AuditSeal.objects.exists)

    everything_agrees(story, house, mails, number, quote["total_price_cents"])
    assert token not in json.dumps(house.events)


def book(story: Story, quote: dict[str, Any]) -> dict[str, Any]:
    total = quote["total_price_cents"]
    assert sum(line["amount_cents"] for line in quote["lines"]) == total
    asked = booking_wish(package_type="standard", coi_required=True, expected_total_cents=total)
    told = story.api("/public/guest-booking/", asked, **{"Idempotency-Key": "ada's move"})
    assert story.api("/public/guest-booking/", asked, **{"Idempotency-Key": "ada's move"}) == told
    assert told["booking"]["total_price_cents"] == told["payment"]["amount_cents"] == total
    return told


def pay(story: Story, stripe: Sandbox, told: dict[str, Any]) -> None:
    """On Stripe's own page; only its signed word counts, and only once."""
    page = story.guest
    page.goto(f"{stripe.url}/pay/{told['payment']['client_secret']}")
    page.get_by_label("4242424242424242").check()
    page.get_by_role("button", name="Pay").click()
    expect(page.locator("h1")).to_have_text("Paid")
    until(lambda: Booking.objects.get().state == "paid")
    forged = page.request.post(
        "/api/webhooks/stripe/", data="{}", headers={"Stripe-Signature": "t=1,v1=0"}
    )
    assert forged.status == 400


def look_at_its_price(story: Story, number: str, quote: dict[str, Any]) -> None:
    """Customer service finds the booking by the guest's name; each line says why it is there."""
    page = story.as_(Role.CUSTOMER_SERVICE)
    page.goto("/admin/")
    find_anywhere(page, "lovelace", Booking.objects.get(number=number))
    expect(page.locator(".bo-title")).to_contain_text("Paid")
    expect(page.locator(".bo-due-amount")).to_have_text("$0.00")
    rows = page.locator("#price tr")
    expect(rows).to_have_count(len(quote["lines"]) + 1)
    for line, row in zip(quote["lines"], rows.all(), strict=False):
        expect(row).to_contain_text(f"{line['amount_cents'] / 100:,.2f}")
        row.locator("summary").click()
        expect(row.locator(".bo-explained")).to_be_visible()
        expect(row.locator(".bo-explained")).to_contain_text(line["explanation"])
    expect(rows.last).to_contain_text(f"{quote['total_price_cents'] / 100:,.2f}")


def deliver(story: Story, number: str) -> None:
    """Logistics send it on its way and bring it there; service may not, and is told who may."""
    booking = Booking.objects.get(number=number)
    address = f"/admin/domain/booking/{booking.pk}/change/"
    page = story.as_(Role.CUSTOMER_SERVICE)
    page.goto(address)
    page.locator(".bo-closed", has_text="Dispatch").click()
    expect(page.locator("#modal-content")).to_contain_text("logistics coordinator")

    page = story.as_(Role.LOGISTICS_COORDINATOR)
    page.goto(address)
    expect(page.locator("#price")).to_have_count(0)
    press(page, "[data-step=dispatch]", "Dispatch")
    expect(page.locator(".bo-title")).to_contain_text("In transit")
    press(page, "[data-step=complete]", "Complete")
    expect(page.locator(".bo-title")).to_contain_text("Completed")


def ask_for_a_refund(story: Story, number: str) -> None:
    page = story.as_(Role.CUSTOMER_SERVICE)
    page.goto(f"/admin/domain/booking/{Booking.objects.get(number=number).pk}/change/")
    press(
        page,
        "[data-dialog=refund]",
        "Request",
        amount=f"{REFUND_CENTS / 100:.2f}",
        reason="A vase broke.",
    )
    expect(page.locator("body")).to_contain_text("$175.00")
    refund = Refund.objects.get()
    page.goto(f"/admin/domain/refund/{refund.pk}/change/")
    expect(page.locator("[data-step=approve]")).to_have_count(0)
    assert refund.state == "requested"


def approve_it(story: Story, number: str) -> None:
    page = story.as_(Role.FINANCE_MANAGER)
    page.goto("/admin/")
    page.locator("[data-queue=refunds]").click()
    expect(page.locator("[data-case]")).to_contain_text("A vase broke.")
    expect(page.get_by_text("It covers this refund")).to_be_visible()
    page.keyboard.press("a")
    page.locator("#modal-content").get_by_role("button", name="Approve").click()
    expect(page.get_by_text("is approved now")).to_be_visible()


def everything_agrees(story: Story, stripe: Sandbox, mails: Path, number: str, total: int) -> None:
    assert [row["amount"] for row in stripe.made("refund")] == [REFUND_CENTS]
    the_money(number, total)
    the_trail(number)
    the_messages(mails)
    the_guest(story, mails, number, total)
    the_admin(story, number)
    call_command("verify_audit", verbosity=0)
    call_command("check_integrity", verbosity=0)


def every_event_is_heard(stripe: Sandbox) -> bool:
    """Stripe's last word on the refund comes after the refund is already known as completed."""
    heard = WebhookEvent.objects.exclude(state="received").values_list("stripe_id", flat=True)
    return {event["id"] for event in stripe.events} <= set(heard)


def the_money(number: str, total: int) -> None:
    payment, refund = Payment.objects.get(), Refund.objects.get()
    assert (payment.state, payment.captured_cents) == ("succeeded", total)
    assert (refund.amount_cents, refund.requested_by.username) == (REFUND_CENTS, "customer")
    assert refund.approved_by is not None
    assert refund.approved_by.username == "finance"
    kept = books()
    # Nothing is owed to the guest any more; what was earned is what was kept, less Stripe's fee.
    assert "2300" not in kept
    assert kept["1010"] == total - REFUND_CENTS - payment.fee_cents
    assert kept["4005"] + kept.get("2110", 0) == total - REFUND_CENTS
    assert WebhookEvent.objects.filter(state="applied").exists()
    assert not WebhookEvent.objects.filter(state__in=["received", "dead"]).exists()


def the_trail(number: str) -> None:
    booking = Booking.objects.get(number=number)
    entries = AuditEntry.objects.filter(booking_id=booking.pk).order_by("pk")
    told: dict[str, list[str]] = {}
    for each in entries:
        told.setdefault(each.subject_type, []).append(each.step)
    assert told["booking"] == ["begin", "mark_paid", "dispatch", "complete"]
    assert told["payment"] == ["begin", "attach_intent", "succeed"]
    assert told["refund"] == ["begin", "approve", "send", "attach_refund", "complete"]
    assert all(each.request_id for each in entries)


def the_messages(mails: Path) -> None:
    kinds = Message.objects.order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["received", "paid", "refunded"]
    sent = sent_to_ada(mails)
    assert [each["To"] for each in sent] == [ADA["email"]] * 3
    assert "$175.00" in str(sent[-1].get_payload())


def the_guest(story: Story, mails: Path, number: str, total: int) -> None:
    """Follow the link of the last e-mail."""
    body = str(sent_to_ada(mails)[-1].get_payload())
    link = re.search(r"http\S+", body.replace("=\n", ""))
    assert link is not None
    told = story.guest.request.get(link[0]).json()
    assert (told["booking_number"], told["status"]) == (number, "completed")
    assert (told["total_price_cents"], told["amount_due_cents"]) == (total, 0)
    labels = [each["label"] for each in told["timeline"]]
    assert labels == [
        "Booking received",
        "Payment received",
        "Booking confirmed",
        "On its way",
        "Delivered",
        "Refund sent",
    ]
    assert [each["amount_cents"] for each in told["payments"]] == [total]
    assert [(each["amount_cents"], each["status"]) for each in told["refunds"]] == [
        (REFUND_CENTS, "completed")
    ]


def the_admin(story: Story, number: str) -> None:
    """What the finance manager reads in the admin is what the tables say."""
    page = story.as_(Role.FINANCE_MANAGER)
    page.goto(f"/admin/domain/booking/{Booking.objects.get(number=number).pk}/change/")
    expect(page.locator(".bo-due")).to_contain_text("refunded $175.00")
    timeline = page.locator("#timeline")
    expect(timeline).to_contain_text("A vase broke.")
    page.goto("/admin/integrity/")
    page.get_by_role("button", name="Check everything").click()
    expect(page.get_by_text("Everything checked holds")).to_be_visible()
