"""What the tests of the money screens share: card money, late money, and what a page holds."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from django.test import Client

from backoffice.sandbox.stripe import Sandbox
from domain.bookings.models import Booking
from domain.common.actors import System
from domain.common.audit.models import AuditEntry
from domain.common.workflow import transit
from domain.common.workflow.models import Plan, PlanRow
from domain.flows.payment import poll_payment, start_card_payment
from domain.payments.models import MoneyCase, Payment
from tests.backoffice.support import Company

GUEST, STRIPE = System("guest"), System("webhook")
MOST_QUERIES = 25


def pay_by_card(company: Company, stripe: Sandbox, booking: Booking) -> Payment:
    started = start_card_payment(booking_id=booking.pk, actor=GUEST, at=company.now)
    stripe.pay(started.intent.id)
    poll_payment(payment_id=started.payment.pk, actor=STRIPE, at=company.now)
    return Payment.objects.get(pk=started.payment.pk)


def late_money(company: Company, *, days_ahead: int = 10) -> MoneyCase:
    """Money by transfer that was approved after its booking had expired."""
    booked_at = company.now - timedelta(days=3)
    booking = company.book(at=booked_at, days_ahead=days_ahead)
    payment = company.record(booking, at=booked_at)
    transit(Booking, booking.pk, "expire", actor=System("job:expire_bookings"), at=company.now)
    transit(Payment, payment.pk, "approve", actor=company.finance, at=company.now)
    return MoneyCase.objects.get(payment=payment)


def send(client: Client, url: str, **data: Any) -> str:
    """Open a dialog and send it as it was drawn; returns where it leads, or its page again."""
    form = client.get(url).context["form"]
    drawn = {
        name: value() if callable(value := form.get_initial_for_field(field, name)) else value
        for name, field in form.fields.items()
    }
    given = {name: value for name, value in drawn.items() if value not in (None, "")}
    response = client.post(url, {**given, "_form_submitted": "1", **data})
    assert response.status_code == 200, response.status_code
    return response.headers.get("HX-Redirect", "") or response.content.decode()


def text_of(client: Client, url: str, **data: Any) -> str:
    response = client.get(url, data)
    assert response.status_code == 200, f"{url}: {response.status_code}"
    return response.content.decode()


def words(page: str) -> str:
    """What a person reads of a page: no tags, no runs of spaces."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def counts() -> tuple[int, ...]:
    """How many rows there are that no GET may add to."""
    return (AuditEntry.objects.count(), Plan.objects.count(), PlanRow.objects.count())
