"""Customers and staff as files."""

from __future__ import annotations

from typing import Any

from import_export.fields import Field

from backoffice.resources.base import ListResource, PlainWidget, field
from domain.common.money import to_amount
from domain.customers.models import Customer
from domain.staff.models import Staff


class CustomerResource(ListResource):
    name = Field(column_name="Name", widget=PlainWidget())
    e_mail = field("email", "E-mail")
    telephone = field("phone", "Phone")
    bookings = Field(column_name="Bookings", widget=PlainWidget())
    spent = Field(column_name="Spent", widget=PlainWidget())
    last_booking = field("stats__last_booking_at", "Last booking")
    registered = field("created_at", "Registered")

    class Meta:
        model = Customer
        fields = ("name", "e_mail", "telephone", "bookings", "spent", "last_booking", "registered")

    def cell(self, name: str, row: Any) -> Any:
        derived = {
            "name": row.full_name,
            "bookings": lambda: row.stats.total_bookings,
            "spent": lambda: to_amount(row.stats.spent_cents.get("USD", 0), "USD"),
            "last_booking": lambda: self.fields["registered"].widget.render(
                row.stats.last_booking_at
            ),
        }
        return derived[name]() if name in derived else super().cell(name, row)


class StaffResource(ListResource):
    username = field("username", "User name")
    email = field("email", "E-mail")
    department = field("department", "Department")
    last_login = field("last_login", "Last sign-in")

    class Meta:
        model = Staff
        fields = ("username", "email", "department", "last_login")
