"""Payment intents and the charges they make."""

from __future__ import annotations

import copy
from collections.abc import Callable

from backoffice.sandbox.stripe.cards import Card, card_of
from backoffice.sandbox.stripe.movements import fee_of, new_movement
from backoffice.sandbox.stripe.store import Store
from backoffice.sandbox.stripe.wire import (
    LARGEST,
    ApiError,
    Row,
    currency_of,
    email_of,
    metadata_of,
    only_known,
    whole,
)

CREATE = (
    "amount",
    "automatic_payment_methods",
    "capture_method",
    "confirm",
    "currency",
    "customer",
    "description",
    "metadata",
    "payment_method",
    "receipt_email",
    "return_url",
)
CONFIRM = ("payment_method", "receipt_email", "return_url")
CAPTURE = ("automatic", "automatic_async")
REASONS = ("abandoned", "duplicate", "fraudulent", "requested_by_customer")
PAYABLE = ("requires_payment_method", "requires_confirmation", "requires_action")
SMALLEST = 50


class Intents:
    """``tell`` makes an event; ``dispute`` is what a card made to be disputed calls."""

    def __init__(
        self, store: Store, tell: Callable[[str, Row], None], dispute: Callable[[Row], Row]
    ) -> None:
        self.store = store
        self.tell = tell
        self.dispute = dispute

    def create(self, given: Row) -> Row:
        only_known(given, CREATE)
        method = given.get("payment_method")
        if method:
            _known_card(method)
        if customer := given.get("customer"):
            self.store.get("customer", customer, "customer")
        intent = self.store.new(
            "pi",
            "payment_intent",
            amount=_amount(given),
            amount_received=0,
            amount_capturable=0,
            automatic_payment_methods=_automatic(given),
            canceled_at=None,
            cancellation_reason=None,
            capture_method=_one_of(given, "capture_method", CAPTURE) or "automatic_async",
            currency=currency_of(given),
            customer=customer,
            description=given.get("description"),
            last_payment_error=None,
            latest_charge=None,
            metadata=metadata_of(given),
            next_action=None,
            payment_method=method,
            payment_method_types=["card"],
            receipt_email=email_of(given, "receipt_email"),
            status="requires_confirmation" if method else "requires_payment_method",
        )
        intent["client_secret"] = f"{intent['id']}_secret_{intent['id'][-16:]}"
        self.tell("payment_intent.created", intent)
        if given.get("confirm") == "true":
            return self.confirm(intent, {})
        return intent

    def confirm(self, intent: Row, given: Row) -> Row:
        """Pay an intent with a card.

        :raises ApiError: the card is declined, there is none, or the intent cannot be paid
        """
        only_known(given, CONFIRM)
        if intent["status"] not in PAYABLE:
            raise _unexpected(intent, "confirm")
        name = given.get("payment_method") or intent["payment_method"]
        if not name:
            message = "You cannot confirm this PaymentIntent: it's missing a payment method."
            raise ApiError(400, message, code="payment_intent_unexpected_state")
        card = _known_card(name)
        intent["payment_method"] = card.method
        if not card.authenticates:
            return self._charge(intent, card)
        action = {"type": "redirect_to_url", "redirect_to_url": {"url": f"/3ds/{intent['id']}"}}
        intent.update(status="requires_action", next_action=action)
        self.tell("payment_intent.requires_action", intent)
        return intent

    def authenticate(self, intent: Row, *, passed: bool) -> Row:
        """Finish 3-D Secure as the cardholder's bank would."""
        if intent["status"] != "requires_action":
            raise _unexpected(intent, "authenticate")
        intent["next_action"] = None
        if passed:
            return self._charge(intent, _known_card(intent["payment_method"]))
        error = {
            "type": "invalid_request_error",
            "code": "payment_intent_authentication_failure",
            "message": "The provided PaymentMethod has failed authentication.",
        }
        self._fail(intent, error)
        return intent

    def cancel(self, intent: Row, given: Row) -> Row:
        only_known(given, ("cancellation_reason",))
        if intent["status"] in {"succeeded", "canceled"}:
            raise _unexpected(intent, "cancel")
        intent.update(
            status="canceled",
            canceled_at=int(self.store.clock()),
            cancellation_reason=_one_of(given, "cancellation_reason", REASONS),
            next_action=None,
        )
        self.tell("payment_intent.canceled", intent)
        return intent

    def _charge(self, intent: Row, card: Card) -> Row:
        charge = self._new_charge(intent, card)
        intent["latest_charge"] = charge["id"]
        if not card.pays:
            error = {
                "type": "card_error",
                "code": card.error,
                "decline_code": card.decline or None,
                "message": card.message,
                "charge": charge["id"],
            }
            self._fail(intent, error)
            self.tell("charge.failed", charge)
            told = {**error, "payment_intent": copy.deepcopy(intent)}
            raise ApiError(402, told.pop("message"), executed=True, **told)
        fee = fee_of(intent["amount"])
        movement = new_movement(self.store, "charge", intent["amount"], charge, fee=fee)
        charge["balance_transaction"] = movement["id"]
        intent.update(status="succeeded", amount_received=intent["amount"], last_payment_error=None)
        self.tell("charge.succeeded", charge)
        self.tell("payment_intent.succeeded", intent)
        if card.disputes:
            self.dispute(charge)
        return intent

    def _fail(self, intent: Row, error: Row) -> None:
        intent.update(
            status="requires_payment_method", payment_method=None, last_payment_error=error
        )
        self.tell("payment_intent.payment_failed", intent)

    def _new_charge(self, intent: Row, card: Card) -> Row:
        shown = {"brand": card.brand, "last4": card.last4, "exp_month": 12, "exp_year": 2034}
        return self.store.new(
            "ch",
            "charge",
            amount=intent["amount"],
            amount_captured=intent["amount"] if card.pays else 0,
            amount_refunded=0,
            balance_transaction=None,
            captured=card.pays,
            currency=intent["currency"],
            customer=intent["customer"],
            description=intent["description"],
            disputed=False,
            failure_code=card.error or None,
            failure_message=None if card.pays else card.message,
            metadata=dict(intent["metadata"]),
            paid=card.pays,
            payment_intent=intent["id"],
            payment_method=card.method,
            payment_method_details={"type": "card", "card": shown},
            receipt_email=intent["receipt_email"],
            refunded=False,
            status="succeeded" if card.pays else "failed",
        )


