"""The only module that speaks to Stripe, through its own library.

Answers are plain frozen rows, never Stripe's objects. Errors say whether anything can have
happened: ``Unreachable`` no, ``AnswerLost`` perhaps, ``Declined`` and ``Misused`` never will.

:source: docs/policies/stripe.md
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import stripe
from django.conf import settings
from django.db import transaction

PAGE = 100


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
    id: str
    client_secret: str
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


def create_intent(
    *,
    amount_cents: int,
    currency: str,
    booking_id: int,
    booking_number: str,
    payment_id: int,
    description: str,
    key: str,
    receipt_email: str | None = None,
) -> Intent:
    """Make a payment intent. The same ``key`` gives the same intent, for a day."""
    asked: dict[str, Any] = {
        "amount": amount_cents,
        "currency": currency.lower(),
        "description": description,
        "automatic_payment_methods": {"enabled": True},
        "metadata": {
            "booking_id": str(booking_id),
            "booking_number": booking_number,
            "payment_id": str(payment_id),
        },
        "expand": ["latest_charge.balance_transaction"],
    }
    if receipt_email:
        asked["receipt_email"] = receipt_email
    return _intent(_ask(lambda: _api().payment_intents.create(asked, {"idempotency_key": key})))


def fetch_intent(intent_id: str) -> Intent:
    asked: Any = {"expand": ["latest_charge.balance_transaction"]}
    return _intent(_ask(lambda: _api().payment_intents.retrieve(intent_id, asked)))


def cancel_intent(intent_id: str, *, key: str) -> Intent:
    """Cancel an intent; one that has ended meanwhile is returned as it is."""
    try:
        return _intent(
            _ask(lambda: _api().payment_intents.cancel(intent_id, {}, {"idempotency_key": key}))
        )
    except Declined:
        return fetch_intent(intent_id)


def find_intents(payment_id: int, *, since: datetime | None = None) -> list[Intent]:
    """Look up the intents that carry a payment's id, the newest first."""
    asked: Any = {"limit": PAGE, "expand": ["data.latest_charge.balance_transaction"]}
    if since is not None:
        asked["created"] = {"gte": int(since.timestamp())}

    def listed() -> list[Any]:
        pages = _api().payment_intents.list(asked).auto_paging_iter()
        return [each for each in pages if _meta(each).get("payment_id") == str(payment_id)]

    return [_intent(each) for each in _ask(listed)]


def create_refund(*, intent_id: str, amount_cents: int, refund_id: int, key: str) -> StripeRefund:
    """Send money back. The same ``key`` gives the same refund, for a day."""
    asked: Any = {
        "payment_intent": intent_id,
        "amount": amount_cents,
        "metadata": {"refund_id": str(refund_id)},
    }
    return _refund(_ask(lambda: _api().refunds.create(asked, {"idempotency_key": key})))


def fetch_refund(stripe_refund_id: str) -> StripeRefund:
    return _refund(_ask(lambda: _api().refunds.retrieve(stripe_refund_id)))


def list_refunds(intent_id: str) -> list[StripeRefund]:
    """Every refund of an intent, the oldest first."""
    asked: Any = {"payment_intent": intent_id, "limit": PAGE}
    found = _ask(lambda: list(_api().refunds.list(asked).auto_paging_iter()))
    return [_refund(each) for each in reversed(found)]


def list_balance_transactions(*, since: datetime, until: datetime) -> list[BalanceTransaction]:
    asked: Any = {
        "limit": PAGE,
        "created": {"gte": int(since.timestamp()), "lt": int(until.timestamp())},
    }
    found = _ask(lambda: list(_api().balance_transactions.list(asked).auto_paging_iter()))
    return [
        BalanceTransaction(
            id=each.id,
            type=each.type,
            amount_cents=each.amount,
            fee_cents=each.fee,
            currency=each.currency.upper(),
            source_id=_id(each.source),
            created=datetime.fromtimestamp(each.created, UTC),
        )
        for each in found
    ]


def verify_event(payload: bytes, signature: str) -> Event:
    """Read an event that Stripe signed.

    :raises BadSignature: it is not signed by Stripe, is stale, or is no event
    """
    try:
        told = stripe.Webhook.construct_event(
            payload, signature, settings.STRIPE_WEBHOOK_SECRET
        ).to_dict()
        subject = told["data"]["object"]
        return Event(
            id=str(told["id"]),
            type=str(told["type"]),
            object_id=str(subject.get("id", "")),
            object_type=str(subject.get("object", "")),
            created=datetime.fromtimestamp(told["created"], UTC),
            livemode=bool(told["livemode"]),
            payload=told,
        )
    except (stripe.SignatureVerificationError, ValueError, KeyError, TypeError) as error:
        raise BadSignature("This is not an event that Stripe signed.") from error


