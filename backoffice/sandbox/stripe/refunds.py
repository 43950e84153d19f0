"""Refunds and disputes of charges."""

from __future__ import annotations

from collections.abc import Callable

from backoffice.sandbox.stripe.intents import new_movement
from backoffice.sandbox.stripe.store import Store
from backoffice.sandbox.stripe.wire import ApiError, Row, only_known, whole

CREATE = ("payment_intent", "charge", "amount", "reason", "metadata", "refund_application_fee")
REASONS = ("duplicate", "fraudulent", "requested_by_customer")


class Refunds:
    def __init__(self, store: Store, tell: Callable[[str, Row], None]) -> None:
        self.store = store
        self.tell = tell
        self.pend = False

    def create(self, given: Row) -> Row:
        only_known(given, CREATE)
        charge = self._charge_of(given)
        left = charge["amount_captured"] - charge["amount_refunded"]
        if left <= 0:
            message = f"Charge {charge['id']} has already been refunded."
            raise ApiError(400, message, code="charge_already_refunded")
        amount = whole(given, "amount", left)
        if not 0 < amount <= left:
            message = (
                f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})"
            )
            raise ApiError(400, message, param="amount")
        if given.get("reason") not in {None, *REASONS}:
            raise ApiError(400, f"Invalid reason: {given['reason']}", param="reason")
        refund = self.store.new(
            "re",
            "refund",
            amount=amount,
            currency=charge["currency"],
            charge=charge["id"],
            payment_intent=charge["payment_intent"],
            reason=given.get("reason"),
            metadata=given.get("metadata") or {},
            status="pending" if self.pend else "succeeded",
            failure_reason=None,
            balance_transaction=None,
        )
        movement = new_movement(self.store, "refund", -amount, charge["currency"], refund["id"])
        refund["balance_transaction"] = movement["id"]
        charge["amount_refunded"] += amount
        charge["refunded"] = charge["amount_refunded"] == charge["amount_captured"]
        self.tell("refund.created", refund)
        self.tell("charge.refunded", charge)
        return refund

    def _charge_of(self, given: Row) -> Row:
        if given.get("payment_intent"):
            intent = self.store.get("payment_intent", given["payment_intent"])
            if not intent["latest_charge"]:
                message = "This PaymentIntent does not have a successful charge to refund."
                raise ApiError(400, message, param="payment_intent")
            return self.store.get("charge", intent["latest_charge"])
        return self.store.get("charge", given.get("charge") or "")

    def succeed(self, refund: Row) -> Row:
        """Let a pending refund reach the cardholder."""
        refund["status"] = "succeeded"
        self.tell("refund.updated", refund)
        self.tell("charge.refund.updated", refund)
        return refund

    def fail(self, refund: Row, reason: str = "expired_or_canceled_card") -> Row:
        """Let a refund come back from the cardholder's bank, also after it succeeded."""
        charge = self.store.get("charge", refund["charge"])
        refund.update(status="failed", failure_reason=reason)
        charge["amount_refunded"] -= refund["amount"]
        charge["refunded"] = False
        new_movement(
            self.store, "refund_failure", refund["amount"], refund["currency"], refund["id"]
        )
        self.tell("refund.failed", refund)
        self.tell("charge.refund.updated", refund)
        return refund

    def dispute(self, charge: Row, reason: str = "fraudulent") -> Row:
        charge["disputed"] = True
        dispute = self.store.new(
            "dp",
            "dispute",
            amount=charge["amount_captured"],
            currency=charge["currency"],
            charge=charge["id"],
            payment_intent=charge["payment_intent"],
            reason=reason,
            status="needs_response",
        )
        self.tell("charge.dispute.created", dispute)
        self.tell("charge.dispute.funds_withdrawn", dispute)
        return dispute

    def close_dispute(self, dispute: Row, status: str) -> Row:
        """Let the bank decide: ``won`` or ``lost``."""
        dispute["status"] = status
        if status == "won":
            self.tell("charge.dispute.funds_reinstated", dispute)
        self.tell("charge.dispute.closed", dispute)
        return dispute
