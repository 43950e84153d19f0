"""A money case as its page shows it: both sides' figures, and each way to resolve it in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.db.models import Q, Sum
from django.http import HttpRequest
from django.urls import reverse

from backoffice.access import holds, person
from domain.bookings.conditions import local_time, payment_deadline
from domain.bookings.models import Booking, BookingState, Line
from domain.bookings.queries import cash_of
from domain.common.money import show
from domain.common.workflow import why_not
from domain.flows.cases import REACTIVATE, RESOLVE
from domain.flows.deposits import deposit_terms_at, no_way_back
from domain.flows.proposals import Proposal, drafted_for, proposal_of
from domain.payments import gateway
from domain.payments.gateway import Intent
from domain.payments.models import CaseKind, CaseState, MoneyCase, Refund, RefundState
from domain.payments.models.cases import UNAPPLIED
from domain.payments.queries import LIVE, held_cents, members_own_cents, split_refund
from domain.staff.roles import holders, meaning

QUEUE_LENGTH = 100
# Bringing a booking back is for who may do that anyway; all else is for finance.
RIGHTS = {"reactivate": REACTIVATE, "propose": "domain.request_manual_entry"}


@dataclass(frozen=True, slots=True)
class Side:
    """One fact as we and as Stripe have it. None: that side says nothing of it."""

    label: str
    ours: str | None
    theirs: str | None

    @property
    def differs(self) -> bool:
        return self.ours is not None and self.theirs is not None and self.ours != self.theirs


@dataclass(frozen=True, slots=True)
class Resolution:
    """A way to resolve the case; ``why`` says why it is not open."""

    name: str
    label: str
    url: str
    sentences: list[str]
    why: str


def sides_of(case: MoneyCase, told: Intent | None = None) -> list[Side]:
    rows = _noted(case)
    payment = case.payment
    if payment is None:
        return rows

    def amount(cents: int | None) -> str | None:
        return None if cents is None else show(cents, payment.currency)

    charge = told.charge if told else None
    asked = told.amount_cents if told else None
    received = told.amount_received_cents if told else None
    sent_back = charge.amount_refunded_cents if charge else None
    fee = charge.fee_cents if charge else None
    refunded = payment.refunds.filter(state=RefundState.COMPLETED).aggregate(
        total=Sum("amount_cents")
    )["total"]
    number = told.metadata.get("booking_number", "nothing") if told else None
    return [
        *rows,
        Side("Booking", payment.booking.number, number),
        Side("Asked for", amount(payment.amount_cents), amount(asked)),
        Side("Received", amount(payment.captured_cents), amount(received)),
        Side("Sent back", amount(refunded or 0), amount(sent_back)),
        Side("Stripe's fee", amount(payment.fee_cents), amount(fee)),
        Side("Currency", payment.currency, told.currency if told else None),
        Side("State", payment.state_label(), _status(told) if told else None),
    ]


def _status(told: Intent) -> str:
    """Stripe's word for a state, in ours where it means the same."""
    same = {"canceled": "Cancelled", "requires_action": "Waiting for the guest"}
    return same.get(told.status, told.status.replace("_", " ").capitalize())


def _noted(case: MoneyCase) -> list[Side]:
    """What both sides said when the case was opened."""
    ours, theirs = case.facts.get("ours"), case.facts.get("stripe")
    if ours is None and theirs is None:
        return []
    return [
        Side(
            "When the case was opened",
            "nothing" if ours is None else show(ours, case.currency),
            "nothing" if theirs is None else show(theirs, case.currency),
        )
    ]


def ask_stripe(case: MoneyCase) -> tuple[Intent | None, str]:
    """What Stripe says of the case's payment now, or why it says nothing."""
    intent_id = case.facts.get("intent_id") or (case.payment.intent_id if case.payment else "")
    if not intent_id:
        return None, "No payment at Stripe belongs to this case."
    try:
        return gateway.fetch_intent(str(intent_id)), ""
    except gateway.StripeError as error:
        return None, f"{error} The figures on our side stand as they are; look again in a minute."


def candidates(case: MoneyCase) -> list[Booking]:
    """Open bookings of the same person to which the money might belong."""
    movable = (*UNAPPLIED, CaseKind.DEPOSIT)
    if case.kind not in movable or case.booking is None or case.state != CaseState.OPEN:
        return []
    contact = case.booking.contact()
    same = Q(guest__email__iexact=contact.email) | Q(customer__email__iexact=contact.email)
    found = Booking.objects.filter(
        same, state=BookingState.PENDING, currency=case.currency, total_cents__gte=case.amount_cents
    ).exclude(pk=case.booking.pk)
    return list(found.order_by("-created_at")[:5])


def resolutions(request: HttpRequest, case: MoneyCase, at: datetime) -> list[Resolution]:
    ways: list[tuple[str, str, Callable[[], tuple[list[str], str]]]]
    if case.state == CaseState.RESOLVED:
        ways = [("reopen", "Open it again", lambda: _reopening(request, case, at))]
    elif case.kind in UNAPPLIED:
        ways = [
            ("reactivate", "Reactivate the booking", lambda: _reactivating(request, case, at)),
            ("move", "Move to another booking", lambda: _moving(case)),
            ("refund", "Send it back", lambda: _refunding(case)),
            *_for_members(case),
        ]
    elif case.kind == CaseKind.DEPOSIT:
        ways = [
            ("deposit", "Send it back", lambda: _depositing(case, at)),
            ("move_deposit", "Move to another booking", lambda: _moving_deposit(case)),
            *_for_members(case),
            ("close", "Close with a reason", lambda: ([CLOSING], "")),
        ]
    else:
        ways = [("close", "Close with a reason", lambda: ([CLOSING], ""))]
        if proposed := proposal_of(case):
            draft = partial(_drafting, case, proposed)
            ways.insert(0, ("propose", "Draft the proposed entry", draft))
    return [
        Resolution(
            name,
            label,
            reverse(f"admin:domain_moneycase_{name}", args=[case.pk]),
            *_with_common(request, case, RIGHTS.get(name, RESOLVE), *ask()),
        )
        for name, label, ask in ways
    ]


