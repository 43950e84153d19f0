"""What a customer booked, spent and used: derived each time, never stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, Max, Q, Sum

from domain.common.settings.queries import settings_at
from domain.customers.models import Customer, SavedAddress

VIP_BOOKINGS = "customer.vip_bookings"
VIP_SPENT = "customer.vip_spent_cents"
VIP_CURRENCY = "USD"
# A booking that came to nothing makes nobody a good customer.
CAME_TO_NOTHING = ("cancelled", "expired")


@dataclass(frozen=True, slots=True)
class CustomerStats:
    """``spent_cents`` by currency, in minor units: payments less refunds completed."""

    total_bookings: int = 0
    last_booking_at: datetime | None = None
    spent_cents: Mapping[str, int] = field(default_factory=dict)
    is_vip: bool = False


def customer_stats(customer_ids: Sequence[int], *, at: datetime) -> dict[int, CustomerStats]:
    """Say for each customer what they booked, spent, and whether they are a VIP now.

    Four queries, however many customers there are.
    """
    limits = settings_at([VIP_BOOKINGS, VIP_SPENT], at)
    customers = Customer.objects.filter(pk__in=customer_ids)
    real = ~Q(bookings__state__in=CAME_TO_NOTHING)
    counted = customers.annotate(
        real_bookings=Count("bookings", filter=real), last_at=Max("bookings__created_at")
    )
    spent = _spent(customer_ids)
    found = {}
    for pk, count, last_at in counted.values_list("pk", "real_bookings", "last_at"):
        sums = spent.get(pk, {})
        vip = count >= limits[VIP_BOOKINGS] or sums.get(VIP_CURRENCY, 0) >= limits[VIP_SPENT]
        found[pk] = CustomerStats(count, last_at, sums, is_vip=vip)
    return found


def saved_like(customer_id: int, address: Mapping[str, str]) -> SavedAddress | None:
    """The customer's saved address that reads like this one, whatever is noted beside it."""
    return SavedAddress.objects.filter(
        customer_id=customer_id,
        address_line_1__iexact=address["address_line_1"].strip(),
        address_line_2__iexact=address.get("address_line_2", "").strip(),
        city__iexact=address["city"].strip(),
        zip_code=address["zip_code"],
    ).first()


def _spent(customer_ids: Sequence[int]) -> dict[int, dict[str, int]]:
    customers = Customer.objects.filter(pk__in=customer_ids)
    paid = customers.values_list("pk", "bookings__payments__currency").annotate(
        cents=Sum("bookings__payments__captured_cents")
    )
    back = (
        customers.filter(bookings__refunds__state="completed")
        .values_list("pk", "bookings__refunds__currency")
        .annotate(cents=Sum("bookings__refunds__amount_cents"))
    )
    sums: dict[int, dict[str, int]] = {}
    for sign, rows in ((1, paid), (-1, back)):
        for pk, currency, cents in rows:
            if currency:
                mine = sums.setdefault(pk, {})
                mine[currency] = mine.get(currency, 0) + sign * (cents or 0)
    return sums
