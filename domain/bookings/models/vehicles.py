"""What a booking of a vehicle rests on: the stock, and the instalments with their waivers."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from domain.common.money import show
from domain.common.protect import append_only
from domain.common.workflow import Ask, StateField, condition, stateful, step
from domain.common.workflow.four_eyes import Request, another_person, four_eyes


class VehicleStock(models.Model):
    """How many of a vehicle are there, and how many of them are promised.

    ``catalog_stock`` is the workbook's figure that is already counted in ``on_hand``.
    """

    sku = models.CharField("SKU", max_length=40)
    on_hand = models.PositiveIntegerField(default=0)
    reserved = models.PositiveIntegerField(default=0)
    catalog_stock = models.PositiveIntegerField(default=0)

    class Meta:
        default_permissions = ("view",)
        verbose_name = "vehicle in stock"
        verbose_name_plural = "vehicles in stock"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["sku"], name="vehicle_stock_once"),
            models.CheckConstraint(
                name="stock_never_oversold", condition=Q(reserved__lte=F("on_hand"))
            ),
        ]

    def __str__(self) -> str:
        return self.sku

    @property
    def free(self) -> int:
        return self.on_hand - self.reserved


class StockMove(models.Model):
    """One reason for a change of the stock. Append-only: the stock is their sum."""

    class Kind(models.TextChoices):
        CATALOG = "catalog", "Figure of the workbook"
        COUNTED = "counted", "Counted"
        RESERVED = "reserved", "Reserved"
        RELEASED = "released", "Released"
        DELIVERED = "delivered", "Handed over"

    stock = models.ForeignKey(VehicleStock, models.PROTECT, related_name="moves")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    on_hand_change = models.IntegerField(default=0)
    reserved_change = models.IntegerField(default=0)
    booking = models.ForeignKey("Booking", models.PROTECT, null=True, related_name="stock_moves")
    reason = models.CharField(max_length=200, blank=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        ordering: ClassVar = ["-id"]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.stock}"


class InstalmentState(models.TextChoices):
    DUE = "due", "Due"
    PART_PAID = "part_paid", "Part paid"
    PAID = "paid", "Paid"
    OVERDUE = "overdue", "Overdue"
    WAIVED = "waived", "Waived"


class Instalment(models.Model):
    """One month's part of the price. What is paid of it follows from the books."""

    booking = models.ForeignKey(
        "Booking", models.PROTECT, related_name="instalments", db_index=False
    )
    number = models.PositiveSmallIntegerField()
    due_on = models.DateField()
    amount_cents = models.BigIntegerField()
    paid_cents = models.BigIntegerField(default=0)
    waived_cents = models.BigIntegerField(default=0)
    state = models.CharField(
        max_length=10, choices=InstalmentState.choices, default=InstalmentState.DUE
    )
    reminded_before_at = models.DateTimeField(null=True)
    reminded_after_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ("view",)
        ordering: ClassVar = ["booking_id", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["booking", "number"], name="instalment_once"),
            models.CheckConstraint(
                name="instalment_filled_to_its_amount",
                condition=Q(paid_cents__gte=0, waived_cents__gte=0, amount_cents__gte=0)
                & Q(amount_cents__gte=F("paid_cents") + F("waived_cents")),
            ),
            models.CheckConstraint(
                name="instalment_state_known", condition=Q(state__in=InstalmentState.values)
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["due_on", "id"],
                name="instalment_open",
                condition=Q(state__in=["due", "part_paid", "overdue"]),
            )
        ]

    def __str__(self) -> str:
        return f"Instalment {self.number} of {self.booking}"

    @property
    def open_cents(self) -> int:
        return self.amount_cents - self.paid_cents - self.waived_cents


class WaiverState(models.TextChoices):
    REQUESTED = "requested", "Waiting for approval"
    APPROVED = "approved", "Approved"
    DENIED = "denied", "Denied"
    WITHDRAWN = "withdrawn", "Withdrawn"


not_the_requester = another_person("You asked for this waiver; somebody else has to decide it.")


@condition("Still unpaid")
def as_much_is_open(waiver: InstalmentWaiver, ask: Ask) -> str:
    left = waiver.instalment.open_cents
    if left == waiver.amount_cents:
        return ""
    currency = waiver.booking.currency
    return (
        f"{show(waiver.amount_cents, currency)} was asked to be waived; "
        f"{show(left, currency)} is unpaid now. Deny it and ask again."
    )


@condition("Booking still open")
def booking_is_open(waiver: InstalmentWaiver, ask: Ask) -> str:
    booking = waiver.booking
    if booking.state in {"pending", "active", "delivered"}:
        return ""
    return f"{booking} is {booking.state_label().lower()}; nothing of it can be waived."


@stateful
class InstalmentWaiver(Request):
    """What is unpaid of an instalment is forgiven: REQUESTED ─approve→ APPROVED by a second
    person, or ─deny | withdraw.
    """

    locks_first = ("booking",)

    booking = models.ForeignKey("Booking", models.PROTECT, related_name="waivers")
    instalment = models.ForeignKey(Instalment, models.PROTECT, related_name="waivers")
    amount_cents = models.BigIntegerField()
    reason = models.TextField()
    state = StateField(choices=WaiverState.choices, default=WaiverState.REQUESTED)

    class Meta:
        default_permissions = ("view",)
        verbose_name = "waiver"
        constraints: ClassVar = [
            models.CheckConstraint(name="waiver_positive", condition=Q(amount_cents__gt=0)),
            four_eyes("waiver", unless=~Q(state="approved")),
            models.UniqueConstraint(
                fields=["instalment"],
                name="waiver_one_waiting",
                condition=Q(state="requested"),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["-requested_at", "-id"], name="waiver_newest"),
        ]

    def __str__(self) -> str:
        return f"Waiver of {show(self.amount_cents, self.booking.currency)}"

    @step(
        state,
        source=[WaiverState.REQUESTED],
        target=WaiverState.APPROVED,
        label="Approve",
        permission="domain.approve_waiver",
        requires=[not_the_requester, booking_is_open, as_much_is_open],
        help="The buyer owes it no longer.",
        instead="What was forgiven stays forgiven; add an amendment line to ask for it again.",
    )
    def approve(self, ask: Ask) -> None:
        self.decided(ask)

    @step(
        state,
        source=[WaiverState.REQUESTED],
        target=WaiverState.DENIED,
        label="Deny",
        permission="domain.approve_waiver",
        requires=[not_the_requester],
        needs_reason=True,
        danger=True,
        instead="Ask for the waiver again.",
    )
    def deny(self, ask: Ask) -> None:
        self.decided(ask)

    @step(
        state,
        source=[WaiverState.REQUESTED],
        target=WaiverState.WITHDRAWN,
        label="Withdraw",
        permission="domain.request_waiver",
        instead="Ask for the waiver again.",
    )
    def withdraw(self, ask: Ask) -> None:
        """Nobody needs it any more."""
