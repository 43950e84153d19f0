"""All that somebody needs to decide a refund, on one page, and what Stripe says right now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, QuerySet, Sum
from django.http import HttpRequest

from backoffice.access import person
from backoffice.admin.approving import QUEUE_LENGTH, Waiting
from domain.bookings.queries import terms_of_cancelling
from domain.common.audit.models import AuditEntry
from domain.common.errors import DomainError
from domain.common.money import show
from domain.common.settings.queries import setting_at
from domain.common.workflow import Ask
from domain.common.workflow.registry import effects_for
from domain.ledger.models import Transfer
from domain.payments import gateway
from domain.payments.models import Dispute, Method, Origin, Payment, Refund, RefundState
from domain.payments.queries import LIVE

# Two refunds of one amount within this time are worth a second look.
NEAR = timedelta(days=30)
QUIET = ("message", "webhookevent")


def waiting_refunds() -> QuerySet[Refund]:
    disputed = Dispute.objects.filter(payment=OuterRef("payment"), state="open")
    return (
        Refund.objects.filter(state=RefundState.REQUESTED)
        .select_related("booking", "payment", "requested_by")
        .annotate(is_disputed=Exists(disputed))
        .order_by("requested_at", "pk")
    )


def queue_for(request: HttpRequest, at: datetime) -> list[Waiting]:
    """The refunds that wait, the oldest first, each with what stands against this person."""
    staff = person(request)
    limit = setting_at("refund.second_approval_cents", at)
    large = staff.has_perm("domain.approve_large_refund")
    rows = []
    for refund in waiting_refunds()[:QUEUE_LENGTH]:
        why = ""
        if refund.requested_by_id == staff.pk:
            why = "You requested it."
        elif refund.amount_cents > limit and not large:
            why = f"Above {show(limit, refund.currency)}: an operations manager or admin decides."
        elif getattr(refund, "is_disputed", False):
            why = "Disputed: the bank decides."
        rows.append(Waiting(refund, refund.booking, refund.reason, why))
    return rows


@dataclass(frozen=True, slots=True)
class Part:
    label: str
    sold_cents: int
    part_cents: int
    is_tax: bool


@dataclass(frozen=True, slots=True)
class RefundCase:
    refund: Refund
    parts: list[Part]
    tax_cents: int
    policy: str
    fee_cents: int
    changes: list[AuditEntry]
    others: list[Refund]
    twins: list[Refund]
    disputes: list[Dispute]
    on_approval: list[str]
    on_completion: list[str]

    @property
    def waits(self) -> bool:
        return bool(self.refund.state == RefundState.REQUESTED)

    @property
    def is_open(self) -> bool:
        """What is over says in its history what it did."""
        return bool(self.refund.state in LIVE)

    @property
    def by_card(self) -> bool:
        return self.refund.payment.method == Method.STRIPE


def case_of(request: HttpRequest, refund: Refund, at: datetime) -> RefundCase:
    parts = [
        Part(part.line.label, part.line.amount_cents, part.amount_cents, part.line.is_tax)
        for part in refund.parts.select_related("line").order_by("line__position")
    ]
    others = list(
        Refund.objects.filter(booking=refund.booking_id)
        .exclude(pk=refund.pk)
        .select_related("requested_by")
        .order_by("-requested_at", "-pk")[:20]
    )
    fee = _fee_kept(refund)
    ask = Ask(person(request), at)
    ending = "complete" if refund.payment.method == Method.STRIPE else "settle"
    return RefundCase(
        refund=refund,
        parts=parts,
        tax_cents=sum(part.part_cents for part in parts if part.is_tax),
        policy=_policy(refund, fee, others),
        fee_cents=fee,
        changes=changes_since(refund),
        others=others,
        twins=[each for each in others if _looks_the_same(each, refund)],
        disputes=list(refund.payment.disputes.order_by("-opened_at")),
        on_approval=_sentences(refund, "approve", ask),
        on_completion=_sentences(refund, ending, ask),
    )


def _looks_the_same(other: Refund, refund: Refund) -> bool:
    gone = {RefundState.DENIED, RefundState.WITHDRAWN, RefundState.FAILED}
    near = abs(other.requested_at - refund.requested_at) < NEAR
    return near and other.amount_cents == refund.amount_cents and other.state not in gone


def _fee_kept(refund: Refund) -> int:
    fees = Transfer.objects.filter(
        entry__booking=refund.booking_id, entry__event="booking.cancelled_fee"
    )
    return fees.aggregate(total=Sum("amount_cents"))["total"] or 0


def _policy(refund: Refund, fee_cents: int, others: list[Refund]) -> str:
    """The rule by which a cancellation gave this refund, in words."""
    if refund.origin == Origin.CASE:
        return "Money without a home goes back whole; no fee applies."
    if refund.origin == Origin.EXTERNAL:
        return "It was made in Stripe's dashboard."
    if refund.origin != Origin.CANCELLATION:
        return "Asked for by staff: no cancellation, so no fee applies by itself."
    same = [each for each in others if each.origin == Origin.CANCELLATION]
    held = refund.amount_cents + fee_cents + sum(each.amount_cents for each in same)
    try:
        return terms_of_cancelling(refund.booking, held_cents=held, at=refund.requested_at).words
    except DomainError as refusal:
        return str(refusal)


def changes_since(refund: Refund) -> list[AuditEntry]:
    """What happened to the booking and its money since the refund was asked for."""
    later = AuditEntry.objects.filter(
        booking_id=refund.booking_id, at__gt=refund.requested_at
    ).exclude(subject_type="refund", subject_id=refund.pk)
    return list(
        later.exclude(subject_type__in=QUIET).select_related("actor", "detail").order_by("-id")[:10]
    )


def _sentences(refund: Refund, step: str, ask: Ask) -> list[str]:
    return [effect.preview().sentence for effect in effects_for(refund, step, ask)]


@dataclass(frozen=True, slots=True)
class Live:
    """What Stripe says now, in minor units; ``trouble`` says why it says nothing."""

    trouble: str = ""
    captured_cents: int = 0
    refunded_cents: int = 0
    disputed: bool = False
    currency: str = ""
    needed_cents: int = 0

    @property
    def left_cents(self) -> int:
        return self.captured_cents - self.refunded_cents

    @property
    def covers(self) -> bool:
        return not self.disputed and self.left_cents >= self.needed_cents


def ask_stripe(payment: Payment, needed_cents: int) -> Live:
    """Ask Stripe what is left to refund. Never inside a transaction."""
    if payment.method != Method.STRIPE or not payment.intent_id:
        return Live("This money did not come through Stripe; it goes back by hand.")
    try:
        charge = gateway.fetch_intent(payment.intent_id).charge
    except gateway.StripeError as error:
        return Live(f"{error} Decide on our own figures, or look again in a minute.")
    if charge is None:
        return Live("Stripe knows of no captured money for this payment.")
    return Live(
        captured_cents=charge.amount_captured_cents,
        refunded_cents=charge.amount_refunded_cents,
        disputed=charge.disputed,
        currency=payment.currency,
        needed_cents=needed_cents,
    )
