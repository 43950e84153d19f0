"""What the tests of screens share: a house with prices, bookings at each point of their life."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

from django.test import Client
from django.utils import timezone

from domain.bookings.models import Booking
from domain.catalog.models import ChangeSet
from domain.catalog.rules import Address, QuoteRequest
from domain.common.actors import System
from domain.common.workflow import transit
from domain.customers.models import Customer
from domain.customers.operations import register_customer
from domain.flows.checkout import Wish, create_booking
from domain.payments.models import Payment, Refund
from domain.payments.operations.payments import record_offline_payment
from domain.payments.operations.refunds import request_refund
from domain.staff.models import Staff
from domain.staff.roles import Role
from tests.factories import fill_catalog, midnight

NEW_YORK = ZoneInfo("America/New_York")
WORKBOOK = Path(__file__).parents[2] / "fixtures" / "catalog" / "catalog.xlsx"
SEEDING = System("seed")
HOUSE = Address(address_line_1="200 W 57th St", city="New York", state="NY", zip_code="10019")
OTHER_HOUSE = Address(address_line_1="9 Main St", city="Southampton", state="NY", zip_code="11968")


def browser(staff: Staff) -> Client:
    client = Client()
    client.force_login(staff, backend="domain.staff.backends.NameOrEmailBackend")
    return client


@dataclass
class Company:
    """One person a role, hired when first asked for, and prices from the first booking on.
    Everything happens now, unless told otherwise.
    """

    role: Callable[..., Staff]
    now: datetime = field(default_factory=timezone.now)
    numbers: count[int] = field(default_factory=lambda: count(1))
    hired: dict[Role, Staff] = field(default_factory=dict)

    def __getitem__(self, role: Role) -> Staff:
        if role not in self.hired:
            self.hired[role] = self.role(role)
        return self.hired[role]

    @property
    def everybody(self) -> list[Staff]:
        return [self[each] for each in Role]

    @property
    def agent(self) -> Staff:
        return self[Role.CUSTOMER_SERVICE]

    @property
    def manager(self) -> Staff:
        return self[Role.OPERATIONS_MANAGER]

    @property
    def finance(self) -> Staff:
        return self[Role.FINANCE_MANAGER]

    def open_shop(self) -> None:
        if not ChangeSet.objects.exists():
            fill_catalog(midnight(self.now - timedelta(days=100)))

    def customer(self, first: str = "Ada", last: str = "Lovelace", email: str = "") -> Customer:
        contact = {
            "first_name": first,
            "last_name": last,
            "email": email or f"{first}{next(self.numbers)}@guest.example".lower(),
            "phone": "+12125550123",
        }
        return register_customer(contact=contact, actor=self.agent, at=self.now)

    def book(
        self,
        customer: Customer | None = None,
        *,
        at: datetime | None = None,
        days_ahead: int = 5,
        service_type: str = "mini_move",
    ) -> Booking:
        moment = at or self.now
        self.open_shop()
        wanted = {"mini_move": {"package_type": "standard"}}.get(
            service_type, {"standard_delivery_item_count": 10}
        )
        request = QuoteRequest(
            service_type=service_type,
            pickup_date=moment.astimezone(NEW_YORK).date() + timedelta(days=days_ahead),
            pickup_time="morning",
            pickup_address=HOUSE,
            delivery_address=OTHER_HOUSE,
            **wanted,  # type: ignore[arg-type]
        )
        person = customer or self.customer()
        return create_booking(
            wish=Wish(request=request, customer_id=person.pk), actor=self.agent, at=moment
        )

    def record(self, booking: Booking, cents: int = 0, *, at: datetime | None = None) -> Payment:
        """A bank transfer that waits for its second person."""
        moment = at or self.now
        return record_offline_payment(
            booking_id=booking.pk,
            method="bank_transfer",
            amount_cents=cents or booking.total_cents,
            reference=f"SEPA {next(self.numbers)}",
            received_on=moment.astimezone(NEW_YORK).date(),
            evidence="statement",
            actor=self.agent,
            at=moment,
        )

    def pay(self, booking: Booking, cents: int = 0, *, at: datetime | None = None) -> Payment:
        moment = at or self.now
        payment = self.record(booking, cents, at=moment)
        return transit(Payment, payment.pk, "approve", actor=self.finance, at=moment).subject

    def deliver(self, booking: Booking, *, at: datetime | None = None) -> Booking:
        moment = at or self.now
        leo = self[Role.LOGISTICS_COORDINATOR]
        transit(Booking, booking.pk, "dispatch", actor=leo, at=moment)
        return transit(Booking, booking.pk, "complete", actor=leo, at=moment).subject

    def ask_refund(self, payment: Payment, cents: int, *, at: datetime | None = None) -> Refund:
        return request_refund(
            payment_id=payment.pk,
            amount_cents=cents,
            reason="A vase broke.",
            actor=self.agent,
            at=at or self.now,
        )

    def refund(self, payment: Payment, cents: int, *, at: datetime | None = None) -> Refund:
        """Money that was handed back."""
        moment = at or self.now
        asked = self.ask_refund(payment, cents, at=moment)
        transit(Refund, asked.pk, "approve", actor=self.manager, at=moment)
        return transit(
            Refund, asked.pk, "settle", actor=self.finance, at=moment, reason="wired back"
        ).subject
