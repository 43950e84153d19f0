"""The only package that speaks to Stripe, through its own library.

Answers are plain frozen rows, never Stripe's objects. Errors say whether anything can have
happened: ``Unreachable`` no, ``AnswerLost`` perhaps, ``Declined`` and ``Misused`` never will.

:source: docs/policies/stripe.md
"""

from domain.payments.gateway.answers import (
    AnswerLost,
    BadSignature,
    BalanceTransaction,
    Charge,
    Declined,
    Event,
    Intent,
    Misused,
    NetworkInTransaction,
    StripeError,
    StripeRefund,
    Unreachable,
)
from domain.payments.gateway.calls import (
    cancel_intent,
    create_intent,
    create_refund,
    fetch_intent,
    fetch_refund,
    find_intents,
    list_balance_transactions,
    list_refunds,
    verify_event,
)

__all__ = [
    "AnswerLost",
    "BadSignature",
    "BalanceTransaction",
    "Charge",
    "Declined",
    "Event",
    "Intent",
    "Misused",
    "NetworkInTransaction",
    "StripeError",
    "StripeRefund",
    "Unreachable",
    "cancel_intent",
    "create_intent",
    "create_refund",
    "fetch_intent",
    "fetch_refund",
    "find_intents",
    "list_balance_transactions",
    "list_refunds",
    "verify_event",
]
