"""A refund's way, step by step."""

from __future__ import annotations

from domain.common.workflow import transit
from domain.flows.refunds import settle_refund
from domain.payments.models import Refund
from domain.staff.models import Staff
from tests.factories import NOON, POLL, fresh, refund_told


def step(refund: Refund, name: str, actor: Staff, reason: str = "") -> Refund:
    return transit(Refund, refund.pk, name, actor=actor, at=NOON, reason=reason).subject


def completed(refund: Refund) -> Refund:
    transit(Refund, refund.pk, "send", actor=POLL, at=NOON)
    settle_refund(payment_id=refund.payment_id, told=refund_told(refund), actor=POLL, at=NOON)
    return fresh(refund)
