"""Stripe's balance transactions against our ledger: each difference is a typed case.

:source: docs/policies/payments.md, "Reconciliation"
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.bookings.conditions import local_time
from domain.bookings.models import Line
from domain.common.actors import System
from domain.common.money import show
from domain.flows.disputes import fee_posted
from domain.payments import gateway
from domain.payments.gateway import BalanceTransaction
from domain.payments.models import (
    CaseKind,
    Dispute,
    Payment,
    PaymentState,
    Refund,
    RefundState,
)
from domain.payments.operations.cases import open_case

RECONCILER = System("job:reconcile_stripe")
# Stripe's rows and our events need a while to meet; what is younger is left to the next run.
MATURE = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Difference:
    """One fact on which Stripe and we do not agree, with both sides' figures.

    A month in which something unexplained ``happened`` cannot be closed.
    """

    kind: CaseKind
    key: str
    sentence: str
    amount_cents: int
    currency: str
    happened: datetime
    booking_id: int | None = None
    payment_id: int | None = None
    theirs: int | None = None
    ours: int | None = None


def reconcile(*, since: datetime, until: datetime, at: datetime) -> list[Difference]:
    """Compare both sides between two moments and open a case for each difference, once.

    :raises gateway.StripeError: Stripe did not answer; nothing was decided
    """
    found = list(differences(since=since, until=min(until, at - MATURE)))
    for each in found:
        open_case(
            kind=each.kind,
            dedupe_key=each.key,
            sentence=each.sentence,
            amount_cents=each.amount_cents,
            currency=each.currency,
            booking_id=each.booking_id,
            payment_id=each.payment_id,
            facts={
                "stripe": each.theirs,
                "ours": each.ours,
                "happened_on": local_time(Line.DELIVERY, each.happened).date().isoformat(),
            },
            actor=RECONCILER,
            at=at,
        )
    return found


def differences(*, since: datetime, until: datetime) -> Iterator[Difference]:
    theirs = list(gateway.list_balance_transactions(since=since, until=until))
    charges = {each.source_id: each for each in theirs if each.type in {"charge", "payment"}}
    returned = {each.source_id: each.created for each in theirs if each.type == "refund_failure"}
    for each in theirs:
        if each.source_id in charges:
            yield from _charge(each)
        elif each.type.endswith("refund") and each.source_id not in returned:
            yield from _refund(each)
        elif each.type == "adjustment":
            yield from _dispute(each)
    yield from _returned(returned)
    yield from _only_ours(charges, since=since, until=until)


def _charge(theirs: BalanceTransaction) -> Iterator[Difference]:
    amount = show(theirs.amount_cents, theirs.currency)
    payment = Payment.objects.filter(charge_id=theirs.source_id).first()
    if payment is None:
        yield Difference(
            CaseKind.UNKNOWN_CHARGE,
            f"charge:{theirs.source_id}",
            f"Stripe took {amount} (charge {theirs.source_id}) that no payment of ours knows.",
            theirs.amount_cents,
            theirs.currency,
            theirs.created,
            theirs=theirs.amount_cents,
        )
        return
    if payment.captured_cents != theirs.amount_cents:
        ours = show(payment.captured_cents, payment.currency)
        yield Difference(
            CaseKind.AMOUNT_DIFFERS,
            f"amount:{theirs.id}",
            f"Stripe took {amount} for {payment.booking}; our ledger has {ours}.",
            theirs.amount_cents - payment.captured_cents,
            theirs.currency,
            theirs.created,
            payment.booking_id,
            payment.pk,
            theirs.amount_cents,
            payment.captured_cents,
        )
    yield from _fee(theirs, payment)


def _fee(theirs: BalanceTransaction, payment: Payment) -> Iterator[Difference]:
    if payment.fee_cents != theirs.fee_cents:
        fee, known = (
            show(theirs.fee_cents, theirs.currency),
            show(payment.fee_cents, payment.currency),
        )
        yield Difference(
            CaseKind.FEE,
            f"fee:{theirs.id}",
            f"Stripe's fee for {payment.booking} is {fee}; our ledger has {known}. "
            "Proposed: post the difference, 5020 against 1010.",
            theirs.fee_cents - payment.fee_cents,
            theirs.currency,
            theirs.created,
            payment.booking_id,
            payment.pk,
            theirs.fee_cents,
            payment.fee_cents,
        )


def _refund(theirs: BalanceTransaction) -> Iterator[Difference]:
    amount = show(abs(theirs.amount_cents), theirs.currency)
    refund = Refund.objects.filter(stripe_refund_id=theirs.source_id).first()
    if refund is None or refund.state != RefundState.COMPLETED:
        state = refund.state_label().lower() if refund else "unknown"
        yield Difference(
            CaseKind.UNKNOWN_REFUND,
            f"refund:{theirs.source_id}",
            f"Stripe sent back {amount} ({theirs.source_id}); with us that refund is {state}.",
            abs(theirs.amount_cents),
            theirs.currency,
            theirs.created,
            refund.booking_id if refund else None,
            refund.payment_id if refund else None,
            theirs.amount_cents,
        )
    elif refund.amount_cents != abs(theirs.amount_cents):
        yield Difference(
            CaseKind.AMOUNT_DIFFERS,
            f"amount:{theirs.id}",
            f"Stripe sent back {amount} for {refund.booking}; "
            f"we have {show(refund.amount_cents, refund.currency)}.",
            abs(theirs.amount_cents) - refund.amount_cents,
            theirs.currency,
            theirs.created,
            refund.booking_id,
            refund.payment_id,
            theirs.amount_cents,
            -refund.amount_cents,
        )


def _returned(returned: dict[str, datetime]) -> Iterator[Difference]:
    """A refund that came back must not stand as completed with us."""
    ours = Refund.objects.filter(stripe_refund_id__in=list(returned), state=RefundState.COMPLETED)
    for refund in ours.select_related("booking").order_by("pk"):
        amount = show(refund.amount_cents, refund.currency)
        yield Difference(
            CaseKind.REFUND_FAILED,
            f"returned:{refund.stripe_refund_id}",
            f"{amount} for {refund.booking} came back to Stripe; with us it is completed.",
            refund.amount_cents,
            refund.currency,
            returned[str(refund.stripe_refund_id)],
            refund.booking_id,
            refund.payment_id,
        )


def _dispute(theirs: BalanceTransaction) -> Iterator[Difference]:
    dispute = Dispute.objects.filter(stripe_id=theirs.source_id).select_related("booking").first()
    amount = show(abs(theirs.amount_cents), theirs.currency)
    if dispute is None:
        yield Difference(
            CaseKind.DISPUTE,
            f"dispute:{theirs.source_id}",
            f"Stripe took back {amount} for a dispute ({theirs.source_id}) that we do not know.",
            abs(theirs.amount_cents),
            theirs.currency,
            theirs.created,
            theirs=theirs.amount_cents,
        )
        return
    if dispute.amount_cents != abs(theirs.amount_cents):
        ours = show(dispute.amount_cents, dispute.currency)
        yield Difference(
            CaseKind.AMOUNT_DIFFERS,
            f"amount:{theirs.id}",
            f"Stripe moved {amount} for the dispute of {dispute.booking}; with us it is {ours}.",
            abs(theirs.amount_cents) - dispute.amount_cents,
            theirs.currency,
            theirs.created,
            dispute.booking_id,
            dispute.payment_id,
            abs(theirs.amount_cents),
            dispute.amount_cents,
        )
    yield from _dispute_fee(theirs, dispute)


def _dispute_fee(theirs: BalanceTransaction, dispute: Dispute) -> Iterator[Difference]:
    ours = fee_posted(theirs.id)
    if ours != theirs.fee_cents:
        fee, known = show(theirs.fee_cents, theirs.currency), show(ours, dispute.currency)
        yield Difference(
            CaseKind.FEE,
            f"fee:{theirs.id}",
            f"Stripe's fee for the dispute of {dispute.booking} is {fee}; our ledger has {known}. "
            "Proposed: post the difference, 5020 against 1010.",
            theirs.fee_cents - ours,
            theirs.currency,
            theirs.created,
            dispute.booking_id,
            dispute.payment_id,
            theirs.fee_cents,
            ours,
        )


def _only_ours(
    charges: dict[str, BalanceTransaction], *, since: datetime, until: datetime
) -> Iterator[Difference]:
    ours = Payment.objects.filter(
        method="stripe",
        state=PaymentState.SUCCEEDED,
        succeeded_at__gte=since + MATURE,
        succeeded_at__lt=until - MATURE,
    )
    for payment in ours.select_related("booking").iterator():
        if payment.charge_id not in charges:
            amount = show(payment.captured_cents, payment.currency)
            yield Difference(
                CaseKind.MISSING_EVENT,
                f"missing:{payment.pk}",
                f"Our ledger has {amount} for {payment.booking}; Stripe's balance does not.",
                payment.captured_cents,
                payment.currency,
                payment.succeeded_at or until,
                payment.booking_id,
                payment.pk,
                None,
                payment.captured_cents,
            )
