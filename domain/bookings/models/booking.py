"""A booking and its life."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from domain.bookings import conditions
from domain.bookings.models.words import (
    BookingState,
    Line,
    PaymentOption,
    PickupTime,
    ServiceType,
)
from domain.common.rows import related
from domain.common.workflow import Ask, StateField, Stateful, stateful, step
from domain.customers.models import Customer, GuestCheckout, Person


@stateful
class Booking(Stateful):
    """PENDING ─mark_paid→ PAID ─dispatch→ IN_TRANSIT ─complete→ COMPLETED;
    a vehicle: PENDING ─activate→ ACTIVE ─settle_up→ COMPLETED, both ─deliver→ DELIVERED;
    PENDING ─expire→ EXPIRED ─reactivate→ PENDING; PENDING, PAID, ACTIVE ─cancel→ CANCELLED.

    Its lines are what was sold and never change; what was paid is asked of the ledger.
    """

    is_the_booking = True

    number = models.CharField(max_length=12)
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
    vehicle_sku = models.CharField("vehicle", max_length=40, blank=True)
    vehicle_version_id = models.BigIntegerField("version of the vehicle", null=True)
    colour = models.CharField(max_length=60, blank=True)
    payment_option = models.CharField(max_length=4, choices=PaymentOption.choices, blank=True)
    emi_months = models.PositiveSmallIntegerField("months of instalments", null=True)
    booking_amount_cents = models.BigIntegerField("booking amount", default=0)
    confirm_at_cents = models.BigIntegerField("net paid that confirms it", null=True)
    confirmed_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    referred_by = models.ForeignKey(
        "Member", models.PROTECT, null=True, related_name="referred_bookings"
    )
    search = SearchVectorField(null=True)
    state = StateField(choices=BookingState.choices, default=BookingState.PENDING)

    class Meta:
        default_permissions = ("view",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["number"], name="booking_number_once"),
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
            models.CheckConstraint(
                name="booking_months_with_instalments",
                condition=models.Q(payment_option="emi", emi_months__isnull=False)
                | (~models.Q(payment_option="emi") & models.Q(emi_months__isnull=True)),
            ),
            models.CheckConstraint(
                name="booking_amount_not_negative",
                condition=models.Q(booking_amount_cents__gte=0),
            ),
        ]
        indexes: ClassVar = [
            GinIndex(fields=["search"], name="booking_search"),
            models.Index(fields=["-created_at", "-id"], name="booking_newest"),
            models.Index(fields=["state", "-created_at", "-id"], name="booking_state_newest"),
            models.Index(fields=["-total_cents", "-id"], name="booking_total"),
            models.Index(fields=["pickup_date", "id"], name="booking_pickup"),
            # What the menu counts on every page.
            models.Index(
                fields=["pickup_date", "id"],
                name="booking_to_dispatch",
                condition=models.Q(state="paid"),
            ),
            models.Index(
                fields=["expires_at"], name="booking_to_expire", condition=models.Q(state="pending")
            ),
            models.Index(
                fields=["vehicle_sku", "state", "id"],
                name="booking_vehicle",
                condition=models.Q(line="vehicle"),
            ),
            models.Index(
                fields=["created_at", "id"],
                name="booking_vehicles_made",
                condition=models.Q(line="vehicle"),
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
        person = related(self, "customer", Customer) or related(self, "guest", GuestCheckout)
        assert person is not None  # held by the constraint booking_customer_or_guest
        return person

    @step(
        state,
        source=[BookingState.PENDING],
        target=BookingState.PAID,
        label="Mark paid",
        system=True,
        requires=[conditions.a_delivery, conditions.fully_paid],
    )
    def mark_paid(self, ask: Ask) -> None:
        self.expires_at = None

    @step(
        state,
        source=[BookingState.PAID],
        target=BookingState.IN_TRANSIT,
        label="Dispatch",
        permission="domain.dispatch_booking",
        requires=[conditions.a_delivery],
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
        requires=[conditions.a_delivery],
        help="Delivered. The revenue is recognised.",
        instead="The revenue is recognised. What went wrong is put right by a refund.",
    )
    def complete(self, ask: Ask) -> None:
        """The row's state says it all."""

    @step(
        state,
        source=[BookingState.PENDING],
        target=BookingState.ACTIVE,
        label="Activate",
        permission="domain.activate_booking",
        system=True,
        requires=[conditions.a_vehicle, conditions.paid_enough, conditions.in_stock],
        help="One vehicle of the stock is reserved for it.",
        instead="Cancel it, which gives the vehicle back to the stock.",
    )
    def activate(self, ask: Ask) -> None:
        self.expires_at = None
        self.confirmed_at = ask.at

    @step(
        state,
        source=[BookingState.ACTIVE],
        target=BookingState.COMPLETED,
        label="Settle up",
        system=True,
        requires=[conditions.a_vehicle, conditions.fully_paid],
    )
    def settle_up(self, ask: Ask) -> None:
        """The row's state says it all."""

    @step(
        state,
        source=[BookingState.ACTIVE, BookingState.COMPLETED],
        target=BookingState.DELIVERED,
        label="Hand over",
        permission="domain.complete_booking",
        requires=[conditions.a_vehicle, conditions.no_payment_undecided],
        help="The buyer has the vehicle. The sale is recognised; what is unpaid is owed.",
        instead="The sale stands. What went wrong is put right by a refund or a waiver.",
    )
    def deliver(self, ask: Ask) -> None:
        self.delivered_at = ask.at

    @step(
        state,
        source=[BookingState.PENDING],
        target=BookingState.EXPIRED,
        label="Expire",
        system=True,
        undo="reactivate",
        requires=[conditions.overdue, conditions.not_paid_enough],
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
        self.expires_at = conditions.deadline_of(self.line, ask.at)

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
