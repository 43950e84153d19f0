"""Disputes: the cardholder's bank takes money back, and decides who keeps it."""

from __future__ import annotations

from collections.abc import Callable

from backoffice.sandbox.stripe.movements import new_movement
from backoffice.sandbox.stripe.store import Store
from backoffice.sandbox.stripe.wire import ApiError, Row

FEE = 1_500
# How long we may answer the bank: a week.
ANSWERED_WITHIN = 604_800


class Disputes:
    def __init__(self, store: Store, tell: Callable[[str, Row], None]) -> None:
        self.store = store
        self.tell = tell

    def open(self, charge: Row, reason: str = "fraudulent") -> Row:
        """Take back what is left of a charge, and a fee."""
        if not charge["captured"] or charge["disputed"]:
            raise ApiError(400, f"Charge {charge['id']} cannot be disputed.", executed=True)
        dispute = self.store.new(
            "du",
            "dispute",
            amount=charge["amount_captured"] - charge["amount_refunded"],
            balance_transactions=[],
            charge=charge["id"],
            currency=charge["currency"],
            evidence_details={"due_by": int(self.store.clock()) + ANSWERED_WITHIN},
            is_charge_refundable=False,
            payment_intent=charge["payment_intent"],
            reason=reason,
            status="needs_response",
        )
        charge["disputed"] = True
        self._move(dispute, -dispute["amount"], FEE, "dispute")
        self.tell("charge.dispute.created", dispute)
        self.tell("charge.dispute.funds_withdrawn", dispute)
        return dispute

    def close(self, dispute: Row, status: str) -> Row:
        """Let the bank decide: ``won`` gives the amount back, ``lost`` does not."""
        if status not in {"won", "lost"} or dispute["status"] in {"won", "lost"}:
            message = f"The dispute is {dispute['status']}; it cannot become {status}."
            raise ApiError(400, message, executed=True)
        dispute["status"] = status
        if status == "won":
            self._move(dispute, dispute["amount"], 0, "dispute_reversal")
            self.tell("charge.dispute.funds_reinstated", dispute)
        self.tell("charge.dispute.closed", dispute)
        return dispute

    def _move(self, dispute: Row, amount: int, fee: int, category: str) -> None:
        movement = new_movement(
            self.store, "adjustment", amount, dispute, fee=fee, category=category
        )
        dispute["balance_transactions"].append(movement)
