from domain.payments.models.cases import CaseKind, CaseState, MoneyCase
from domain.payments.models.disputes import Dispute, DisputeState
from domain.payments.models.inbox import InboxState, WebhookEvent
from domain.payments.models.payments import (
    INTERNAL,
    OFFLINE,
    OPEN_STATES,
    Method,
    Payment,
    PaymentState,
)
from domain.payments.models.refunds import Origin, Refund, RefundPart, RefundState

__all__ = [
    "INTERNAL",
    "OFFLINE",
    "OPEN_STATES",
    "CaseKind",
    "CaseState",
    "Dispute",
    "DisputeState",
    "InboxState",
    "Method",
    "MoneyCase",
    "Origin",
    "Payment",
    "PaymentState",
    "Refund",
    "RefundPart",
    "RefundState",
    "WebhookEvent",
]
