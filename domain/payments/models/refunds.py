from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from domain.common.actors import may, staff_id
from domain.common.money import show
from domain.common.protect import append_only
from domain.common.settings.queries import setting_at
from domain.common.workflow import Ask, StateField, Stateful, condition, stateful, step
from domain.common.workflow.four_eyes import another_person
from domain.payments.models.payments import Method


class RefundState(models.TextChoices):
    REQUESTED = "requested", "Waiting for approval"
    APPROVED = "approved", "Approved"
    PROCESSING = "processing", "On its way"
    COMPLETED = "completed", "Completed"
    FAILED = "failed", "Failed"
    DENIED = "denied", "Denied"
    WITHDRAWN = "withdrawn", "Withdrawn"
    UNKNOWN = "unknown", "Unknown"


class Origin(models.TextChoices):
    STAFF = "staff", "Asked for by staff"
    CANCELLATION = "cancellation", "Asked for by a cancellation"
    CASE = "case", "Money without a home"
    EXTERNAL = "external", "Made at Stripe"


not_the_requester = another_person("You requested this refund; somebody else has to approve it.")


@condition("Within your limit")
def within_limit(refund: Refund, ask: Ask) -> str:
    limit = setting_at("refund.second_approval_cents", ask.at)
    if refund.amount_cents <= limit or may(ask.actor, "domain.approve_large_refund"):
        return ""
    return (
        f"{show(refund.amount_cents, refund.currency)} is above {show(limit, refund.currency)}; "
        "an operations manager or admin has to approve it."
    )


@condition("No open dispute")
def not_disputed(refund: Refund, ask: Ask) -> str:
    if refund.payment.disputes.filter(state="open").exists():
        return "The payment is disputed; the bank decides, and a refund would pay twice."
    return ""


@condition("Paid offline")
def paid_offline(refund: Refund, ask: Ask) -> str:
    if refund.payment.method == Method.STRIPE:
        return "A card refund is sent through Stripe by itself."
    return ""


