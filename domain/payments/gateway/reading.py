"""Stripe's objects read into our rows."""

from __future__ import annotations

from typing import Any

from domain.payments.gateway.answers import Charge, Intent, StripeRefund


def intent_of(told: Any) -> Intent:
    error = told.last_payment_error
    return Intent(
        id=told.id,
        client_secret=told.client_secret or "",
        status=told.status,
        amount_cents=told.amount,
        amount_received_cents=told.amount_received,
        currency=told.currency.upper(),
        metadata=metadata_of(told),
        livemode=told.livemode,
        charge=_charge(told.latest_charge),
        failure=(getattr(error, "message", "") or "") if error else "",
    )


def _charge(told: Any) -> Charge | None:
    if told is None or isinstance(told, str) or not told.captured:
        return None
    movement = told.balance_transaction
    card = getattr(told.payment_method_details, "card", None)
    known = movement is not None and not isinstance(movement, str)
    return Charge(
        id=told.id,
        brand=(card.brand or "") if card else "",
        last4=(card.last4 or "") if card else "",
        amount_captured_cents=told.amount_captured,
        amount_refunded_cents=told.amount_refunded,
        disputed=bool(told.disputed),
        fee_cents=movement.fee if known else 0,
        balance_transaction_id=id_of(movement),
    )


def refund_of(told: Any) -> StripeRefund:
    return StripeRefund(
        id=told.id,
        status=told.status,
        amount_cents=told.amount,
        currency=told.currency.upper(),
        intent_id=id_of(told.payment_intent),
        charge_id=id_of(told.charge),
        metadata=metadata_of(told),
        failure=str(getattr(told, "failure_reason", "") or ""),
    )


def metadata_of(told: Any) -> dict[str, str]:
    known = told.metadata.to_dict() if told.metadata else {}
    return {str(name): str(value) for name, value in known.items()}


def id_of(told: Any) -> str:
    return "" if told is None else told if isinstance(told, str) else str(told.id)
