"""The words of a booking's columns."""

from __future__ import annotations

from django.db import models


class BookingState(models.TextChoices):
    PENDING = "pending", "Pending"
    PAID = "paid", "Paid"
    ACTIVE = "active", "Active"
    IN_TRANSIT = "in_transit", "In transit"
    COMPLETED = "completed", "Completed"
    DELIVERED = "delivered", "Delivered"
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


class PaymentOption(models.TextChoices):
    FULL = "full", "Full payment"
    EMI = "emi", "Instalments"
