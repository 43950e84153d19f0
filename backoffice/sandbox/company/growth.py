"""How the demo's company came to be: months of bookings, each through its own operations.

Nothing is written past the domain: every state, posting and audit row is as it would be had
it happened, on the day it is said to have happened. Stripe's side is the stand-in's.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from uuid import UUID

from backoffice.sandbox.company.house import Company
from backoffice.sandbox.company.people import contact, wish
from backoffice.sandbox.stripe import Sandbox
from domain.bookings.conditions import local_time
from domain.bookings.models import Booking, BookingState
from domain.bookings.operations import Care, assign_booking, edit_care
from domain.catalog.rules import QuoteRequest
from domain.common.actors import System
from domain.common.errors import DomainError
from domain.common.workflow import transit
from domain.customers.models import Customer
from domain.customers.operations import register_customer
from domain.flows.checkout import Wish, create_booking
from domain.flows.payment import poll_payment, start_card_payment
from domain.flows.refunds import send_refund
from domain.flows.sweeps import expire_booking
from domain.notifications.models import Message, MessageState
from domain.notifications.operations import mark_sent
from domain.payments.models import Payment, Refund
from domain.payments.operations.payments import record_offline_payment
from domain.payments.operations.refunds import request_refund

GUEST = System("guest")
LARGE_CENTS = 500_000
NOTES = (
    "Doorman building; call the super the day before.",
    "Fragile mirror, wrap in the van.",
    "Client prefers texts.",
    "Freight elevator until 4 pm only.",
)


@dataclass(slots=True)
class Deliveries(Company):
    """The side that carries things, and the stand-in that takes its guests' cards."""

    sandbox: Sandbox
    numbers: count[int] = field(default_factory=lambda: count(1))
    customers: list[Customer] = field(default_factory=list)

    def clock(self) -> float:
        return self.now.timestamp()


