from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from domain.common.actors import staff_id
from domain.common.money import show
from domain.common.workflow import Ask, StateField, Stateful, condition, stateful, step
from domain.common.workflow.four_eyes import another_person


class Method(models.TextChoices):
    STRIPE = "stripe", "Card (Stripe)"
    BANK_TRANSFER = "bank_transfer", "Bank transfer"
    CASH = "cash", "Cash"
    WALLET = "wallet", "Member's wallet"
    EMI_RESERVE = "emi_reserve", "EMI reserve"
    PAYOUT = "payout", "Payout"


OFFLINE = (Method.BANK_TRANSFER, Method.CASH)
# A member's own money with us: it counts for the booking, and no cash moves.
INTERNAL = (Method.WALLET, Method.EMI_RESERVE, Method.PAYOUT)


class PaymentState(models.TextChoices):
    PENDING = "pending", "Pending"
    REQUIRES_ACTION = "requires_action", "Waiting for the guest"
    SUCCEEDED = "succeeded", "Succeeded"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"
    UNKNOWN = "unknown", "Unknown"


OPEN_STATES = (PaymentState.PENDING, PaymentState.REQUIRES_ACTION, PaymentState.UNKNOWN)


@condition("Offline money")
def taken_offline(payment: Payment, ask: Ask) -> str:
    if payment.method == Method.STRIPE:
        return "A card payment is confirmed by Stripe, not by hand."
    if payment.method not in OFFLINE:
        return "This money was with us already; there is nothing to confirm."
    return ""


@condition("Member's money")
def from_a_member(payment: Payment, ask: Ask) -> str:
    return "" if payment.method in INTERNAL else "This money comes from outside."


not_the_recorder = another_person("You recorded this payment; somebody else has to approve it.")


