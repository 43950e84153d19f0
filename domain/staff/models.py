from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Lower

from domain.staff.roles import RIGHTS


class Staff(AbstractUser):
    """A member of staff: signs in to the back office, never a customer."""

    employee_id = models.CharField(max_length=20, blank=True)
    department = models.CharField(max_length=60, blank=True)
    phone = models.CharField("phone, E.164", max_length=16, blank=True)
    hired_on = models.DateField(null=True, blank=True)

    class Meta:
        verbose_name = "member of staff"
        verbose_name_plural = "staff"
        # Django's own view_… permissions come with each table; the rest of the rights live here.
        permissions: ClassVar = [
            (each.codename, f"Can {each.means}")
            for each in RIGHTS
            if not each.codename.startswith("view_")
            or each.codename
            in {
                "view_prices",
                "view_payment_ids",
                "view_ledger",
                "view_wallet",
                "view_reports",
                "view_catalog",
                "view_integrity",
                "view_job",
                "view_setting",
            }
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                Lower("email"), name="staff_email_unique", condition=~models.Q(email="")
            ),
            models.UniqueConstraint(
                fields=["employee_id"],
                name="staff_employee_id_unique",
                condition=~models.Q(employee_id=""),
            ),
        ]

    def __str__(self) -> str:
        return self.display_name()

    def display_name(self) -> str:
        return self.get_full_name() or self.username

    def role_names(self) -> list[str]:
        """Name the person's roles as people say them; read once a request."""
        if not hasattr(self, "_role_names"):
            names = self.groups.order_by("name").values_list("name", flat=True)
            self._role_names = [name.replace("_", " ") for name in names]
        return self._role_names