def _api() -> Any:
    return _client(
        settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE, settings.STRIPE_TIMEOUT_SECONDS
    ).v1


@lru_cache(maxsize=4)
def _client(key: str, base: str, timeout: float) -> stripe.StripeClient:
    # Retries are ours, with stored keys: the library's own would hide a lost answer.
    return stripe.StripeClient(
        key,
        base_addresses={"api": base} if base else {},
        http_client=stripe.RequestsClient(timeout=timeout),
        max_network_retries=0,
    )


def _ask[T](call: Callable[[], T]) -> T:
    """Put one question to Stripe and sort what can go wrong by what it means for us."""
    _refuse_inside_transaction()
    try:
        return call()
    except stripe.IdempotencyError as error:
        raise Misused("A payment key was used twice for different requests.") from error
    except stripe.APIConnectionError as error:
        if _never_connected(error):
            raise Unreachable("Stripe could not be reached.") from error
        raise AnswerLost("Stripe did not answer; it may have done it all the same.") from error
    except (stripe.RateLimitError, stripe.AuthenticationError, stripe.PermissionError) as error:
        raise Unreachable("Stripe turned the request away.") from error
    except (stripe.CardError, stripe.InvalidRequestError) as error:
        raise Declined(error.user_message or "Stripe refused the request.") from error
    except stripe.APIError as error:
        raise AnswerLost("Stripe had a fault; it may have done it all the same.") from error


def _never_connected(error: BaseException) -> bool:
    """Tell a connection that was never made from an answer that never came."""
    return any(
        name
        in {"NewConnectionError", "ConnectTimeoutError", "NameResolutionError", "ConnectTimeout"}
        for name in _causes(error)
    )


def _causes(error: BaseException) -> Iterator[str]:
    seen: list[Any] = [error]
    while seen:
        each = seen.pop()
        yield type(each).__name__
        following = [each.__cause__, each.__context__, getattr(each, "reason", None)]
        seen += [part for part in (*following, *each.args) if isinstance(part, BaseException)]


def _refuse_inside_transaction() -> None:
    connection = transaction.get_connection()
    # A test case's own wrapper is not a transaction of ours; Django marks it.
    ours = [each for each in connection.atomic_blocks if not each._from_testcase]  # noqa: SLF001
    if ours:
        raise NetworkInTransaction("Stripe must not be asked while a transaction is open.")


def _intent(told: Any) -> Intent:
    error = told.last_payment_error
    return Intent(
        id=told.id,
        client_secret=told.client_secret,
        status=told.status,
        amount_cents=told.amount,
        amount_received_cents=told.amount_received,
        currency=told.currency.upper(),
        metadata=_meta(told),
        livemode=told.livemode,
        charge=_charge(told.latest_charge),
        failure=(error.message or "") if error else "",
    )


def _charge(told: Any) -> Charge | None:
    if told is None or isinstance(told, str) or not told.captured:
        return None
    movement = told.balance_transaction
    card = getattr(told.payment_method_details, "card", None)
    known = movement is not None and not isinstance(movement, str)
    return Charge(
        id=told.id,
        brand=(card.brand or "") if card else "",
        last4=(card.last4 or "") if card else "",
        amount_captured_cents=told.amount_captured,
        amount_refunded_cents=told.amount_refunded,
        disputed=bool(told.disputed),
        fee_cents=movement.fee if known else 0,
        balance_transaction_id=_id(movement),
    )


def _refund(told: Any) -> StripeRefund:
    return StripeRefund(
        id=told.id,
        status=told.status,
        amount_cents=told.amount,
        currency=told.currency.upper(),
        intent_id=_id(told.payment_intent),
        charge_id=_id(told.charge),
        metadata=_meta(told),
        failure=str(getattr(told, "failure_reason", "") or ""),
    )


def _meta(told: Any) -> dict[str, str]:
    known = told.metadata.to_dict() if told.metadata else {}
    return {str(name): str(value) for name, value in known.items()}


def _id(told: Any) -> str:
    return "" if told is None else told if isinstance(told, str) else str(told.id)
