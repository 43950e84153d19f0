"""A cardholder's bank takes money back, and may return it.

:source: docs/policies/payments.md, "Disputes"
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from domain.bookings.conditions import local_time
from domain.bookings.models import Line
from domain.bookings.queries import CLOSED, customer_account
from domain.common.actors import Actor
from domain.common.effects import Effect
from domain.common.money import show
from domain.common.transactions import in_transaction
from domain.common.workflow import Ask, begin, effects_of, transit
from domain.common.workflow.door import lock
from domain.flows.clawback import after_dispute
from domain.flows.vehicles import after_taking
from domain.ledger.effects import Post
from domain.ledger.models import Transfer
from domain.ledger.operations import post
from domain.ledger.rules import AccountRef, Leg
from domain.payments.effects import OpenCase
from domain.payments.models import CaseKind, Dispute, DisputeState, Payment

CLOSED_AS = {"won": "win", "lost": "lose", "warning_closed": "win"}


@in_transaction
def settle_dispute(*, payment_id: int, told: Mapping[str, Any], actor: Actor, at: datetime) -> str:
    """Bring a dispute to where the signed event says it is; never backwards."""
    payment = lock(Payment, payment_id)
    dispute = Dispute.objects.filter(stripe_id=told["id"]).first()
    if dispute is None:
        dispute = Dispute(
            payment=payment,
            booking_id=payment.booking_id,
            stripe_id=told["id"],
            amount_cents=told["amount"],
            currency=told["currency"].upper(),
            reason=str(told.get("reason") or "")[:60],
            opened_at=at,
        )
        begin(dispute, actor=actor, at=at, effects=_opening(dispute))
    _post_fees(dispute, told.get("balance_transactions") or (), actor=actor, at=at)
    step = CLOSED_AS.get(told["status"])
    if step and dispute.state == DisputeState.OPEN:
        dispute = transit(Dispute, dispute.pk, step, actor=actor, at=at).subject
    return f"The dispute is {dispute.state_label().lower()}."


def _post_fees(
    dispute: Dispute, movements: Sequence[Mapping[str, Any]], *, actor: Actor, at: datetime
) -> None:
    """Post what Stripe took for the dispute itself, once for each of its movements."""
    for movement in movements:
        fee = int(movement.get("fee") or 0)
        if not fee:
            continue
        cost, cash = AccountRef("5020"), AccountRef("1010")
        post(
            key=_fee_key(movement["id"]),
            event="fee.stripe",
            # Below zero it is a fee that Stripe gives back.
            legs=(Leg(cost, cash, fee) if fee > 0 else Leg(cash, cost, -fee),),
            currency=dispute.currency,
            effective_on=local_time(dispute.booking.line, at).date(),
            booking_id=dispute.booking_id,
            source=("dispute", dispute.pk),
            actor=actor,
            at=at,
        )


def _fee_key(movement_id: str) -> str:
    return f"fee:{movement_id}"


def fee_posted(movement_id: str) -> int:
    """The fee our ledger has for a movement of a dispute; below zero it was given back."""
    rows = Transfer.objects.filter(entry__key=_fee_key(movement_id))
    return sum(
        cents if code == "5020" else -cents
        for code, cents in rows.values_list("debit__code", "amount_cents")
    )


def _opening(dispute: Dispute) -> list[Effect]:
    amount = show(dispute.amount_cents, dispute.currency)
    return [
        OpenCase(
            kind=CaseKind.DISPUTE,
            key=f"dispute:{dispute.stripe_id}",
            sentence=f"{amount} for {dispute.booking} is disputed by the cardholder's bank.",
            amount_cents=dispute.amount_cents,
            currency=dispute.currency,
            booking_id=dispute.booking_id,
            payment_id=dispute.payment_id,
            facts={"dispute": dispute.stripe_id},
        )
    ]


@effects_of(Dispute, "lose")
def losing(dispute: Dispute, ask: Ask) -> Sequence[Effect]:
    booking = dispute.booking
    lost = AccountRef("5030")
    if booking.line == Line.VEHICLE and booking.state not in CLOSED:
        # The buyer has not paid it after all: it is asked for again.
        lost = customer_account(booking)
    leg = Leg(lost, AccountRef("1010"), dispute.amount_cents)
    after = after_taking(booking, ask.at)
    return [
        Post(
            key=f"dispute:{dispute.pk}:lost",
            event="dispute.lost",
            legs=(leg,),
            currency=dispute.currency,
            effective_on=local_time(dispute.booking.line, ask.at).date(),
            booking_id=dispute.booking_id,
            source=("dispute", dispute.pk),
            cash_out_cents=dispute.amount_cents,
        ),
        *after,
        *after_dispute(dispute),
    ]
