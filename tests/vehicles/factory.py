"""Bookings of vehicles, made and paid through the operations that do so in life."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import count
from typing import Any

from domain.bookings.models import Booking, Instalment
from domain.bookings.rules.orders import VehicleRequest
from domain.bookings.vehicles.stock import count_stock, figures
from domain.common.actors import Actor
from domain.flows.ordering import VehicleWish, book_vehicle
from domain.flows.settlement import settle_intent
from domain.ledger.queries import balance
from domain.payments.models import Payment
from domain.payments.operations.payments import open_payment
from domain.staff.models import Staff
from tests.factories import GUEST, POLL, intent_of

# Noon in Kolkata, on a Monday.
NOON = datetime(2027, 3, 1, 6, 30, tzinfo=UTC)
TODAY = date(2027, 3, 1)
SKU = "EV-CITY-1"
ASHA = {
    "first_name": "Asha",
    "last_name": "Rao",
    "email": "asha@example.com",
    "phone": "098450 12345",
}
numbers = count(1)


def asha() -> dict[str, str]:
    """A buyer with an e-mail address of her own."""
    return ASHA | {"email": f"asha{next(numbers)}@example.com"}


def request_for(**changes: Any) -> VehicleRequest:
    from domain.catalog.queries import catalog_at

    vehicle = catalog_at(changes.pop("at", NOON)).vehicles[changes.get("vehicle_sku", SKU)]
    asked = {"vehicle_sku": vehicle.sku, "colour": vehicle.colours[0]} | changes
    return VehicleRequest(**asked)


def make_order(
    *,
    at: datetime = NOON,
    actor: Actor = GUEST,
    customer_id: int | None = None,
    referral_code: str = "",
    **changes: Any,
) -> Booking:
    """A pending booking of a vehicle; the catalog has to be in force."""
    wish = VehicleWish(
        request=request_for(**changes),
        contact=None if customer_id else asha(),
        customer_id=customer_id,
        referral_code=referral_code,
    )
    return book_vehicle(wish=wish, actor=actor, at=at)


def on_emi(*, months: int = 12, booking_amount_cents: int = 5_000_00, **more: Any) -> Booking:
    return make_order(
        payment_option="emi",
        emi_months=months,
        booking_amount_cents=booking_amount_cents,
        **more,
    )


def pay(booking: Booking, cents: int, *, at: datetime = NOON) -> Payment:
    """Money by card, as Stripe would tell it."""
    payment = open_payment(booking=booking, amount_cents=cents, actor=GUEST, at=at)
    settle_intent(payment_id=payment.pk, intent=intent_of(payment), actor=POLL, at=at)
    return Payment.objects.get(pk=payment.pk)


def active(*, at: datetime = NOON, **changes: Any) -> Booking:
    booking = on_emi(at=at, **changes)
    pay(booking, booking.booking_amount_cents, at=at)
    return again(booking)


def again(booking: Booking) -> Booking:
    return Booking.objects.get(pk=booking.pk)


def books(booking: Booking, code: str) -> int:
    return balance(code, "INR", booking_id=booking.pk)


def rows(booking: Booking) -> list[Instalment]:
    return list(Instalment.objects.filter(booking=booking).order_by("number"))


def told(booking: Booking) -> list[tuple[int, str]]:
    """Each instalment's paid amount and state."""
    return [(row.paid_cents, row.state) for row in rows(booking)]


def stock_up(sku: str, on_hand: int, by: Staff, *, at: datetime = NOON) -> None:
    seen = figures([sku], at)[sku].on_hand
    count_stock(sku=sku, on_hand=on_hand, reason="counted", seen_on_hand=seen, actor=by, at=at)
