from typing import ClassVar

from django.db import models


class Booking(models.Model):
    number = models.CharField(max_length=20)
    service_type = models.CharField(max_length=20)
    first_name = models.CharField(max_length=80)
    last_name = models.CharField(max_length=80)
    email = models.EmailField()
    phone = models.CharField(max_length=20)
    total_cents = models.IntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        app_label = "stock"


class Address(models.Model):
    booking = models.ForeignKey(Booking, models.CASCADE, related_name="addresses")
    line_1 = models.CharField(max_length=200)
    city = models.CharField(max_length=100)
    state = models.CharField(max_length=2)
    zip_code = models.CharField(max_length=10)

    class Meta:
        app_label = "stock"
        ordering: ClassVar = ["id"]
