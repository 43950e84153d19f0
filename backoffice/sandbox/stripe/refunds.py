"""Refunds of charges."""

from __future__ import annotations

from collections.abc import Callable

from backoffice.sandbox.stripe.cards import card_of
from backoffice.sandbox.stripe.movements import new_movement
from backoffice.sandbox.stripe.store import Store
from backoffice.sandbox.stripe.wire import ApiError, Row, metadata_of, only_known, whole

CREATE = ("amount", "charge", "metadata", "payment_intent", "reason")
REASONS = ("duplicate", "fraudulent", "requested_by_customer")


class Refunds:
    """``pend`` makes every refund wait, whatever the card."""

    def __init__(self, store: Store, tell: Callable[[str, Row], None]) -> None:
        self.store = store
        self.tell = tell
        self.pend = False

    def create(self, given: Row) -> Row:
        only_known(given, CREATE)
        if given.get("reason") not in {None, *REASONS}:
            message = f"Invalid reason: must be one of {', '.join(REASONS)}."
            raise ApiError(400, message, param="reason")
        charge = self._charge_of(given)
        amount = self._amount(given, charge)
        refund = self.store.new(
            "re",
            "refund",
            amount=amount,
            balance_transaction=None,
            charge=charge["id"],
            currency=charge["currency"],
            failure_balance_transaction=None,
            failure_reason=None,
            metadata=metadata_of(given),
            payment_intent=charge["payment_intent"],
            reason=given.get("reason"),
            status="pending" if self.pend or _waits(charge) else "succeeded",
        )
        movement = new_movement(self.store, "refund", -amount, refund)
        refund["balance_transaction"] = movement["id"]
        charge["amount_refunded"] += amount
        charge["refunded"] = charge["amount_refunded"] == charge["amount_captured"]
        self.tell("refund.created", refund)
        self.tell("charge.refunded", charge)
        return refund

    def _charge_of(self, given: Row) -> Row:
        if not given.get("payment_intent"):
            charge = self.store.get("charge", given.get("charge") or "", "charge")
        else:
            intent = self.store.get("payment_intent", given["payment_intent"], "payment_intent")
            charge = self.store.rows.get(intent["latest_charge"] or "", {})
        if not charge.get("captured"):
            message = "This PaymentIntent does not have a successful charge to refund."
            raise ApiError(400, message, executed=True, param="payment_intent")
        return charge

    def _amount(self, given: Row, charge: Row) -> int:
        disputes = self.store.all("dispute") if charge["disputed"] else []
        if any(each["charge"] == charge["id"] and each["status"] != "won" for each in disputes):
            message = f"Charge {charge['id']} has been charged back; cannot issue a refund."
            raise ApiError(400, message, executed=True, code="charge_disputed")
        left: int = charge["amount_captured"] - charge["amount_refunded"]
        if left <= 0:
            message = f"Charge {charge['id']} has already been refunded."
            raise ApiError(400, message, executed=True, code="charge_already_refunded")
        amount = whole(given, "amount", left)
        if amount < 1:
            message = "This value must be greater than or equal to 1."
            raise ApiError(400, message, code="parameter_invalid_integer", param="amount")
        if amount > left:
            message = (
                f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})"
            )
            raise ApiError(400, message, executed=True, code="amount_too_large", param="amount")
        return amount

    def settle(self, refund: Row) -> Row:
        """Let a refund end as its card was made to: it arrives, or it comes back."""
        charge = self.store.get("charge", refund["charge"])
        card = card_of(charge["payment_method"])
        returns = card is not None and card.refunds_return
        return self.fail(refund) if returns else self.succeed(refund)

    def succeed(self, refund: Row) -> Row:
        """Let a pending refund reach the cardholder."""
        if refund["status"] != "pending":
            raise _ended(refund)
        refund["status"] = "succeeded"
        self.tell("refund.updated", refund)
        self.tell("charge.refund.updated", refund)
        return refund

    def fail(self, refund: Row, reason: str = "expired_or_canceled_card") -> Row:
        """Let a refund come back from the cardholder's bank, also after it succeeded."""
        if refund["status"] not in {"pending", "succeeded"}:
            raise _ended(refund)
        charge = self.store.get("charge", refund["charge"])
        charge["amount_refunded"] -= refund["amount"]
        charge["refunded"] = False
        movement = new_movement(self.store, "refund_failure", refund["amount"], refund)
        refund.update(
            status="failed",
            failure_reason=reason,
            failure_balance_transaction=movement["id"],
        )
        self.tell("refund.updated", refund)
        self.tell("refund.failed", refund)
        self.tell("charge.refund.updated", refund)
        return refund


def _waits(charge: Row) -> bool:
    card = card_of(charge["payment_method"])
    return card is not None and card.refunds_wait


def _ended(refund: Row) -> ApiError:
    return ApiError(400, f"The refund is {refund['status']} already.", executed=True)