@stateful
class Refund(Stateful):
    """REQUESTED ─approve→ APPROVED ─send→ PROCESSING ─complete→ COMPLETED, or fail;
    REQUESTED ─deny | withdraw; PROCESSING ─lose→ UNKNOWN until Stripe is asked again.

    Its amount is reserved on the payment from the request on. It never changes the
    booking's state. A bank can return completed money later: COMPLETED ─bounce→ FAILED.
    """

    locks_first = ("booking", "payment")

    payment = models.ForeignKey("Payment", models.PROTECT, related_name="refunds")
    booking = models.ForeignKey("Booking", models.PROTECT, related_name="refunds")
    case = models.ForeignKey("MoneyCase", models.PROTECT, null=True, related_name="refunds")
    amount_cents = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    origin = models.CharField(max_length=15, choices=Origin.choices, default=Origin.STAFF)
    reason = models.TextField()
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    requested_at = models.DateTimeField()
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    idempotency_key = models.CharField(max_length=80)
    form_key = models.UUIDField("key of the form that asked", null=True, unique=True)
    stripe_refund_id = models.CharField(max_length=80, null=True)  # noqa: DJ001
    reference = models.CharField(max_length=80, blank=True)
    sent_at = models.DateTimeField(null=True)
    completed_at = models.DateTimeField(null=True)
    failure = models.TextField(blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    state = StateField(choices=RefundState.choices, default=RefundState.REQUESTED)

    class Meta:
        default_permissions = ("view",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["stripe_refund_id"], name="refund_at_stripe_once"),
            models.UniqueConstraint(fields=["idempotency_key"], name="refund_key_once"),
            models.CheckConstraint(
                name="refund_amount_positive", condition=models.Q(amount_cents__gt=0)
            ),
            models.CheckConstraint(
                name="refund_four_eyes",
                condition=models.Q(origin="external")
                | models.Q(state__in=["requested", "denied", "withdrawn", "failed"])
                | (
                    models.Q(requested_by__isnull=False)
                    & models.Q(approved_by__isnull=False)
                    & ~models.Q(requested_by=models.F("approved_by"))
                ),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["-requested_at", "-id"], name="refund_newest"),
            models.Index(
                fields=["requested_at"],
                name="refund_live",
                condition=models.Q(state__in=["requested", "approved", "processing", "unknown"]),
            ),
        ]

    def __str__(self) -> str:
        return f"Refund {self.pk} of {show(self.amount_cents, self.currency)}"

    @step(
        state,
        source=[RefundState.REQUESTED],
        target=RefundState.APPROVED,
        label="Approve",
        permission="domain.approve_refund",
        requires=[not_the_requester, within_limit, not_disputed],
        help="The money is sent back.",
        instead="An approved refund is on its way to the guest at once.",
    )
    def approve(self, ask: Ask) -> None:
        self.approved_by_id = staff_id(ask.actor)

    @step(
        state,
        source=[RefundState.REQUESTED],
        target=RefundState.DENIED,
        label="Deny",
        permission="domain.approve_refund",
        requires=[not_the_requester],
        needs_reason=True,
        danger=True,
        instead="Nothing was paid; request the refund again.",
    )
    def deny(self, ask: Ask) -> None:
        self.approved_by_id = staff_id(ask.actor)

    @step(
        state,
        source=[RefundState.REQUESTED],
        target=RefundState.WITHDRAWN,
        label="Withdraw",
        permission="domain.withdraw_refund",
        system=True,
        instead="Nothing was paid; request the refund again.",
    )
    def withdraw(self, ask: Ask) -> None:
        """Nobody needs it any more."""

    @step(
        state,
        source=[RefundState.APPROVED],
        target=RefundState.PROCESSING,
        label="Send",
        system=True,
    )
    def send(self, ask: Ask) -> None:
        self.sent_at = ask.at
        self.attempts += 1

    @step(
        state,
        source=[RefundState.PROCESSING],
        target=RefundState.UNKNOWN,
        label="Lose the answer",
        system=True,
    )
    def lose(self, ask: Ask) -> None:
        self.failure = ask.params["failure"]

    @step(
        state,
        source=[RefundState.REQUESTED, RefundState.PROCESSING, RefundState.UNKNOWN],
        target=RefundState.COMPLETED,
        label="Complete",
        system=True,
        help="Stripe says the money has gone back.",
    )
    def complete(self, ask: Ask) -> None:
        self.stripe_refund_id = ask.params["stripe_refund_id"]
        self.completed_at = ask.at
        self.failure = ""

    @step(
        state,
        source=[RefundState.APPROVED],
        target=RefundState.COMPLETED,
        label="Paid out",
        permission="domain.approve_offline_payment",
        requires=[paid_offline],
        needs_reason=True,
        help="The money was handed or transferred back; give the reference.",
    )
    def settle(self, ask: Ask) -> None:
        self.reference = ask.reason[:80]
        self.completed_at = ask.at

    @step(
        state,
        source=[RefundState.APPROVED, RefundState.PROCESSING, RefundState.UNKNOWN],
        target=RefundState.FAILED,
        label="Fail",
        system=True,
    )
    def fail(self, ask: Ask) -> None:
        self.failure = ask.params["failure"]

    @step(
        state,
        source=[RefundState.COMPLETED],
        target=RefundState.FAILED,
        label="Bounce",
        system=True,
        help="The bank returned the money to us.",
    )
    def bounce(self, ask: Ask) -> None:
        self.failure = ask.params["failure"]


class RefundPart(models.Model):
    """The share of a refund that falls on one line of the booking, tax lines included."""

    refund = models.ForeignKey(Refund, models.PROTECT, related_name="parts", db_index=False)
    line = models.ForeignKey("BookingLine", models.PROTECT, related_name="refunded")
    amount_cents = models.BigIntegerField()

    class Meta:
        default_permissions = ()
        triggers = append_only()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["refund", "line"], name="refund_part_once"),
            models.CheckConstraint(
                name="refund_part_positive", condition=models.Q(amount_cents__gt=0)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line}: {self.amount_cents}"
