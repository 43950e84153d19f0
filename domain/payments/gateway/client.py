"""One question to Stripe at a time, never inside a transaction, and its errors sorted."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

import stripe
from django.conf import settings

from domain.common.transactions import inside_transaction
from domain.payments.gateway.answers import (
    AnswerLost,
    Declined,
    Misused,
    NetworkInTransaction,
    Unreachable,
)

# While another request of ours holds the same key, Stripe says so; its answer is then ours too.
PAUSES = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6)
IN_PROGRESS = 409
NEVER_SENT = frozenset(
    {"NewConnectionError", "ConnectTimeoutError", "NameResolutionError", "ConnectTimeout"}
)


def api() -> Any:
    """Return Stripe's API as the settings now say; safe in many threads."""
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


def ask[T](call: Callable[[], T]) -> T:
    """Put one question to Stripe.

    :raises NetworkInTransaction: a transaction is open
    :raises Unreachable: nothing happened at Stripe
    :raises AnswerLost: it may have happened
    :raises Declined: Stripe refuses it
    :raises Misused: the key belongs to another request
    """
    _refuse_inside_transaction()
    for pause in PAUSES:
        try:
            return call()
        except stripe.APIError as error:
            if error.http_status != IN_PROGRESS:
                raise _meaning(error) from error
            time.sleep(pause)
        except stripe.StripeError as error:
            raise _meaning(error) from error
    raise AnswerLost("Stripe is still busy with this request; it may yet do it.")


def _meaning(error: stripe.StripeError) -> Exception:
    """Sort an error by what it means for us; in doubt, it may have happened."""
    match error:
        case stripe.IdempotencyError():
            return Misused("A payment key was used twice for different requests.")
        case stripe.APIConnectionError():
            if _never_sent(error):
                return Unreachable("Stripe could not be reached.")
            return AnswerLost("Stripe did not answer; it may have done it all the same.")
        case stripe.RateLimitError() | stripe.AuthenticationError() | stripe.PermissionError():
            return Unreachable("Stripe turned the request away.")
        case stripe.CardError() | stripe.InvalidRequestError():
            return Declined(error.user_message or "Stripe refused the request.")
        case _:
            return AnswerLost("Stripe had a fault; it may have done it all the same.")


def _never_sent(error: BaseException) -> bool:
    """Tell a connection that was never made from an answer that never came."""
    return any(type(each).__name__ in NEVER_SENT for each in _causes(error))


def _causes(error: BaseException) -> Iterator[BaseException]:
    # Not ``__context__``: that may be an earlier failure, during whose handling we ask again.
    yield error
    for each in (error.__cause__, getattr(error, "reason", None), *error.args):
        if isinstance(each, BaseException):
            yield from _causes(each)


def _refuse_inside_transaction() -> None:
    if inside_transaction():
        raise NetworkInTransaction("Stripe must not be asked while a transaction is open.")
