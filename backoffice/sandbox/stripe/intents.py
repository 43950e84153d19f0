"""Payment intents and the charges they make."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from backoffice.sandbox.stripe.cards import Card, card_of
from backoffice.sandbox.stripe.store import Store
from backoffice.sandbox.stripe.wire import ApiError, Row, only_known, whole

CREATE = (
    "amount",
    "currency",
    "automatic_payment_methods",
    "description",
    "receipt_email",
    "metadata",
    "customer",
    "payment_method",
    "confirm",
    "capture_method",
    "payment_method_types",
    "return_url",
    "statement_descriptor_suffix",
)
CONFIRM = ("payment_method", "return_url", "receipt_email")
PAYABLE = ("requires_payment_method", "requires_confirmation", "requires_action")
LEAST = 50
PERMILLE, FLAT = 29, 30


def fee_of(amount: int) -> int:
    """2.9 % and 30 cents, rounded half up, as Stripe's US price list says."""
    return (amount * PERMILLE + 500) // 1000 + FLAT


class Intents:
    def __init__(self, store: Store, tell: Callable[[str, Row], None]) -> None:
        self.store = store
        self.tell = tell

    def create(self, given: Row) -> Row:
        only_known(given, CREATE)
        amount = whole(given, "amount")
        if amount < LEAST:
            message = f"Amount must be at least {LEAST} cents"
            raise ApiError(400, message, code="amount_too_small", param="amount")
        if not given.get("currency"):
            raise ApiError(400, "Missing required param: currency.", param="currency")
        method = given.get("payment_method")
        intent = self.store.new(
            "pi",
            "payment_intent",
            amount=amount,
            amount_received=0,
            amount_capturable=0,
            currency=given["currency"],
            status="requires_confirmation" if method else "requires_payment_method",
            payment_method=method,
            customer=given.get("customer"),
            description=given.get("description"),
            receipt_email=given.get("receipt_email"),
            metadata=given.get("metadata") or {},
            capture_method=given.get("capture_method", "automatic_async"),
            latest_charge=None,
            last_payment_error=None,
            next_action=None,
            canceled_at=None,
            cancellation_reason=None,
        )
        intent["client_secret"] = f"{intent['id']}_secret_{intent['id'][-16:]}"
        self.tell("payment_intent.created", intent)
        if given.get("confirm") == "true":
            return self.confirm(intent, {})
        return intent

    def confirm(self, intent: Row, given: Row) -> Row:
        only_known(given, CONFIRM)
        if intent["status"] not in PAYABLE:
            raise _unexpected(intent, "confirm")
        name = given.get("payment_method") or intent["payment_method"]
        card = card_of(name or "")
        if card is None:
            message = (
                f"No such PaymentMethod: '{name}'" if name else "It is missing a payment method."
            )
            raise ApiError(400, message, code="resource_missing", param="payment_method")
        intent["payment_method"] = card.method
        if card.authenticates:
            where = f"/3ds/{intent['id']}"
            action = {"type": "redirect_to_url", "redirect_to_url": {"url": where}}
            intent.update(status="requires_action", next_action=action)
            self.tell("payment_intent.requires_action", intent)
            return intent
        return self._charge(intent, card)

    def authenticate(self, intent: Row, *, passed: bool) -> Row:
        """Finish 3-D Secure as the cardholder's bank would."""
        if intent["status"] != "requires_action":
            raise _unexpected(intent, "authenticate")
        card = card_of(intent["payment_method"])
        intent["next_action"] = None
        if passed and card is not None:
            return self._charge(intent, card)
        error = _card_error("The authentication failed.", "authentication_required", None)
        intent.update(
            status="requires_payment_method", payment_method=None, last_payment_error=error
        )
        self.tell("payment_intent.payment_failed", intent)
        return intent

    def cancel(self, intent: Row, given: Row) -> Row:
        only_known(given, ("cancellation_reason",))
        if intent["status"] in {"succeeded", "canceled"}:
            raise _unexpected(intent, "cancel")
        intent.update(
            status="canceled",
            canceled_at=int(self.store.clock()),
            cancellation_reason=given.get("cancellation_reason"),
        )
        self.tell("payment_intent.canceled", intent)
        return intent

    def _charge(self, intent: Row, card: Card) -> Row:
        charge = self._new_charge(intent, card)
        intent["latest_charge"] = charge["id"]
        if card.decline:
            error = _card_error("Your card was declined.", "card_declined", card.decline)
            intent.update(
                status="requires_payment_method",
                payment_method=None,
                last_payment_error={**error, "charge": charge["id"]},
            )
            self.tell("payment_intent.payment_failed", intent)
            self.tell("charge.failed", charge)
            details = {key: value for key, value in error.items() if key != "message"}
            raise ApiError(
                402,
                error["message"],
                charge=charge["id"],
                payment_intent=copy.deepcopy(intent),
                **details,
            )
        fee = fee_of(intent["amount"])
        movement = new_movement(
            self.store, "charge", intent["amount"], intent["currency"], charge["id"], fee=fee
        )
        charge["balance_transaction"] = movement["id"]
        intent.update(status="succeeded", amount_received=intent["amount"], last_payment_error=None)
        self.tell("charge.succeeded", charge)
        self.tell("payment_intent.succeeded", intent)
        return intent

    def _new_charge(self, intent: Row, card: Card) -> Row:
        paid = not card.decline
        return self.store.new(
            "ch",
            "charge",
            amount=intent["amount"],
            amount_captured=intent["amount"] if paid else 0,
            amount_refunded=0,
            captured=paid,
            paid=paid,
            refunded=False,
            disputed=False,
            status="succeeded" if paid else "failed",
            failure_code=None if paid else "card_declined",
            currency=intent["currency"],
            payment_intent=intent["id"],
            payment_method=card.method,
            payment_method_details={
                "type": "card",
                "card": {
                    "brand": card.brand,
                    "last4": card.last4,
                    "exp_month": 12,
                    "exp_year": 2034,
                },
            },
            customer=intent["customer"],
            balance_transaction=None,
            metadata=dict(intent["metadata"]),
        )


def new_movement(
    store: Store, kind: str, amount: int, currency: str, source: str, *, fee: int = 0
) -> Row:
    return store.new(
        "txn",
        "balance_transaction",
        type=kind,
        reporting_category=kind,
        amount=amount,
        fee=fee,
        net=amount - fee,
        currency=currency,
        source=source,
        status="pending",
        available_on=int(store.clock()) + 172_800,
        fee_details=([{"amount": fee, "currency": currency, "type": "stripe_fee"}] if fee else []),
    )


def _card_error(message: str, code: str, decline: str | None) -> dict[str, Any]:
    return {"type": "card_error", "code": code, "decline_code": decline, "message": message}


def _unexpected(intent: Row, verb: str) -> ApiError:
    message = f"You cannot {verb} this PaymentIntent because it has a status of {intent['status']}."
    return ApiError(400, message, code="payment_intent_unexpected_state")
