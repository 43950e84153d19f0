"""What a booking is made of, and what cancelling one costs."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from domain.bookings.models.booking import Booking
from domain.bookings.models.words import Line
from domain.common.protect import append_only
from domain.customers.models import Address


class BookingAddress(Address):
    class Kind(models.TextChoices):
        PICKUP = "pickup", "From"
        DELIVERY = "delivery", "To"

    booking = models.ForeignKey(Booking, models.PROTECT, related_name="addresses", db_index=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    saved_address = models.ForeignKey(
        "SavedAddress", models.SET_NULL, null=True, related_name="uses"
    )

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["booking", "kind"], name="booking_address_once")
        ]

    def __str__(self) -> str:
        return self.one_line()


class BookingLine(models.Model):
    """One reason for part of the price, as sold. Append-only: a change is an amendment."""

    class Kind(models.TextChoices):
        SOLD = "sold", "Sold"
        AMENDMENT = "amendment", "Amendment"

    booking = models.ForeignKey(Booking, models.PROTECT, related_name="lines", db_index=False)
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.SOLD)
    code = models.CharField(max_length=80)
    label = models.CharField(max_length=200)
    quantity = models.PositiveIntegerField(default=1)
    unit_amount_cents = models.BigIntegerField()
    amount_cents = models.BigIntegerField()
    is_tax = models.BooleanField("sales tax", default=False)
    explanation = models.TextField(blank=True)
    rule_kind = models.CharField(max_length=40, blank=True)
    rule_version_id = models.BigIntegerField("version of the rule", null=True)
    inputs = models.JSONField(default=dict)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    reason = models.TextField(blank=True)
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        ordering: ClassVar = ["booking_id", "position"]
        triggers = append_only()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["booking", "position"], name="booking_line_position"),
            models.CheckConstraint(
                name="amendment_has_reason_and_actor",
                condition=models.Q(kind="sold")
                | (models.Q(actor__isnull=False) & ~models.Q(reason="")),
            ),
        ]

    def __str__(self) -> str:
        return self.label


class CancellationPolicy(models.Model):
    """What a cancellation costs, from a moment on; the newest row in force counts."""

    line = models.CharField(max_length=10, choices=Line.choices)
    valid_from = models.DateTimeField()
    free_until_hours = models.PositiveIntegerField("free until this many hours before pickup")
    late_fee_bps = models.PositiveIntegerField("fee after that, in basis points of the total")
    same_day_fee_bps = models.PositiveIntegerField("fee on the day of pickup, in basis points")
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        default_permissions = ("view",)
        verbose_name_plural = "cancellation policies"
        triggers = append_only()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["line", "valid_from"], name="one_policy_a_moment"),
            models.CheckConstraint(
                name="policy_fees_within_the_total",
                condition=models.Q(late_fee_bps__lte=10_000, same_day_fee_bps__lte=10_000),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_line_display()}: free until {self.free_until_hours} h before"
