"""A guest's booking in four rows, as a team would have it after a day, with indexes on the columns
by which its staff would look for it; nothing is priced, audited or kept from happening twice.
"""

from typing import ClassVar
from uuid import uuid4

from django.db import models


def new_number() -> str:
    return uuid4().hex[:12].upper()


class Guest(models.Model):
    first_name = models.CharField(max_length=80)
    last_name = models.CharField(max_length=80, db_index=True)
    email = models.EmailField(db_index=True)
    phone = models.CharField(max_length=20, db_index=True)

    class Meta:
        app_label = "stock"


class Order(models.Model):
    number = models.CharField(max_length=20, unique=True, default=new_number, editable=False)
    guest = models.ForeignKey(Guest, models.PROTECT)
    service_type = models.CharField(max_length=20)
    package_type = models.CharField(max_length=20, blank=True)
    state = models.CharField(max_length=20, default="pending", db_index=True)
    pickup_date = models.DateField(db_index=True)
    pickup_time = models.CharField(max_length=20)
    total_cents = models.IntegerField(default=0, db_index=True)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        app_label = "stock"


class OrderAddress(models.Model):
    order = models.ForeignKey(Order, models.CASCADE, related_name="addresses")
    address_line_1 = models.CharField(max_length=200)
    city = models.CharField(max_length=100)
    state = models.CharField(max_length=2)
    zip_code = models.CharField(max_length=10)

    class Meta:
        app_label = "stock"
        ordering: ClassVar = ["id"]
