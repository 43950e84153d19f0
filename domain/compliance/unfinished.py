"""What of a person is still open, so that nothing may be erased yet.

:source: docs/policies/compliance.md, "Personal data"
"""

from __future__ import annotations

from django.db.models import Case, F, Q, Sum, When

from domain.bookings.models import Booking, BookingState, InstalmentState, Line
from domain.common.money import show
from domain.compliance.models.accounts import BankAccount
from domain.customers.models import Customer
from domain.ledger.chart import CHART
from domain.ledger.models import Account, Transfer
from domain.notifications.models import Message, MessageState
from domain.payments.models import CaseState, Dispute, DisputeState, MoneyCase, Refund, RefundState

OVER = [BookingState.CANCELLED, BookingState.EXPIRED, BookingState.DELIVERED]
OWED = [InstalmentState.DUE, InstalmentState.PART_PAID, InstalmentState.OVERDUE]
ON_THE_WAY = [
    RefundState.REQUESTED,
    RefundState.APPROVED,
    RefundState.PROCESSING,
    RefundState.UNKNOWN,
]
PAYING_OUT = ["requested", "approved", "processing", "failed", "unknown"]
RECOVERABLE = "1300"


def unfinished_of(customer_id: int) -> list[str]:
    """What has to be settled first, each in a sentence; nothing when all is over."""
    mine = Booking.objects.filter(customer=customer_id)
    running = mine.exclude(state__in=OVER).exclude(state=BookingState.COMPLETED, line=Line.DELIVERY)
    owing = mine.filter(state=BookingState.DELIVERED, instalments__state__in=OWED).distinct()
    found = [
        *(f"{each} is {each.state_label().lower()}." for each in running.order_by("pk")[:5]),
        *(f"{each} has instalments to pay." for each in owing.order_by("pk")[:5]),
        *_money_under_way(customer_id),
        *_wallet(customer_id),
    ]
    if Customer.objects.filter(pk=customer_id, member__state="active").exists():
        found.append(
            "They are a member: terminate the membership first, so that nothing is earned."
        )
    queued = Message.objects.filter(booking__customer=customer_id, state=MessageState.QUEUED)
    if queued.exists():
        found.append("A message to them is being sent; try again in some minutes.")
    return found


def _money_under_way(customer_id: int) -> list[str]:
    refunds = Refund.objects.filter(booking__customer=customer_id, state__in=ON_THE_WAY)
    cases = MoneyCase.objects.filter(booking__customer=customer_id, state=CaseState.OPEN)
    disputes = Dispute.objects.filter(booking__customer=customer_id, state=DisputeState.OPEN)
    paid = BankAccount.objects.filter(customer=customer_id, payouts__state__in=PAYING_OUT)
    asked = (
        (refunds, "A refund is under way."),
        (cases, "A money case is open."),
        (disputes, "A dispute is open."),
        (paid, "A payout is under way."),
    )
    return [sentence for rows, sentence in asked if rows.exists()]


def _wallet(customer_id: int) -> list[str]:
    accounts = Account.objects.filter(customer=customer_id)
    held = accounts.filter(guarded=True, balance_cents__gt=0).order_by("code")
    found = [
        f"{show(each.balance_cents, each.currency)} is on “{CHART[each.code].name}”."
        for each in held
    ]
    for debt in accounts.filter(code=RECOVERABLE):
        signed = Case(When(debit=debt, then=F("amount_cents")), default=-F("amount_cents"))
        rows = Transfer.objects.filter(Q(debit=debt) | Q(credit=debt))
        if owed := rows.aggregate(cents=Sum(signed))["cents"]:
            found.append(f"They owe {show(owed, debt.currency)} that was taken back.")
    return found
