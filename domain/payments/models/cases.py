from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from domain.common.workflow import Ask, StateField, Stateful, condition, stateful, step


class CaseKind(models.TextChoices):
    LATE = "late", "Late payment"
    SURPLUS = "surplus", "Overpaid"
    DEPOSIT = "deposit", "Deposit of a closed booking"
    NO_STOCK = "no_stock", "Paid, but out of stock"
    EXTERNAL_REFUND = "external_refund", "Refund made at Stripe"
    REFUND_FAILED = "refund_failed", "Refund failed"
    MISMATCH = "mismatch", "Payment does not match"
    DISPUTE = "dispute", "Dispute"
    MISSING_EVENT = "missing_event", "Missing at our side"
    AMOUNT_DIFFERS = "amount_differs", "Amount differs"
    UNKNOWN_CHARGE = "unknown_charge", "Unknown charge"
    UNKNOWN_REFUND = "unknown_refund", "Unknown refund"
    FEE = "fee", "Fee differs"


# Money of ours that belongs to no booking yet: it lies in 2310 until the case is resolved.
UNAPPLIED = (CaseKind.LATE, CaseKind.SURPLUS)


class CaseState(models.TextChoices):
    OPEN = "open", "Open"
    RESOLVED = "resolved", "Resolved"


@condition("Booking is back")
def booking_is_back(case: MoneyCase, ask: Ask) -> str:
    if case.booking is None:
        return "This money belongs to no booking; move or refund it."
    if case.booking.state in {"expired", "cancelled"}:
        return f"{case.booking} is {case.booking.state_label().lower()}; it takes no money."
    return ""


@condition("Money of its own")
def money_went_nowhere(case: MoneyCase, ask: Ask) -> str:
    if case.kind in UNAPPLIED:
        return f"Its money has found its way: {case.resolution} Put it right there."
    return ""


@stateful
class MoneyCase(Stateful):
    """Money or a fact without a home, with an owner and an age.

    OPEN ─resolve→ RESOLVED, or ─reapply→ when its booking was brought back for the money;
    RESOLVED ─reopen→ OPEN while no money of it was moved.
    """

    locks_first = ("booking", "payment")

    kind = models.CharField(max_length=20, choices=CaseKind.choices)
    booking = models.ForeignKey("Booking", models.PROTECT, null=True, related_name="cases")
    payment = models.ForeignKey("Payment", models.PROTECT, null=True, related_name="cases")
    amount_cents = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    sentence = models.TextField("what happened, in words")
    facts = models.JSONField(default=dict)
    dedupe_key = models.CharField(max_length=120)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    opened_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True)
    resolution = models.TextField(blank=True)
    state = StateField(choices=CaseState.choices, default=CaseState.OPEN)

    class Meta:
        default_permissions = ("view",)
        verbose_name = "money case"
        indexes: ClassVar = [
            models.Index(fields=["opened_at"], name="case_open", condition=models.Q(state="open"))
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["dedupe_key"], name="money_case_once"),
        ]

    def __str__(self) -> str:
        return f"Case {self.pk} ({self.get_kind_display()})"

    @step(
        state,
        source=[CaseState.OPEN],
        target=CaseState.RESOLVED,
        label="Resolve",
        permission="domain.resolve_moneycase",
        system=True,
        needs_reason=True,
    )
    def resolve(self, ask: Ask) -> None:
        self._resolved(ask)

    @step(
        state,
        source=[CaseState.OPEN],
        target=CaseState.RESOLVED,
        label="Resolve by reactivating",
        permission="domain.reactivate_booking",
        requires=[booking_is_back],
        needs_reason=True,
    )
    def reapply(self, ask: Ask) -> None:
        """Its booking waits for payment again and takes the money."""
        self._resolved(ask)

    @step(
        state,
        source=[CaseState.RESOLVED],
        target=CaseState.OPEN,
        label="Open again",
        permission="domain.resolve_moneycase",
        requires=[money_went_nowhere],
        needs_reason=True,
    )
    def reopen(self, ask: Ask) -> None:
        self.resolved_at = None
        self.resolution = ""

    def _resolved(self, ask: Ask) -> None:
        self.resolved_at = ask.at
        self.resolution = ask.reason
