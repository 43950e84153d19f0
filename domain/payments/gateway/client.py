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
from domain.payments.gateway.silence import Silence

# While another request of ours holds the same key, Stripe says so; its answer is then ours too.
PAUSES = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6)
IN_PROGRESS = 409
# A connection that was never made is told from an answer that never came.
NEVER_SENT = frozenset(
    {"NewConnectionError", "ConnectTimeoutError", "NameResolutionError", "ConnectTimeout"}
)
TIMED_OUT = frozenset({"ConnectTimeout", "ReadTimeout"})


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


@lru_cache(maxsize=4)
def _silence(base: str) -> Silence:
    del base  # each address has a silence of its own
    return Silence()


def ask[T](call: Callable[[], T]) -> T:
    """Put one question to Stripe.

    :raises NetworkInTransaction: a transaction is open
    :raises Unreachable: nothing happened at Stripe
    :raises AnswerLost: it may have happened
    :raises Declined: Stripe refuses it
    :raises Misused: the key belongs to another request
    """
    _refuse_inside_transaction()
    silence = _silence(settings.STRIPE_API_BASE)
    if silence.lasts():
        raise Unreachable("Stripe has been silent; it is asked again in a few seconds.")
    for pause in PAUSES:
        try:
            answer = call()
        except stripe.StripeError as error:
            silence.note(timed_out=_caused_by(error, TIMED_OUT))
            if not isinstance(error, stripe.APIError) or error.http_status != IN_PROGRESS:
                raise _meaning(error) from error
            time.sleep(pause)
        else:
            silence.note(timed_out=False)
            return answer
    raise AnswerLost("Stripe is still busy with this request; it may yet do it.")


def _meaning(error: stripe.StripeError) -> Exception:
    """Sort an error by what it means for us; in doubt, it may have happened."""
    match error:
        case stripe.IdempotencyError():
            return Misused("A payment key was used twice for different requests.")
        case stripe.APIConnectionError():
            if _caused_by(error, NEVER_SENT):
                return Unreachable("Stripe could not be reached.")
            return AnswerLost("Stripe did not answer; it may have done it all the same.")
        case stripe.RateLimitError() | stripe.AuthenticationError() | stripe.PermissionError():
            return Unreachable("Stripe turned the request away.")
        case stripe.CardError() | stripe.InvalidRequestError():
            return Declined(error.user_message or "Stripe refused the request.")
        case _:
            return AnswerLost("Stripe had a fault; it may have done it all the same.")


def _caused_by(error: BaseException, names: frozenset[str]) -> bool:
    return any(type(each).__name__ in names for each in _causes(error))


def _causes(error: BaseException) -> Iterator[BaseException]:
    # Not ``__context__``: that may be an earlier failure, during whose handling we ask again.
    yield error
    for each in (error.__cause__, getattr(error, "reason", None), *error.args):
        if isinstance(each, BaseException):
            yield from _causes(each)


def _refuse_inside_transaction() -> None:
    if inside_transaction():
        raise NetworkInTransaction("Stripe must not be asked while a transaction is open.")
