"""What steps cause on payments, refunds and cases."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db.models import F

from domain.common.actors import System
from domain.common.effects import Change, Effect, Preview
from domain.common.money import show
from domain.common.workflow import transit
from domain.payments.models import CaseKind, CaseState, MoneyCase, Origin, Payment
from domain.payments.operations.cases import open_case
from domain.payments.operations.refunds import request_refund


@dataclass(frozen=True, slots=True)
class RequestRefund(Effect):
    """Reserve part of a payment and ask for it to be sent back; another person approves."""

    payment: Payment
    amount_cents: int
    reason: str
    origin: str = Origin.CANCELLATION
    case_id: int | None = None

    def preview(self) -> Preview:
        amount = show(self.amount_cents, self.payment.currency)
        return Preview(
            f"requests a refund of {amount} to {self.payment.source_label()};"
            " another person approves it",
            cash_out_cents=self.amount_cents,
            currency=self.payment.currency,
        )

    def apply(self, change: Change) -> None:
        request_refund(
            payment_id=self.payment.pk,
            amount_cents=self.amount_cents,
            reason=self.reason,
            actor=change.actor,
            at=change.at,
            origin=self.origin,
            case_id=self.case_id,
        )


@dataclass(frozen=True, slots=True)
class ReleaseReserve(Effect):
    """Give a refund's amount back to what can be refunded of its payment."""

    payment_id: int
    amount_cents: int
    currency: str

    def preview(self) -> Preview:
        return Preview(f"frees {show(self.amount_cents, self.currency)} to be refunded otherwise")

    def apply(self, change: Change) -> None:
        # The door holds the payment's lock: Refund.locks_first names it.
        Payment.objects.filter(pk=self.payment_id).update(
            reserved_cents=F("reserved_cents") - self.amount_cents
        )


@dataclass(frozen=True, slots=True)
class ResolveCase(Effect):
    """Close the case whose money has found its way."""

    case_id: int
    resolution: str

    def preview(self) -> Preview:
        return Preview(f"closes case {self.case_id}")

    def apply(self, change: Change) -> None:
        if MoneyCase.objects.filter(pk=self.case_id, state=CaseState.OPEN).exists():
            transit(
                MoneyCase,
                self.case_id,
                "resolve",
                actor=System("refund"),
                at=change.at,
                reason=self.resolution,
            )


@dataclass(frozen=True, slots=True)
class OpenCase(Effect):
    """Put something that needs a person's decision into the queue."""

    kind: CaseKind
    key: str
    sentence: str
    amount_cents: int
    currency: str
    booking_id: int | None
    payment_id: int | None
    facts: dict[str, Any] = field(default_factory=dict)

    def preview(self) -> Preview:
        return Preview(f"opens a case: {self.sentence}")

    def apply(self, change: Change) -> None:
        open_case(
            kind=self.kind,
            dedupe_key=self.key,
            sentence=self.sentence,
            amount_cents=self.amount_cents,
            currency=self.currency,
            booking_id=self.booking_id,
            payment_id=self.payment_id,
            facts=self.facts,
            actor=change.actor,
            at=change.at,
        )