def _amount(given: Row) -> int:
    amount = whole(given, "amount")
    if amount < SMALLEST:
        message = f"Amount must be at least {SMALLEST} cents."
        raise ApiError(400, message, code="amount_too_small", param="amount")
    if amount > LARGEST:
        message = "Amount must be no more than 999,999.99."
        raise ApiError(400, message, code="amount_too_large", param="amount")
    return amount


def _automatic(given: Row) -> Row | None:
    asked = given.get("automatic_payment_methods")
    if asked is None:
        return None
    if not isinstance(asked, dict):
        raise ApiError(400, "Invalid object", param="automatic_payment_methods")
    only_known(asked, ("allow_redirects", "enabled"))
    return {"enabled": asked.get("enabled") == "true"}


def _known_card(name: str) -> Card:
    card = card_of(name)
    if card is None:
        message = f"No such PaymentMethod: '{name}'"
        raise ApiError(400, message, code="resource_missing", param="payment_method")
    return card


def _one_of(given: Row, name: str, known: tuple[str, ...]) -> str | None:
    chosen = given.get(name)
    if chosen is not None and chosen not in known:
        message = f"Invalid {name}: must be one of {', '.join(known)}."
        raise ApiError(400, message, param=name)
    return chosen


def _unexpected(intent: Row, verb: str) -> ApiError:
    message = f"You cannot {verb} this PaymentIntent because it has a status of {intent['status']}."
    code = "payment_intent_unexpected_state"
    return ApiError(400, message, executed=True, code=code)
