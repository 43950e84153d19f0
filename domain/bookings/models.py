"""A booking, what it is made of, and its life."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from domain.bookings import conditions
from domain.common.protect import append_only
from domain.common.workflow import Ask, StateField, Stateful, stateful, step
from domain.customers.models import Address, Person


class BookingState(models.TextChoices):
    PENDING = "pending", "Pending"
    PAID = "paid", "Paid"
    ACTIVE = "active", "Active"
    IN_TRANSIT = "in_transit", "In transit"
    COMPLETED = "completed", "Completed"
    CANCELLED = "cancelled", "Cancelled"
    EXPIRED = "expired", "Expired"


class Line(models.TextChoices):
    DELIVERY = "delivery", "Deliveries"
    VEHICLE = "vehicle", "Vehicles"


class ServiceType(models.TextChoices):
    MINI_MOVE = "mini_move", "Mini move"
    STANDARD_DELIVERY = "standard_delivery", "Standard delivery"
    SPECIALTY_ITEM = "specialty_item", "Specialty items"
    VEHICLE = "vehicle", "Vehicle"


class PickupTime(models.TextChoices):
    MORNING = "morning", "Morning"
    MORNING_SPECIFIC = "morning_specific", "One-hour window"
    AFTERNOON = "afternoon", "Afternoon"
    NO_PREFERENCE = "no_time_preference", "No preference"


@stateful
class Booking(Stateful):
    """PENDING ─mark_paid→ PAID ─dispatch→ IN_TRANSIT ─complete→ COMPLETED;
    PENDING ─expire→ EXPIRED ─reactivate→ PENDING; PENDING, PAID, ACTIVE ─cancel→ CANCELLED.

    Its lines are what was sold and never change; what was paid is asked of the ledger.
    """

    is_the_booking = True

    number = models.CharField(max_length=12, unique=True)
    line = models.CharField(max_length=10, choices=Line.choices, default=Line.DELIVERY)
    service_type = models.CharField(max_length=20, choices=ServiceType.choices)
    currency = models.CharField(max_length=3)
    total_cents = models.BigIntegerField("total, in minor units")
    customer = models.ForeignKey(
        "Customer", models.PROTECT, null=True, blank=True, related_name="bookings"
    )
    guest = models.OneToOneField(
        "GuestCheckout", models.PROTECT, null=True, blank=True, related_name="booking"
    )
    access_nonce = models.CharField(max_length=32)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    expires_at = models.DateTimeField(null=True)
    pickup_date = models.DateField(null=True)
    pickup_time = models.CharField(max_length=20, choices=PickupTime.choices, blank=True)
    specific_pickup_hour = models.PositiveSmallIntegerField(null=True)
    coi_required = models.BooleanField("certificate of insurance required", default=False)
    special_instructions = models.TextField(blank=True)
    asked_for = models.JSONField("what was asked for, without personal data", default=dict)
    priced_at = models.DateTimeField("moment whose catalog priced it")
    internal_notes = models.TextField(blank=True)
    follow_up_on = models.DateField(null=True, blank=True)
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="assigned"
    )
    rebooked_from = models.ForeignKey("self", models.PROTECT, null=True, related_name="rebooked_as")
    search = SearchVectorField(null=True)
    state = StateField(choices=BookingState.choices, default=BookingState.PENDING)

    class Meta:
        default_permissions = ("view",)
        constraints: ClassVar = [
            models.CheckConstraint(
                name="booking_customer_or_guest",
                condition=models.Q(customer__isnull=False) ^ models.Q(guest__isnull=False),
            ),
            models.CheckConstraint(
                name="booking_state_known", condition=models.Q(state__in=BookingState.values)
            ),
            models.CheckConstraint(
                name="booking_total_not_negative", condition=models.Q(total_cents__gte=0)
            ),
            models.CheckConstraint(
                name="booking_delivery_has_a_date",
                condition=~models.Q(line="delivery") | models.Q(pickup_date__isnull=False),
            ),
        ]
        indexes: ClassVar = [
            GinIndex(fields=["search"], name="booking_search"),
            models.Index(fields=["-created_at", "-id"], name="booking_newest"),
            models.Index(fields=["state", "-created_at", "-id"], name="booking_state_newest"),
            models.Index(fields=["-total_cents", "-id"], name="booking_total"),
            models.Index(fields=["pickup_date", "id"], name="booking_pickup"),
            models.Index(
                fields=["expires_at"], name="booking_to_expire", condition=models.Q(state="pending")
            ),
            models.Index(
                fields=["follow_up_on"],
                name="booking_follow_up",
                condition=models.Q(follow_up_on__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def audit_booking_id(self) -> int:
        return self.pk

    def contact(self) -> Person:
        """Whom to write to: the customer, or the guest."""
        person = self.customer or self.guest
        assert person is not None  # held by the constraint booking_customer_or_guest
        return person

    @step(
        state,
        source=[BookingState.PENDING],
        target=BookingState.PAID,
        label="Mark paid",
        system=True,
        requires=[conditions.fully_paid],
    )
    def mark_paid(self, ask: Ask) -> None:
        self.expires_at = None

    @step(
        state,
        source=[BookingState.PAID],
        target=BookingState.IN_TRANSIT,
        label="Dispatch",
        permission="domain.dispatch_booking",
        help="The crew is on its way.",
        instead="On its way only leads to completed; if nothing was delivered, request a refund.",
    )
    def dispatch(self, ask: Ask) -> None:
        """The row's state says it all."""

    @step(
        state,
        source=[BookingState.IN_TRANSIT],
        target=BookingState.COMPLETED,
        label="Complete",
        permission="domain.complete_booking",
        help="Delivered. The revenue is recognised.",
        instead="The revenue is recognised. What went wrong is put right by a refund.",
    )
    def complete(self, ask: Ask) -> None:
        """The row's state says it all."""

    @step(
        state,
        source=[BookingState.PENDING],
        target=BookingState.EXPIRED,
        label="Expire",
        system=True,
        undo="reactivate",
        requires=[conditions.overdue],
    )
    def expire(self, ask: Ask) -> None:
        """The row's state says it all."""

    @step(
        state,
        source=[BookingState.EXPIRED],
        target=BookingState.PENDING,
        label="Reactivate",
        permission="domain.reactivate_booking",
        requires=[conditions.pickup_still_ahead],
        help="The booking waits for payment again.",
        instead="It expires again by itself unless it is paid, and it can be cancelled.",
    )
    def reactivate(self, ask: Ask) -> None:
        self.expires_at = conditions.payment_deadline(ask.at)

    @step(
        state,
        source=[BookingState.PENDING, BookingState.PAID, BookingState.ACTIVE],
        target=BookingState.CANCELLED,
        label="Cancel",
        permission="domain.cancel_booking",
        request_permission="domain.request_cancel_booking",
        needs_reason=True,
        danger=True,
        help="The policy's fee is kept and the rest is requested as a refund.",
        instead="The fee is booked and the guest told. Deny a refund still waiting; book anew.",
    )
    def cancel(self, ask: Ask) -> None:
        self.expires_at = None


class BookingAddress(Address):
    class Kind(models.TextChoices):
        PICKUP = "pickup", "From"
        DELIVERY = "delivery", "To"

    booking = models.ForeignKey(Booking, models.PROTECT, related_name="addresses")
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

    booking = models.ForeignKey(Booking, models.PROTECT, related_name="lines")
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
