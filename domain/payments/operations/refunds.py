from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from django.db.models import F, Sum

from domain.bookings.models import BookingLine
from domain.bookings.rules import refund_parts
from domain.common.actors import Actor, System, may, staff_id
from domain.common.errors import Conflict, InvalidInput, NotPermitted
from domain.common.money import show
from domain.common.transactions import in_transaction
from domain.common.workflow import begin, transit
from domain.common.workflow.door import lock
from domain.payments.models import Origin, Payment, Refund, RefundPart, RefundState
from domain.payments.queries import available_cents

GONE = (RefundState.DENIED, RefundState.WITHDRAWN, RefundState.FAILED)


@in_transaction
def request_refund(
    *,
    payment_id: int,
    amount_cents: int,
    reason: str,
    actor: Actor,
    at: datetime,
    origin: str = Origin.STAFF,
    case_id: int | None = None,
    form_key: UUID | None = None,
) -> Refund:
    """Reserve an amount of a payment and ask for it to be sent back.

    The same ``form_key`` returns the first refund, so a double click asks once.

    :raises InvalidInput: no amount, no reason, or more than is left to refund
    :raises NotPermitted: the actor may not request refunds
    :raises Conflict: the form was already used for another refund
    """
    if not isinstance(actor, System) and origin != Origin.CANCELLATION:
        _require(actor)
    payment = lock(Payment, payment_id)
    if form_key and (earlier := Refund.objects.filter(form_key=form_key).first()):
        if (earlier.payment_id, earlier.amount_cents) != (payment_id, amount_cents):
            raise Conflict("This form was already used for a different refund.")
        return earlier
    if not reason.strip():
        raise InvalidInput("Say why.", field_errors={"reason": ["Say why."]})
    left = available_cents(payment) if case_id is None else payment.refundable_cents()
    if not 0 < amount_cents <= left:
        sentence = f"{show(left, payment.currency)} of this payment is left to refund."
        raise InvalidInput(sentence, field_errors={"amount": [sentence]})
    _reserve(payment, amount_cents)
    refund = Refund(
        payment=payment,
        booking_id=payment.booking_id,
        case_id=case_id,
        amount_cents=amount_cents,
        currency=payment.currency,
        origin=origin,
        reason=reason,
        requested_by_id=staff_id(actor),
        requested_at=at,
        idempotency_key=f"ref_{uuid4().hex}",
        form_key=form_key,
    )
    begin(refund, actor=actor, at=at, reason=reason)
    if case_id is None:
        _spread_over_lines(refund)
    return refund


@in_transaction
def adopt_refund(
    *, payment_id: int, stripe_refund_id: str, amount_cents: int, actor: Actor, at: datetime
) -> Refund:
    """Record a refund that was made at Stripe without us: it happened, so it counts.

    Where it leaves no room for refunds still waiting for approval, those are withdrawn.
    """
    if known := Refund.objects.filter(stripe_refund_id=stripe_refund_id).first():
        return known
    payment = lock(Payment, payment_id)
    waiting = payment.refunds.filter(state=RefundState.REQUESTED).order_by("-pk")
    for refund in waiting:
        if payment.captured_cents - payment.reserved_cents >= amount_cents:
            break
        why = "A refund made at Stripe left no room for this one."
        transit(Refund, refund.pk, "withdraw", actor=actor, at=at, reason=why)
        payment = lock(Payment, payment_id)
    _reserve(payment, amount_cents)
    refund = Refund(
        payment=payment,
        booking_id=payment.booking_id,
        amount_cents=amount_cents,
        currency=payment.currency,
        origin=Origin.EXTERNAL,
        reason="Made in Stripe's dashboard",
        requested_at=at,
        idempotency_key=f"ext_{stripe_refund_id}",
        stripe_refund_id=stripe_refund_id,
    )
    begin(refund, actor=actor, at=at)
    _spread_over_lines(refund)
    return refund


def _require(actor: Actor) -> None:
    if not may(actor, "domain.request_refund"):
        raise NotPermitted("You may not request refunds.")


def _reserve(payment: Payment, amount_cents: int) -> None:
    # The CHECK payment_refunds_within_captured is the belt to this lock's braces.
    Payment.objects.filter(pk=payment.pk).update(reserved_cents=F("reserved_cents") + amount_cents)


def _spread_over_lines(refund: Refund) -> None:
    lines = list(BookingLine.objects.filter(booking_id=refund.booking_id).order_by("position"))
    taken = dict(
        RefundPart.objects.filter(line__booking_id=refund.booking_id)
        .exclude(refund__state__in=GONE)
        .values_list("line_id")
        .annotate(taken=Sum("amount_cents"))
    )
    left = [line.amount_cents - taken.get(line.pk, 0) for line in lines]
    room = sum(max(cents, 0) for cents in left)
    parts = refund_parts(min(refund.amount_cents, room), left)
    RefundPart.objects.bulk_create(
        RefundPart(refund=refund, line=line, amount_cents=cents)
        for line, cents in zip(lines, parts, strict=True)
        if cents
    )
