"""One question to Stripe at a time, never inside a transaction, and its errors sorted."""

from __future__ import annotations

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


def api() -> Any:
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
    if inside_transaction():
        raise NetworkInTransaction("Stripe must not be asked while a transaction is open.")