def _for_members(case: MoneyCase) -> list[tuple[str, str, Callable[[], tuple[list[str], str]]]]:
    if case.currency != "INR":
        return []
    return [("wallet", "Keep it for the buyer", lambda: _keeping(case))]


def _keeping(case: MoneyCase) -> tuple[list[str], str]:
    amount = show(_at_hand(case), case.currency)
    code = "2310" if case.kind in UNAPPLIED else "2300"
    sentences = [
        f"Moves {amount} to the buyer's deposits: to be spent on bookings, and not taxed.",
        f"Posts {code} → 2005 {amount}.",
    ]
    is_guest = case.booking is None or case.booking.customer_id is None
    return sentences, "The buyer is a guest and has no deposits; send it back." if is_guest else ""


def _depositing(case: MoneyCase, at: datetime) -> tuple[list[str], str]:
    assert case.booking is not None  # a deposit is opened for its booking
    terms = deposit_terms_at(case.booking, at)
    parts = split_refund(case.booking, terms.refund_cents)
    short = sum(cents for _, cents in parts) < terms.refund_cents
    why = no_way_back(case.booking) if short else ""
    return [terms.words, "Another person approves the refund."], why


def _moving_deposit(case: MoneyCase) -> tuple[list[str], str]:
    amount = show(_at_hand(case), case.currency)
    sentences = [
        f"Puts {amount} onto a booking on which as much is due; nothing is kept.",
        f"Posts 2300 → 2310 → 2300 {amount}, or 1200 where that vehicle is handed over already.",
        "Enough paid by it, that booking is confirmed.",
    ]
    own = case.booking is not None and members_own_cents(case.booking)
    why = "Some of it was the buyer's wallet's; keep it for the buyer instead." if own else ""
    return sentences, why


def _at_hand(case: MoneyCase) -> int:
    """What a case disposes of: its own amount, or what is held for its booking by now."""
    if case.kind == CaseKind.DEPOSIT and case.booking is not None:
        return held_cents(case.booking)
    return case.amount_cents


def _with_common(
    request: HttpRequest, case: MoneyCase, right: str, sentences: list[str], why: str
) -> tuple[list[str], str]:
    if not holds(request, right):
        return sentences, f"You may not {meaning(right)}; {', '.join(holders(right))} may."
    if Refund.objects.filter(case=case, state__in=LIVE).exists():
        return sentences, "A refund of this money is already on its way."
    return sentences, why


def _applied(case: MoneyCase) -> str:
    return f"Posts 2310 → 2300 {show(case.amount_cents, case.currency)}."


def _reactivating(request: HttpRequest, case: MoneyCase, at: datetime) -> tuple[list[str], str]:
    booking = case.booking
    if booking is None:
        return [], "The money came for no booking of ours."
    answer = why_not(booking, "reactivate", actor=person(request), at=at)
    paid = cash_of([booking])[booking.pk]
    left = booking.total_cents - paid.captured_cents - case.amount_cents
    ending = (
        f"marks {booking} paid"
        if left == 0
        else f"leaves {show(max(left, 0), case.currency)} to be paid by {_deadline(at)}"
    )
    sentences = [
        f"Brings {booking} back at the prices it was sold at.",
        _applied(case),
        f"That {ending}.",
    ]
    too_much = "" if left >= 0 else "It is more than the booking costs; move or refund it."
    return sentences, answer.sentence() or too_much


def _deadline(at: datetime) -> str:
    return f"{local_time(Line.DELIVERY, payment_deadline(at)):%d %b, %H:%M}"


def _moving(case: MoneyCase) -> tuple[list[str], str]:
    amount = show(case.amount_cents, case.currency)
    sentences = [
        f"Applies {amount} to a booking on which as much is due.",
        _applied(case),
        "Paid in full by it, that booking is marked paid.",
    ]
    return sentences, ""


def _refunding(case: MoneyCase) -> tuple[list[str], str]:
    amount = show(case.amount_cents, case.currency)
    if case.payment is None:
        return [], "The money came with no payment of ours, so there is no way back to follow."
    to = case.payment.source_label()
    sentences = [
        f"Requests a refund of {amount} to {to}; another person approves it.",
        f"Once Stripe has sent it: posts 2310 → 1010 {amount}.",
    ]
    left = case.payment.refundable_cents()
    if left < case.amount_cents:
        return sentences, f"Only {show(left, case.currency)} of the payment is left to refund."
    return sentences, ""


def _drafting(case: MoneyCase, proposed: Proposal) -> tuple[list[str], str]:
    earlier = drafted_for(case)
    sentences = [
        f"Drafts {proposed}, so that our books say what Stripe did; another person posts it.",
        "Close the case once it is posted.",
    ]
    return sentences, f"{earlier} is {earlier.state_label().lower()}." if earlier else ""


def _reopening(request: HttpRequest, case: MoneyCase, at: datetime) -> tuple[list[str], str]:
    why = why_not(case, "reopen", actor=person(request), at=at).sentence()
    return [REOPENING], why


REOPENING = "Puts the case back into the queue with your reason; its age counts from the start."
CLOSING = "Closes the case with your reason; no money moves and nobody is told."
