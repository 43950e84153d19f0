"""What Stripe answers, as plain frozen rows, and what can go wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


class StripeError(Exception):
    """Stripe did not do what was asked; the sentence is fit for staff and holds no secret."""


class Declined(StripeError):
    """The request itself is refused; asking again is no use."""


class Misused(StripeError):
    """A key was used for two different requests: a fault of ours."""


class Unreachable(StripeError):
    """Stripe was not reached or turned the request away; nothing happened there."""


class AnswerLost(StripeError):
    """The request went out and no answer came: it may have taken effect."""


class BadSignature(Exception):
    """An event that Stripe did not sign, or whose signature is stale."""


class NetworkInTransaction(RuntimeError):
    """Stripe was about to be asked while a transaction held its locks."""


@dataclass(frozen=True, slots=True)
class Charge:
    """Money that moved for an intent; amounts in minor units."""

    id: str
    brand: str
    last4: str
    amount_captured_cents: int
    amount_refunded_cents: int
    disputed: bool
    fee_cents: int
    balance_transaction_id: str


@dataclass(frozen=True, slots=True)
class Intent:
    """``failure`` is why the last attempt to pay failed, fit for the guest."""

    id: str
    # Whoever holds it can pay: it belongs in no log.
    client_secret: str = field(repr=False)
    status: str
    amount_cents: int
    amount_received_cents: int
    currency: str
    metadata: Mapping[str, str]
    livemode: bool
    charge: Charge | None = None
    failure: str = ""


@dataclass(frozen=True, slots=True)
class StripeRefund:
    """``status``: pending, requires_action, succeeded, failed or canceled."""

    id: str
    status: str
    amount_cents: int
    currency: str
    intent_id: str
    charge_id: str
    metadata: Mapping[str, str]
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    id: str
    type: str
    object_id: str
    object_type: str
    created: datetime
    livemode: bool
    payload: dict[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class BalanceTransaction:
    """A movement of our balance at Stripe; ``amount_cents`` is below zero for refunds."""

    id: str
    type: str
    amount_cents: int
    fee_cents: int
    currency: str
    source_id: str
    created: datetime
