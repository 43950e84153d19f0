"""The list of bookings as a file: amounts as numbers, days as days."""

from __future__ import annotations

from backoffice.resources.base import ListResource, field, money
from domain.bookings.models import Booking


class BookingResource(ListResource):
    number_column = field("number", "Number")
    state_column = field("get_state_display", "State")
    pickup_column = field("pickup_date", "Pickup")
    total_column = money("total_cents", "Total")
    due_column = money("due_now", "Due")
    created_column = field("created_at", "Created")

    class Meta:
        model = Booking
        fields = (
            "number_column",
            "state_column",
            "pickup_column",
            "total_column",
            "due_column",
            "created_column",
        )
