"""Stripe's test cards, by number and by payment method name."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Card:
    """``error``, ``decline`` and ``message`` are what a declined charge answers."""

    number: str
    method: str
    brand: str
    label: str
    error: str = ""
    decline: str = ""
    message: str = "Your card was declined."
    authenticates: bool = False
    refunds_wait: bool = False
    refunds_return: bool = False
    disputes: bool = False

    @property
    def last4(self) -> str:
        return self.number[-4:]

    @property
    def pays(self) -> bool:
        return not self.error


CARDS = (
    Card("4242424242424242", "pm_card_visa", "visa", "Visa, succeeds"),
    Card("5555555555554444", "pm_card_mastercard", "mastercard", "Mastercard, succeeds"),
    Card("378282246310005", "pm_card_amex", "amex", "American Express, succeeds"),
    Card(
        "4000000000000002",
        "pm_card_chargeDeclined",
        "visa",
        "Visa, declined",
        error="card_declined",
        decline="generic_decline",
    ),
    Card(
        "4000000000009995",
        "pm_card_chargeDeclinedInsufficientFunds",
        "visa",
        "Visa, insufficient funds",
        error="card_declined",
        decline="insufficient_funds",
        message="Your card has insufficient funds.",
    ),
    Card(
        "4000000000000069",
        "pm_card_chargeDeclinedExpiredCard",
        "visa",
        "Visa, expired",
        error="expired_card",
        message="Your card has expired.",
    ),
    Card(
        "4000002760003184",
        "pm_card_authenticationRequired",
        "visa",
        "Visa, asks for 3-D Secure",
        authenticates=True,
    ),
    Card(
        "4000002500003155",
        "pm_card_authenticationRequiredOnSetup",
        "visa",
        "Visa, asks for 3-D Secure unless saved",
        authenticates=True,
    ),
    Card(
        "4000000000007726",
        "pm_card_pendingRefund",
        "visa",
        "Visa, succeeds; a refund waits",
        refunds_wait=True,
    ),
    Card(
        "4000000000005126",
        "pm_card_refundFail",
        "visa",
        "Visa, succeeds; a refund comes back",
        refunds_return=True,
    ),
    Card(
        "4000000000000259",
        "pm_card_createDispute",
        "visa",
        "Visa, succeeds and is disputed",
        disputes=True,
    ),
)
BY_NAME = {name: card for card in CARDS for name in (card.number, card.method)}


def card_of(name: str) -> Card | None:
    return BY_NAME.get(name.replace(" ", ""))
