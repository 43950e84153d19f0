"""Bookings: the list, the page of one, its dialogs, and booking for a caller."""

from backoffice.admin.bookings.screen import BookingAdmin

__all__ = ["BookingAdmin"]
