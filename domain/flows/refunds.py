"""Sending refunds to Stripe and settling what Stripe says of them.

:source: docs/policies/refunds.md
"""

from __future__ import annotations

from datetime import datetime, timedelta

from domain.common.actors import Actor, System
from domain.common.transactions import in_transaction
from domain.common.workflow import record, transit
from domain.common.workflow.door import lock
from domain.payments import gateway
from domain.payments.gateway import StripeRefund
from domain.payments.models import Payment, PaymentState, Refund, RefundState
from domain.payments.operations.refunds import adopt_refund

SENDER = System("job:send_refund")
# Stripe keeps idempotency keys for a day; past that, we look before we ask again. Also when an
# answer was lost: a fault that Stripe answered is kept under the key, whatever came of the refund.
KEY_LIVES = timedelta(hours=23)


def send_refund(*, refund_id: int, at: datetime) -> str:
    """Send an approved refund once, or find out what became of one whose answer was lost.

    :raises gateway.Unreachable: Stripe cannot be reached; the sweep tries again
    """
    refund = Refund.objects.select_related("payment").get(pk=refund_id)
    if refund.state == RefundState.APPROVED:
        refund = transit(Refund, refund_id, "send", actor=SENDER, at=at).subject
    elif refund.state not in {RefundState.PROCESSING, RefundState.UNKNOWN}:
        return f"The refund is {refund.state_label().lower()}."
    try:
        told = _look(refund, at) or _create(refund)
    except gateway.Declined as refusal:
        params = {"failure": str(refusal)}
        transit(Refund, refund_id, "fail", actor=SENDER, at=at, params=params)
        return str(refusal)
    except gateway.AnswerLost as lost:
        if refund.state == RefundState.PROCESSING:
            params = {"failure": str(lost)}
            transit(Refund, refund_id, "lose", actor=SENDER, at=at, params=params)
        return str(lost)
    return settle_refund(payment_id=refund.payment_id, told=told, actor=SENDER, at=at)


def _look(refund: Refund, at: datetime) -> StripeRefund | None:
    """Find a refund that was sent before, where asking again could send it twice."""
    if refund.stripe_refund_id:
        return gateway.fetch_refund(refund.stripe_refund_id)
    fresh = refund.sent_at is None or at - refund.sent_at < KEY_LIVES
    if fresh and refund.state != RefundState.UNKNOWN:
        return None
    made = gateway.list_refunds(_intent_id(refund))
    return next((each for each in made if each.metadata.get("refund_id") == str(refund.pk)), None)


def _create(refund: Refund) -> StripeRefund:
    return gateway.create_refund(
        intent_id=_intent_id(refund),
        amount_cents=refund.amount_cents,
        refund_id=refund.pk,
        key=refund.idempotency_key,
    )


def _intent_id(refund: Refund) -> str:
    assert refund.payment.intent_id is not None  # only a Stripe refund is ever sent
    return refund.payment.intent_id


@in_transaction
def settle_refund(*, payment_id: int, told: StripeRefund, actor: Actor, at: datetime) -> str:
    """Bring a refund to where Stripe says it is; adopt one that Stripe made without us."""
    payment = lock(Payment, payment_id)
    refund = _ours(payment, told)
    if refund is None:
        if told.status in {"failed", "canceled"}:
            return "A refund made at Stripe did not go through."
        if payment.state != PaymentState.SUCCEEDED:
            return "The payment is not settled yet."
        refund = adopt_refund(
            payment_id=payment_id,
            stripe_refund_id=told.id,
            amount_cents=told.amount_cents,
            actor=actor,
            at=at,
        )
    if refund.stripe_refund_id is None:
        refund = lock(Refund, refund.pk)
        refund.stripe_refund_id = told.id
        refund = record(refund, "attach_refund", actor=actor, at=at).subject
    return _move(refund, told, actor, at)


def _ours(payment: Payment, told: StripeRefund) -> Refund | None:
    if known := payment.refunds.filter(stripe_refund_id=told.id).first():
        return known
    ours = told.metadata.get("refund_id", "")
    return payment.refunds.filter(pk=int(ours)).first() if ours.isdigit() else None


def _move(refund: Refund, told: StripeRefund, actor: Actor, at: datetime) -> str:
    waiting = {RefundState.PROCESSING, RefundState.UNKNOWN}
    if refund.origin == "external":
        waiting.add(RefundState.REQUESTED)
    params = {"stripe_refund_id": told.id, "failure": told.failure or "Stripe did not send it."}
    if told.status == "succeeded" and refund.state in waiting:
        transit(Refund, refund.pk, "complete", actor=actor, at=at, params=params)
        return "The refund is completed."
    if told.status in {"failed", "canceled"}:
        step = {RefundState.COMPLETED: "bounce"}.get(RefundState(refund.state), "fail")
        if refund.state in {*waiting, RefundState.COMPLETED}:
            transit(Refund, refund.pk, step, actor=actor, at=at, params=params)
            return "The refund failed."
    return f"The refund is {refund.state_label().lower()}."
