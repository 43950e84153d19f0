"""Bookings as their own operations make them, and what a test asks about them."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

from django.utils import timezone

from domain.bookings.models import Booking
from domain.catalog.rules import Address, QuoteRequest
from domain.common.actors import System
from domain.common.audit.models import AuditEntry
from domain.common.workflow import transit
from domain.customers.models import Customer
from domain.customers.operations import register_customer
from domain.flows.checkout import Wish, create_booking
from domain.payments.models import Payment
from domain.payments.operations.payments import open_payment

GUEST = System("guest")
ADA = {
    "first_name": "Ada",
    "last_name": "Lovelace",
    "email": "ada@example.com",
    "phone": "+12125550143",
}
FROM = Address(address_line_1="200 W 57th St", city="New York", state="NY", zip_code="10019")
TO = Address(address_line_1="42 Bedford Ave", city="Brooklyn", state="NY", zip_code="11211")
AMOUNT = re.compile(r"\$\d")
numbers = count(1)


def in_days(days: int) -> date:
    return (timezone.now() + timedelta(days=days)).date()


def wish(*, days: int = 20, **changes: Any) -> QuoteRequest:
    asked: dict[str, Any] = {
        "service_type": "mini_move",
        "package_type": "standard",
        "pickup_date": in_days(days),
        "pickup_time": "morning",
        "pickup_address": FROM,
        "delivery_address": TO,
    }
    return QuoteRequest(**(asked | changes))


def book(
    *,
    contact: dict[str, str] | None = None,
    customer: Customer | None = None,
    days: int = 20,
    at: datetime | None = None,
    **changes: Any,
) -> Booking:
    asked = Wish(
        request=wish(days=days, **changes),
        contact=None if customer else contact or ADA,
        customer_id=customer.pk if customer else None,
    )
    return create_booking(wish=asked, actor=GUEST, at=at or timezone.now())


def pay(booking: Booking, *, last4: str = "4242") -> Payment:
    """The whole of it, as the webhook of a card payment would."""
    now, n = timezone.now(), next(numbers)
    payment = open_payment(booking=booking, amount_cents=booking.total_cents, actor=GUEST, at=now)
    params = {
        "captured_cents": booking.total_cents,
        "intent_id": f"pi_test_{n}_{booking.pk}",
        "charge_id": f"ch_test_{n}_{booking.pk}",
        "card_brand": "Visa",
        "card_last4": last4,
        "fee_cents": 0,
    }
    webhook = System("webhook")
    return transit(Payment, payment.pk, "succeed", actor=webhook, at=now, params=params).subject


def paid(**changes: Any) -> Booking:
    booking = book(**changes)
    pay(booking)
    return again(booking)


def again(booking: Booking) -> Booking:
    """Read it anew: a protected state cannot be refreshed in place."""
    return Booking.objects.get(pk=booking.pk)


def customer(**changes: str) -> Customer:
    return register_customer(contact=ADA | changes, actor=System("test"), at=timezone.now())


def trail(booking: Booking) -> list[str]:
    entries = AuditEntry.objects.filter(booking_id=booking.pk).order_by("pk")
    return [f"{entry.subject_type}.{entry.step}" for entry in entries]


def everything() -> dict[str, int]:
    """How many rows there are of all that a screen could write."""
    return {
        model._meta.label: model._default_manager.count()
        for model in (AuditEntry, Booking, Customer, Payment)
    }


def of_the_menu(sql: str) -> bool:
    """The counts of what waits belong to every page, whatever it shows."""
    return 'AS "count"' in sql


def without_the_frame(page: str) -> str:
    """The content of a page: not its menu, nor the search and help around it."""
    return page.partition('id="content-main"')[2].partition('id="modal-overlay"')[0]