def grow(company: Deliveries, bookings: int, tell: Callable[[int], None]) -> None:
    """Live through two months of bookings up to today."""
    carla = company.staff["carla"]
    for _ in range(max(bookings // 6, 3)):
        details = contact(company.rng, next(company.numbers))
        begun = company.today - timedelta(days=75)
        company.customers.append(register_customer(contact=details, actor=carla, at=begun))
    rng = company.rng
    lately = [rng.random() / 3 for _ in range(bookings // 16)]
    days = lately + [rng.random() ** 0.8 * 62 for _ in range(bookings - len(lately))]
    for n, ago in enumerate(sorted(days, reverse=True)):
        company.at(company.today - timedelta(days=ago))
        _live(company)
        tell(n + 1)


def _live(company: Deliveries) -> None:
    """One booking from its beginning to where it stands today."""
    rng, born = company.rng, company.now
    lead = rng.choices((1, 3, 6, 12, 25, 45), (2, 4, 5, 4, 3, 2))[0] + rng.randint(0, 3)
    pickup = (born + timedelta(days=lead)).date()
    booking = _book(company, wish(rng, pickup))
    fate = rng.choices(("forgets", "late", "waits", "offline", "card"), (8, 1, 6, 7, 78))[0]
    if fate in {"forgets", "late"}:
        _forget(company, booking, late=fate == "late")
        return
    if fate == "waits" and born > company.today - timedelta(hours=20):
        return
    pay = _pay_offline if fate == "offline" else _pay
    pay(company, booking)
    _care(company, booking)
    if company.happens(0.1):
        _cancel(company, booking)
    else:
        _deliver(company, booking)


def _book(company: Deliveries, request: QuoteRequest) -> Booking:
    rng, carla = company.rng, company.staff["carla"]
    if company.customers and company.happens(0.35):
        customer = rng.choice(company.customers)
        asked = Wish(request=request, customer_id=customer.pk)
        return create_booking(wish=asked, actor=carla, at=company.now)
    details = contact(rng, next(company.numbers))
    asked = Wish(request=request, contact=details)
    return create_booking(wish=asked, actor=GUEST, at=company.now)


def _pay(company: Deliveries, booking: Booking) -> None:
    started = start_card_payment(booking_id=booking.pk, actor=GUEST, at=company.now)
    cards = ("4242424242424242", "5555555555554444", "378282246310005")
    company.at(company.now + timedelta(minutes=company.rng.randint(1, 90)))
    company.sandbox.pay(started.intent.id, company.rng.choice(cards))
    poll_payment(payment_id=started.payment.pk, actor=System("webhook"), at=company.now)


def _pay_offline(company: Deliveries, booking: Booking) -> None:
    carla, fiona = company.staff["carla"], company.staff["fiona"]
    payment = record_offline_payment(
        booking_id=booking.pk,
        method=company.rng.choice(("bank_transfer", "cash")),
        amount_cents=booking.total_cents,
        reference=f"WIRE-{company.rng.randrange(10**6):06d}",
        received_on=local_time(booking.line, company.now).date(),
        evidence="Seen on the bank statement.",
        actor=carla,
        at=company.now,
    )
    if company.now < company.today - timedelta(days=2):
        later = company.at(company.now + timedelta(hours=5))
        transit(Payment, payment.pk, "approve", actor=fiona, at=later)


def _forget(company: Deliveries, booking: Booking, *, late: bool) -> None:
    """Nobody pays in time; now and then the money comes after all."""
    started = start_card_payment(booking_id=booking.pk, actor=GUEST, at=company.now)
    deadline = booking.expires_at
    if deadline is None or deadline > company.today:
        return
    expire_booking(booking_id=booking.pk, at=company.at(deadline + timedelta(minutes=5)))
    if late:
        company.sandbox.pay(started.intent.id)
        poll_payment(payment_id=started.payment.pk, actor=System("webhook"), at=company.now)


def _care(company: Deliveries, booking: Booking) -> None:
    rng, carla, omar = company.rng, company.staff["carla"], company.staff["omar"]
    fresh = Booking.objects.get(pk=booking.pk)
    if company.happens(0.3):
        follow = (company.today + timedelta(days=rng.randint(-2, 6))).date()
        care = Care(rng.choice(NOTES), follow if company.happens(0.4) else None, "")
        edit_care(
            booking_id=fresh.pk,
            care=care,
            seen_version=fresh.version,
            actor=carla,
            at=company.now,
        )
    if company.happens(0.5):
        who = rng.choice((carla.pk, company.staff["leo"].pk))
        assign_booking(booking_id=fresh.pk, staff_id=who, actor=omar, at=company.now)


def _cancel(company: Deliveries, booking: Booking) -> None:
    omar, fiona = company.staff["omar"], company.staff["fiona"]
    when = company.at(company.now + timedelta(hours=company.rng.randint(2, 40)))
    reason = company.rng.choice(("The guest's plans changed.", "Moving date slipped."))
    transit(Booking, booking.pk, "cancel", actor=omar, at=when, reason=reason)
    for refund in booking.refunds.all():
        if when > company.today - timedelta(days=3):
            continue
        later = company.at(when + timedelta(hours=6))
        large = refund.amount_cents > LARGE_CENTS
        approver = company.staff["ada"] if large else fiona
        transit(Refund, refund.pk, "approve", actor=approver, at=later)
        if refund.payment.method == "stripe":
            send_refund(refund_id=refund.pk, at=later)


def _deliver(company: Deliveries, booking: Booking) -> None:
    fresh = Booking.objects.get(pk=booking.pk)
    if fresh.state != BookingState.PAID or fresh.pickup_date is None:
        return
    leo = company.staff["leo"]
    morning = company.today.replace(hour=13, minute=0) + (fresh.pickup_date - company.today.date())
    if morning > company.today:
        return
    transit(Booking, fresh.pk, "dispatch", actor=leo, at=company.at(morning))
    done = morning + timedelta(hours=company.rng.randint(2, 7))
    if done > company.today:
        return
    transit(Booking, fresh.pk, "complete", actor=leo, at=company.at(done))
    if company.happens(0.06):
        _goodwill(company, fresh)


def _goodwill(company: Deliveries, booking: Booking) -> None:
    payment = booking.payments.filter(captured_cents__gt=0).first()
    if payment is None:
        return
    refund = request_refund(
        payment_id=payment.pk,
        amount_cents=min(7_500, payment.refundable_cents()),
        reason="A scratch on the dresser; goodwill agreed by phone.",
        actor=company.staff["carla"],
        at=company.at(company.now + timedelta(days=1)),
        form_key=UUID(int=company.rng.getrandbits(128), version=4),
    )
    try:
        if company.now < company.today - timedelta(days=4):
            transit(Refund, refund.pk, "approve", actor=company.staff["fiona"], at=company.now)
            if payment.method == "stripe":
                send_refund(refund_id=refund.pk, at=company.now)
    except DomainError:
        return


def all_sent(bookings: Collection[int] | None = None) -> None:
    """What was told was also sent, on its day; of these bookings, or of all."""
    waiting = Message.objects.filter(state=MessageState.QUEUED).order_by("pk")
    if bookings is not None:
        waiting = waiting.filter(booking_id__in=bookings)
    for message in waiting:
        mark_sent(message_id=message.pk, at=message.created_at + timedelta(seconds=20))
