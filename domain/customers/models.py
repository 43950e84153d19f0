from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models.functions import Lower, Upper
from simple_history.models import HistoricalRecords


class Person(models.Model):
    """How to reach somebody. All personal data of a booking lies here and in its addresses."""

    first_name = models.CharField(max_length=80)
    last_name = models.CharField(max_length=80)
    email = models.EmailField()
    phone = models.CharField("phone, E.164", max_length=16)

    class Meta:
        abstract = True

    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


class Address(models.Model):
    address_line_1 = models.CharField(max_length=200)
    address_line_2 = models.CharField(max_length=200, blank=True)
    city = models.CharField(max_length=100)
    region = models.CharField("state", max_length=2)
    zip_code = models.CharField(max_length=10)
    access_notes = models.CharField(max_length=300, blank=True)

    class Meta:
        abstract = True

    def one_line(self) -> str:
        street = ", ".join(part for part in (self.address_line_1, self.address_line_2) if part)
        return f"{street}, {self.city}, {self.region} {self.zip_code}"


class Customer(Person):
    """Somebody staff know by name. What they booked and spent is derived, never stored."""

    notes = models.TextField(blank=True)
    preferences = models.TextField(blank=True)
    stripe_customer_id = models.CharField(max_length=60, blank=True)
    created_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True, blank=True)
    history = HistoricalRecords()

    class Meta:
        default_permissions = ("view",)
        constraints: ClassVar = [
            models.UniqueConstraint(
                Lower("email"), name="customer_email_unique", condition=~models.Q(email="")
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["phone"], name="customer_phone"),
            # How a search spells the beginning of a name.
            *(
                models.Index(OpClass(Upper(field), "text_pattern_ops"), name=f"customer_{field}")
                for field in ("first_name", "last_name", "email")
            ),
        ]

    def __str__(self) -> str:
        return self.full_name()


class SavedAddress(Address):
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="addresses")
    nickname = models.CharField(max_length=40)

    class Meta:
        default_permissions = ()
        verbose_name_plural = "saved addresses"
        constraints: ClassVar = [
            models.UniqueConstraint(
                "customer", Lower("nickname"), name="saved_address_nickname_once"
            )
        ]

    def __str__(self) -> str:
        return self.nickname


class GuestCheckout(Person):
    """The contact details a guest gave for one booking."""

    created_at = models.DateTimeField()

    class Meta:
        default_permissions = ("view",)
        verbose_name = "guest"
        indexes: ClassVar = [
            models.Index(Lower("email"), name="guest_email"),
            models.Index(fields=["phone"], name="guest_phone"),
        ]

    def __str__(self) -> str:
        return self.full_name()
