"""Bookings, payments and people, made through the operations that make them in life."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import count
from typing import Any

from backoffice.sandbox.stripe import Sandbox
from domain.bookings.models import Booking
from domain.catalog.models import ChangeSet
from domain.catalog.operations import apply_change_set, prepare_import
from domain.catalog.rules import QuoteRequest
from domain.common.actors import Actor, System
from domain.common.audit.sealing import seal_audit
from domain.common.workflow import transit
from domain.flows.checkout import Wish, create_booking
from domain.flows.integrity import all_breaches
from domain.flows.payment import poll_payment, start_card_payment
from domain.flows.settlement import settle_intent
from domain.notifications.models import Message
from domain.notifications.operations import new_message, queue_message
from domain.payments.gateway import Charge, Intent, StripeRefund
from domain.payments.models import Payment, Refund
from domain.payments.operations.payments import open_payment
from domain.payments.operations.refunds import request_refund
from domain.staff.models import Staff
from tests.catalog.support import MANHATTAN, MONTAUK, WORKBOOK
from tests.kept_rows import keep, put_back

OPENING = datetime(2026, 12, 1, 14, tzinfo=UTC)
# Noon in New York, on a Monday.
NOON = datetime(2027, 3, 1, 17, tzinfo=UTC)
# A Wednesday some weeks later: no surcharge for the day, and free to cancel at noon.
PICKUP = date(2027, 3, 24)
GUEST = System("guest")
POLL = System("poll")
ADA = {
    "first_name": "Ada",
    "last_name": "Lovelace",
    "email": "ada@example.com",
    "phone": "+1 212 555 0100",
}
numbers = count(1)


@cache
def _workbook() -> bytes:
    return WORKBOOK.read_bytes()


_catalogs: dict[datetime, str] = {}


def midnight(moment: datetime) -> datetime:
    """The same for all tests of a day, so that what was made for it once serves them all."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def fill_catalog(at: datetime = OPENING) -> ChangeSet:
    """Put the shipped catalog in force: by its operations once, afterwards row by row as it was."""
    if ChangeSet.objects.exists():
        return _import_catalog(at)
    if at in _catalogs:
        put_back(_catalogs[at])
    else:
        _catalogs[at] = keep(lambda: _import_catalog(at))
    return ChangeSet.objects.get()


def _import_catalog(at: datetime) -> ChangeSet:
    actor = System("import_catalog")
    prepared = prepare_import(
        content=_workbook(), file_name="catalog.xlsx", effective_from=None, actor=actor, at=at
    )
    return apply_change_set(change_set_id=prepared.pk, digest=prepared.digest, actor=actor, at=at)


def request_for(**changes: Any) -> QuoteRequest:
    """A petite mini move from Manhattan to Montauk on a quiet day."""
    asked = {
        "service_type": "mini_move",
        "package_type": "petite",
        "pickup_date": PICKUP,
        "pickup_time": "morning",
        "pickup_address": MANHATTAN,
        "delivery_address": MONTAUK,
    } | changes
    return QuoteRequest(**asked)


def wish_for(contact: Mapping[str, str] | None = None, **changes: Any) -> Wish:
    return Wish(request=request_for(**changes), contact=contact or ADA)


def make_booking(*, at: datetime = NOON, actor: Actor = GUEST, **changes: Any) -> Booking:
    """A pending booking; the catalog has to be in force."""
    return create_booking(wish=wish_for(**changes), actor=actor, at=at)


def taxed_booking(**changes: Any) -> Booking:
    """A booking with a line of sales tax: standard mini move, packed and unpacked."""
    asked = {
        "package_type": "standard",
        "include_packing": True,
        "include_unpacking": True,
    } | changes
    return make_booking(**asked)


def begin_payment(booking: Booking, *, at: datetime = NOON) -> Payment:
    """An open card payment for the whole booking, of which Stripe does not know yet."""
    return open_payment(booking=booking, amount_cents=booking.total_cents, actor=GUEST, at=at)


def intent_of(payment: Payment, **changes: Any) -> Intent:
    """What Stripe answers for a payment whose money arrived."""
    number = next(numbers)
    amount = changes.pop("amount_received_cents", payment.amount_cents)
    charge = Charge(
        id=f"ch_{payment.pk}_{number}",
        brand="visa",
        last4="4242",
        amount_captured_cents=amount,
        amount_refunded_cents=0,
        disputed=False,
        fee_cents=changes.pop("fee_cents", 0),
        balance_transaction_id=f"txn_{number}",
    )
    told = {
        "id": payment.intent_id or f"pi_{payment.pk}_{number}",
        "client_secret": "secret",
        "status": "succeeded",
        "amount_cents": payment.amount_cents,
        "amount_received_cents": amount,
        "currency": payment.currency,
        "metadata": {"booking_id": str(payment.booking_id), "payment_id": str(payment.pk)},
        "livemode": False,
        "charge": charge,
    } | changes
    return Intent(**told)