@stateful
class Payment(Stateful):
    """One attempt to take money for a booking.

    PENDING, REQUIRES_ACTION, UNKNOWN ─succeed→ SUCCEEDED, only on what Stripe itself says;
    PENDING ─approve→ SUCCEEDED for offline money, by a second person, ─apply→ for a member's.
    ``reserved_cents`` counts every refund not denied, withdrawn or failed.
    """

    locks_first = ("booking",)

    booking = models.ForeignKey("Booking", models.PROTECT, related_name="payments")
    method = models.CharField(max_length=20, choices=Method.choices)
    amount_cents = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    captured_cents = models.BigIntegerField(default=0)
    reserved_cents = models.BigIntegerField("reserved by refunds", default=0)
    intent_id = models.CharField(max_length=80, null=True)  # noqa: DJ001
    charge_id = models.CharField(max_length=80, null=True)  # noqa: DJ001
    # What a payout paid on plans is found by how its payments' keys begin: in the order of bytes
    # the index that makes a key once serves that as well.
    idempotency_key = models.CharField(max_length=80, db_collation="C")
    card_brand = models.CharField(max_length=20, blank=True)
    card_last4 = models.CharField(max_length=4, blank=True)
    fee_cents = models.BigIntegerField("Stripe's fee", default=0)
    reference = models.CharField(max_length=80, blank=True)
    received_on = models.DateField(null=True)
    evidence = models.TextField("what proves it", blank=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    failure = models.TextField(blank=True)
    created_at = models.DateTimeField()
    succeeded_at = models.DateTimeField(null=True)
    polled_at = models.DateTimeField(null=True)
    state = StateField(choices=PaymentState.choices, default=PaymentState.PENDING)

    class Meta:
        default_permissions = ("view",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["idempotency_key"], name="payment_key_once"),
            models.UniqueConstraint(
                fields=["charge_id"],
                name="payment_charge_once",
                condition=models.Q(charge_id__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["intent_id"],
                name="payment_intent_once",
                condition=models.Q(intent_id__isnull=False),
            ),
            models.CheckConstraint(
                name="payment_amount_positive", condition=models.Q(amount_cents__gt=0)
            ),
            models.CheckConstraint(
                name="payment_refunds_within_captured",
                condition=models.Q(reserved_cents__gte=0)
                & models.Q(reserved_cents__lte=models.F("captured_cents")),
            ),
            models.CheckConstraint(
                name="payment_four_eyes",
                condition=models.Q(method__in=["stripe", "wallet", "emi_reserve", "payout"])
                | ~models.Q(state="succeeded")
                | (
                    models.Q(requested_by__isnull=False)
                    & models.Q(approved_by__isnull=False)
                    & ~models.Q(requested_by=models.F("approved_by"))
                ),
            ),
            models.CheckConstraint(
                name="payment_captured_when_succeeded",
                condition=models.Q(state="succeeded", captured_cents__gt=0)
                | (~models.Q(state="succeeded") & models.Q(captured_cents=0)),
            ),
            models.UniqueConstraint(
                fields=["booking"],
                name="payment_one_open_intent",
                condition=models.Q(
                    method="stripe", state__in=["pending", "requires_action", "unknown"]
                ),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["-created_at", "-id"], name="payment_newest"),
            models.Index(
                fields=["created_at"],
                name="payment_open",
                condition=models.Q(state__in=["pending", "requires_action", "unknown"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{show(self.amount_cents, self.currency)} by {self.source_label()}"

    def source_label(self) -> str:
        """Say where the money came from, as staff and guests speak of it."""
        if self.card_last4:
            # Mastercard is a card by its name.
            card = "" if self.card_brand.lower().endswith("card") else "card "
            return f"{self.card_brand} {card}•••• {self.card_last4}".strip()
        return "card" if self.method == Method.STRIPE else self.get_method_display().lower()

    def refundable_cents(self) -> int:
        return self.captured_cents - self.reserved_cents

    @step(
        state,
        source=[PaymentState.PENDING, PaymentState.UNKNOWN],
        target=PaymentState.REQUIRES_ACTION,
        label="Wait for the guest",
        system=True,
    )
    def need_action(self, ask: Ask) -> None:
        self.intent_id = ask.params["intent_id"]

    @step(
        state,
        source=[PaymentState.PENDING],
        target=PaymentState.UNKNOWN,
        label="Lose the answer",
        system=True,
    )
    def lose(self, ask: Ask) -> None:
        self.failure = ask.params["failure"]

    @step(
        state,
        source=[PaymentState.UNKNOWN],
        target=PaymentState.PENDING,
        label="Find at Stripe",
        system=True,
    )
    def find(self, ask: Ask) -> None:
        self.intent_id = ask.params["intent_id"]
        self.failure = ""

    @step(
        state,
        source=[PaymentState.PENDING, PaymentState.REQUIRES_ACTION, PaymentState.UNKNOWN],
        target=PaymentState.SUCCEEDED,
        label="Succeed",
        system=True,
        help="Stripe says so, with our booking, amount, currency and mode.",
    )
    def succeed(self, ask: Ask) -> None:
        self.captured_cents = ask.params["captured_cents"]
        self.intent_id = ask.params["intent_id"]
        self.charge_id = ask.params["charge_id"]
        self.card_brand = ask.params["card_brand"]
        self.card_last4 = ask.params["card_last4"]
        self.fee_cents = ask.params["fee_cents"]
        self.succeeded_at = ask.at
        self.failure = ""

    @step(
        state,
        source=[PaymentState.PENDING],
        target=PaymentState.SUCCEEDED,
        label="Apply",
        system=True,
        requires=[from_a_member],
        help="A member's own money fills the oldest instalment.",
    )
    def apply(self, ask: Ask) -> None:
        self.captured_cents = self.amount_cents
        self.succeeded_at = ask.at

    @step(
        state,
        source=[PaymentState.SUCCEEDED],
        target=PaymentState.CANCELLED,
        label="Take back",
        system=True,
        requires=[from_a_member],
        help="The payout from which it came was returned by the bank.",
    )
    def take_back(self, ask: Ask) -> None:
        self.captured_cents = 0

    @step(
        state,
        source=[PaymentState.PENDING],
        target=PaymentState.SUCCEEDED,
        label="Approve",
        permission="domain.approve_offline_payment",
        requires=[taken_offline, not_the_recorder],
        help="The money has arrived; it counts towards the booking.",
        instead="The money is in the books. What did not arrive after all is refunded.",
    )
    def approve(self, ask: Ask) -> None:
        self.captured_cents = self.amount_cents
        self.approved_by_id = staff_id(ask.actor)
        self.succeeded_at = ask.at

    @step(
        state,
        source=[PaymentState.PENDING],
        target=PaymentState.CANCELLED,
        label="Reject",
        permission="domain.approve_offline_payment",
        requires=[taken_offline],
        needs_reason=True,
        danger=True,
        help="The money did not arrive.",
        instead="If the money does arrive, record it again.",
    )
    def reject(self, ask: Ask) -> None:
        """The row's state says it all."""

    @step(
        state,
        source=[PaymentState.PENDING, PaymentState.REQUIRES_ACTION, PaymentState.UNKNOWN],
        target=PaymentState.CANCELLED,
        label="Cancel",
        system=True,
    )
    def cancel(self, ask: Ask) -> None:
        """Stripe says the intent is cancelled, or none was ever made."""

    @step(
        state,
        source=[PaymentState.PENDING, PaymentState.REQUIRES_ACTION, PaymentState.UNKNOWN],
        target=PaymentState.FAILED,
        label="Fail",
        system=True,
    )
    def fail(self, ask: Ask) -> None:
        self.failure = ask.params["failure"]
