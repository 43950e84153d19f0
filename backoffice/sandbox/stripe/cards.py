"""Stripe's test cards, by number and by payment method name."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Card:
    number: str
    method: str
    brand: str
    label: str
    decline: str = ""
    authenticates: bool = False

    @property
    def last4(self) -> str:
        return self.number[-4:]


CARDS = (
    Card("4242424242424242", "pm_card_visa", "visa", "Visa, succeeds"),
    Card("5555555555554444", "pm_card_mastercard", "mastercard", "Mastercard, succeeds"),
    Card("378282246310005", "pm_card_amex", "amex", "American Express, succeeds"),
    Card("4000000000000002", "pm_card_chargeDeclined", "visa", "Visa, declined", "generic_decline"),
    Card(
        "4000000000009995",
        "pm_card_chargeDeclinedInsufficientFunds",
        "visa",
        "Visa, insufficient funds",
        "insufficient_funds",
    ),
    Card(
        "4000000000000069",
        "pm_card_chargeDeclinedExpiredCard",
        "visa",
        "Visa, expired",
        "expired_card",
    ),
    Card(
        "4000002500003155",
        "pm_card_authenticationRequired",
        "visa",
        "Visa, asks for 3-D Secure",
        authenticates=True,
    ),
    Card(
        "4000000000007726",
        "pm_card_refundFail",
        "visa",
        "Visa, succeeds; a refund fails later",
    ),
)
BY_NAME = {name: card for card in CARDS for name in (card.number, card.method)}


def card_of(name: str) -> Card | None:
    return BY_NAME.get(name.replace(" ", ""))
