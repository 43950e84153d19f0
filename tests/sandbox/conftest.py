from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import stripe as library

from backoffice.sandbox.stripe import Sandbox, start
from tests.sandbox.receiver import Receiver

KEY = "sk_test_standin"


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.moment = 1_780_000_000.0

    def __call__(self) -> float:
        return self.moment


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sandbox(clock: Clock) -> Iterator[Sandbox]:
    running = start(clock=clock)
    yield running
    running.stop()


@pytest.fixture
def receiver(sandbox: Sandbox) -> Iterator[Receiver]:
    listening = Receiver()
    sandbox.sender.url = listening.url
    sandbox.post.backoff_seconds = 0.01
    yield listening
    listening.stop()


def client_of(url: str, *, key: str = KEY, timeout: float = 5) -> Any:
    """Stripe's own library, pointed at a stand-in."""
    return library.StripeClient(
        key,
        base_addresses={"api": url},
        http_client=library.RequestsClient(timeout=timeout),
        max_network_retries=0,
    ).v1


@pytest.fixture
def client(sandbox: Sandbox) -> Any:
    return client_of(sandbox.url)


@pytest.fixture
def new_intent(client: Any) -> Callable[..., Any]:
    def make(amount: int = 5_000, **params: Any) -> Any:
        return client.payment_intents.create({"amount": amount, "currency": "usd", **params})

    return make


@pytest.fixture
def paid(sandbox: Sandbox, new_intent: Callable[..., Any]) -> Callable[..., str]:
    """Make a paid intent; returns its id."""

    def make(amount: int = 5_000, card: str = "pm_card_visa") -> str:
        intent = new_intent(amount)
        sandbox.pay(intent.id, card)
        return str(intent.id)

    return make