def settled(booking: Booking, *, at: datetime = NOON, **changes: Any) -> Payment:
    """Pay a booking by card, as Stripe would tell it, without asking Stripe."""
    payment = begin_payment(booking, at=at)
    settle_intent(payment_id=payment.pk, intent=intent_of(payment, **changes), actor=POLL, at=at)
    return Payment.objects.get(pk=payment.pk)


def settled_booking(*, at: datetime = NOON, **changes: Any) -> Booking:
    booking = make_booking(at=at, **changes)
    settled(booking, at=at)
    return fresh(booking)


def paid_booking(stripe: Sandbox, *, at: datetime = NOON, **changes: Any) -> Booking:
    """A booking paid by card over HTTP, from asking for an intent to polling it."""
    booking = make_booking(at=at, **changes)
    pay(stripe, booking, at=at)
    return fresh(booking)


def pay(stripe: Sandbox, booking: Booking, *, at: datetime = NOON, card: str = "") -> Payment:
    started = start_card_payment(booking_id=booking.pk, actor=GUEST, at=at)
    stripe.pay(started.intent.id, card or "4242424242424242")
    poll_payment(payment_id=started.payment.pk, actor=POLL, at=at)
    return Payment.objects.get(pk=started.payment.pk)


def ask_refund(
    payment: Payment, actor: Actor, *, amount_cents: int = 10_000, at: datetime = NOON
) -> Refund:
    return request_refund(
        payment_id=payment.pk,
        amount_cents=amount_cents,
        reason="the piano was scratched",
        actor=actor,
        at=at,
    )


def approved_refund(
    payment: Payment,
    *,
    asked_by: Staff,
    approved_by: Staff,
    amount_cents: int = 10_000,
    at: datetime = NOON,
) -> Refund:
    refund = ask_refund(payment, asked_by, amount_cents=amount_cents, at=at)
    return transit(Refund, refund.pk, "approve", actor=approved_by, at=at).subject


def refunded(
    payment: Payment, cents: int, asked_by: Staff, approved_by: Staff, *, at: datetime = NOON
) -> Refund:
    """A refund that went through, as Stripe would tell it."""
    asked = {"asked_by": asked_by, "approved_by": approved_by, "at": at}
    return sent_back(approved_refund(payment, amount_cents=cents, **asked), at=at)


def sent_back(refund: Refund, *, at: datetime = NOON) -> Refund:
    """What becomes of a refund once it is approved."""
    transit(Refund, refund.pk, "send", actor=POLL, at=at)
    params = {"stripe_refund_id": f"re_{refund.pk}"}
    return transit(Refund, refund.pk, "complete", actor=POLL, at=at, params=params).subject


def refund_told(refund: Refund, **changes: Any) -> StripeRefund:
    """What Stripe answers for one of our refunds."""
    told = {
        "id": refund.stripe_refund_id or f"re_{refund.pk}",
        "status": "succeeded",
        "amount_cents": refund.amount_cents,
        "currency": refund.currency,
        "intent_id": refund.payment.intent_id or "",
        "charge_id": refund.payment.charge_id or "",
        "metadata": {"refund_id": str(refund.pk)},
    } | changes
    return StripeRefund(**told)


def held_message(actor: Staff, number: int, *, at: datetime = NOON) -> Message:
    message = new_message(
        kind="paid",
        recipient="ada@guest.example",
        subject="Paid",
        body="Hello",
        dedupe_key=f"held:{number}",
        at=at,
        hold=True,
    )
    return queue_message(message=message, actor=actor, at=at)


def expired_booking(*, at: datetime = NOON, **changes: Any) -> Booking:
    """A booking that was not paid within its day."""
    booking = make_booking(at=at - timedelta(days=2), **changes)
    return transit(Booking, booking.pk, "expire", actor=System("job:expire"), at=at).subject


def cancelled(booking: Booking, manager: Staff, *, at: datetime = NOON) -> Booking:
    done = transit(Booking, booking.pk, "cancel", actor=manager, at=at, reason="guest asked")
    return done.subject


def fresh[M: (Booking, Payment, Refund)](row: M) -> M:
    """The row as the database has it now."""
    return type(row).objects.get(pk=row.pk)


def assert_sound(at: datetime = NOON) -> None:
    """Every invariant holds."""
    while seal_audit(at=at):
        continue
    breaches = [str(breach) for breach in all_breaches(at)]
    assert breaches == []
