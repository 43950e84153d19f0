"""Approving, sending, completing and losing refunds: what each does to money and people.

:source: docs/policies/refunds.md, docs/policies/ledger.md
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Sum

from domain.bookings.conditions import local_time
from domain.bookings.models import BookingState, Line
from domain.common.effects import Effect, Enqueue, Preview
from domain.common.money import show
from domain.common.workflow import Ask, effects_of
from domain.flows.clawback import after_bounce, after_refund
from domain.flows.messages import Tell
from domain.flows.vehicles import after_taking
from domain.ledger.effects import Post, Reverse
from domain.ledger.queries import balance
from domain.ledger.rules import AccountRef, Leg
from domain.notifications.rules import MessageKind
from domain.payments.effects import OpenCase, ReleaseReserve, ResolveCase
from domain.payments.models import CaseKind, Method, Refund

SEND = "domain.flows.tasks.send_refund"


@dataclass(frozen=True, slots=True)
class SendBack(Enqueue):
    """Queue the sending; a plan counts it as cash out, the ledger once Stripe has sent it."""

    amount_cents: int
    currency: str

    def preview(self) -> Preview:
        return Preview(self.sentence, cash_out_cents=self.amount_cents, currency=self.currency)


@effects_of(Refund, "approve")
def approving(refund: Refund, ask: Ask) -> Sequence[Effect]:
    to = refund.payment.source_label()
    amount = show(refund.amount_cents, refund.currency)
    if refund.payment.method != Method.STRIPE:
        return []
    sentence = f"sends {amount} back to {to} through Stripe"
    return [SendBack(SEND, (refund.pk,), sentence, refund.amount_cents, refund.currency)]


@effects_of(Refund, "deny", "withdraw")
def giving_up(refund: Refund, ask: Ask) -> Sequence[Effect]:
    return [ReleaseReserve(refund.payment_id, refund.amount_cents, refund.currency)]


@effects_of(Refund, "complete", "settle")
def completing(refund: Refund, ask: Ask) -> Sequence[Effect]:
    cash = "1010" if refund.payment.method == Method.STRIPE else "1000"
    legs, tax = _legs(refund, AccountRef(cash))
    amount = show(refund.amount_cents, refund.currency)
    done = [ResolveCase(refund.case_id, f"{refund} was sent back.")] if refund.case_id else []
    return [
        *done,
        Post(
            key=f"refund:{refund.pk}:complete",
            event="refund.unapplied" if refund.case_id else "refund.completed",
            legs=tuple(legs),
            currency=refund.currency,
            effective_on=local_time(refund.booking.line, ask.at).date(),
            booking_id=refund.booking_id,
            source=("refund", refund.pk),
            cash_out_cents=refund.amount_cents,
            tax_cents=-tax,
        ),
        Tell(
            MessageKind.REFUNDED,
            refund.booking,
            f"refunded:{refund.pk}",
            {"amount": amount, "source": refund.payment.source_label()},
        ),
        *after_taking(refund.booking, ask.at),
        *after_refund(refund),
    ]


def _legs(refund: Refund, cash: AccountRef) -> tuple[list[Leg], int]:
    """Say whose account pays: money without a home, the advance, or what was made of it."""
    if refund.case_id is not None:
        return [Leg(AccountRef("2310"), cash, refund.amount_cents)], 0
    if refund.booking.state == BookingState.DELIVERED:
        # The sale becomes smaller; what the buyer still owes stays as it is.
        return [Leg(AccountRef("4000"), cash, refund.amount_cents)], 0
    advance = AccountRef("2300", refund.booking_id)
    if refund.booking.state not in settled_states(refund.booking.line):
        return [Leg(advance, cash, refund.amount_cents)], 0
    held = max(balance("2300", refund.currency, booking_id=refund.booking_id), 0)
    earned = max(refund.amount_cents - held, 0)
    tax, income = 0, AccountRef("4010")
    if refund.booking.state == BookingState.COMPLETED:
        tax, income = min(_tax_of(refund), earned), AccountRef("4005")
    pairs = (
        (advance, refund.amount_cents - earned),
        (income, earned - tax),
        (AccountRef("2110"), tax),
    )
    return [Leg(account, cash, cents) for account, cents in pairs if cents > 0], tax


def settled_states(line: str) -> set[BookingState]:
    """States in which the advance has become something else: revenue, or a fee kept."""
    if line == Line.VEHICLE:
        return {BookingState.CANCELLED, BookingState.EXPIRED}
    return {BookingState.COMPLETED, BookingState.CANCELLED}


def _tax_of(refund: Refund) -> int:
    parts = refund.parts.filter(line__is_tax=True)
    return parts.aggregate(total=Sum("amount_cents"))["total"] or 0


@effects_of(Refund, "fail")
def failing(refund: Refund, ask: Ask) -> Sequence[Effect]:
    return [
        ReleaseReserve(refund.payment_id, refund.amount_cents, refund.currency),
        _case(refund, "failed", ask.params["failure"]),
    ]


@effects_of(Refund, "bounce")
def bouncing(refund: Refund, ask: Ask) -> Sequence[Effect]:
    return [
        Reverse(
            entry_key=f"refund:{refund.pk}:complete",
            key=f"refund:{refund.pk}:bounce",
            event="refund.unapplied_reversed" if refund.case_id else "refund.reversed",
            effective_on=local_time(refund.booking.line, ask.at).date(),
            reason="The bank returned the refund.",
        ),
        ReleaseReserve(refund.payment_id, refund.amount_cents, refund.currency),
        _case(refund, "bounced", ask.params["failure"]),
        *after_taking(refund.booking, ask.at),
        *after_bounce(refund),
    ]


def _case(refund: Refund, what: str, failure: str) -> OpenCase:
    amount = show(refund.amount_cents, refund.currency)
    kind = CaseKind.REFUND_FAILED
    if refund.case is not None and what == "bounced":
        # Money without a home is without one again, and has to be decided on again.
        kind = CaseKind(refund.case.kind)
    return OpenCase(
        kind=kind,
        key=f"refund:{refund.pk}:{what}",
        sentence=f"{amount} for {refund.booking} could not be sent back: {failure}",
        amount_cents=refund.amount_cents,
        currency=refund.currency,
        booking_id=refund.booking_id,
        payment_id=refund.payment_id,
        facts={"refund_id": refund.pk},
    )
