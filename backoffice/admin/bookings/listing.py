"""The list of bookings: what is where, what is paid, whose work it is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, override

from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import Count, Model, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from unfold.decorators import display

from backoffice.access import holds
from backoffice.admin import columns
from backoffice.admin.base import BackofficeAdmin
from backoffice.admin.filters import (
    AssignedFilter,
    ChoicesDropdownFilter,
    DayRangeFilter,
    FollowUpFilter,
    MomentRangeFilter,
    StateFilter,
)
from backoffice.resources.bookings import BookingResource
from domain.bookings.conditions import local_time
from domain.bookings.models import Booking, Line, PickupTime
from domain.bookings.queries import cash_of, due_cents
from domain.bookings.search import find_bookings
from domain.bookings.vehicles.instalments import RUNNING, next_due
from domain.catalog.queries import catalog_at
from domain.common.money import to_cents

PRICES = "domain.view_prices"
MONEY_COLUMNS = ("total_column", "due_column")
# "$1,725", "1725.00", "$ 95": with a currency sign or cents it is an amount, not a number.
AMOUNT = re.compile(r"\$\s*([\d,]+(?:\.\d{1,2})?)|([\d,]+\.\d{2})")
MOST_SUMMED = 100_000
PAID = mark_safe('<span class="bo-role">paid</span>')
TWELVE = 12


def window_of(booking: Booking) -> str:
    """When on its day a booking is picked up: ``9–10 am``, ``morning``."""
    hour = booking.specific_pickup_hour
    if booking.pickup_time == PickupTime.MORNING_SPECIFIC and hour is not None:
        return f"{_clock(hour)}–{_clock(hour + 1)}"
    if booking.pickup_time == PickupTime.NO_PREFERENCE:
        return "any time"
    return booking.get_pickup_time_display().lower() if booking.pickup_time else ""


def _clock(hour: int) -> str:
    return f"{(hour - 1) % TWELVE + 1} {'am' if hour < TWELVE else 'pm'}"


class BookingList(BackofficeAdmin):
    resource_class = BookingResource
    list_display = (
        "number_column",
        "state_column",
        "customer_column",
        "service_column",
        "pickup_column",
        "total_column",
        "due_column",
        "created_column",
        "assigned_column",
    )
    linked_lookups = ("customer", "pickup_date", "follow_up_on", "vehicle_sku")
    list_filter = (
        ("state", StateFilter),
        ("line", ChoicesDropdownFilter),
        ("service_type", ChoicesDropdownFilter),
        ("pickup_date", DayRangeFilter),
        ("created_at", MomentRangeFilter),
        AssignedFilter,
        FollowUpFilter,
    )
    search_fields = ("number",)
    search_help_text = "Number, name, e-mail, phone, card •••• or $amount"
    ordering = ("-created_at", "-pk")
    list_select_related = ("customer", "guest", "assigned_to")
    totals_url_name = "domain_booking_totals"
    empty_sentence = "No booking matches. Take a filter away, or book for a caller."

    @override
    def get_queryset(self, request: HttpRequest) -> QuerySet[Booking]:
        rows: QuerySet[Booking] = super().get_queryset(request)
        return rows.defer("search")

    @override
    def get_list_display(self, request: HttpRequest) -> Any:
        hidden = () if holds(request, PRICES) else MONEY_COLUMNS
        return [name for name in self.list_display if name not in hidden]

    @override
    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        asked = AMOUNT.fullmatch(search_term.strip())
        if asked and holds(request, PRICES):
            amount = Decimal((asked[1] or asked[2]).replace(",", ""))
            return queryset.filter(total_cents=to_cents(amount, "")), False
        return find_bookings(queryset, search_term), False

    @override
    def prepare_rows(self, request: HttpRequest, rows: Sequence[Model]) -> None:
        """Ask once for the whole page what was paid, what was sold, and what is due next."""
        bookings = [row for row in rows if isinstance(row, Booking)]
        vehicles = [each for each in bookings if each.line == Line.VEHICLE]
        if vehicles:
            offered = catalog_at(timezone.now()).vehicles
            for booking in vehicles:
                known = offered.get(booking.vehicle_sku)
                booking.sold = known.name if known else booking.vehicle_sku  # type: ignore[attr-defined]
        if not holds(request, PRICES):
            return
        if running := [each.pk for each in vehicles if each.state in RUNNING]:
            days = next_due(running)
            for booking in vehicles:
                booking.next_due = days.get(booking.pk)  # type: ignore[attr-defined]
        cash = cash_of(bookings)
        for booking in bookings:
            booking.due_now = due_cents(booking, cash[booking.pk])  # type: ignore[attr-defined]
            booking.paid_now = cash[booking.pk].captured_cents  # type: ignore[attr-defined]

    # --- Columns ----------------------------------------------------------------------------------

    @display(description="Number", ordering="number")
    def number_column(self, booking: Booking) -> SafeString:
        return format_html('<span class="bo-time">{}</span>', booking.number)

    @display(description="Customer")
    def customer_column(self, booking: Booking) -> SafeString:
        person = booking.contact()
        kind = "" if booking.customer_id else " · guest"
        return format_html('{}<span class="bo-role">{}</span>', person.full_name(), kind)

    @display(description="Service")
    def service_column(self, booking: Booking) -> str:
        if booking.line == Line.VEHICLE:
            sold: str = getattr(booking, "sold", booking.vehicle_sku)
            return " · ".join(filter(None, (sold, booking.colour)))
        package = str(booking.asked_for.get("package_type") or "").replace("_", " ")
        name = booking.get_service_type_display()
        return f"{name} · {package}" if package else name

    @display(description="Pickup or due", ordering="pickup_date")
    def pickup_column(self, booking: Booking) -> SafeString:
        if booking.pickup_date is None:
            return _next_due(booking)
        day = columns.day(booking.pickup_date, line=booking.line)
        return format_html('{} <span class="bo-role">{}</span>', day, window_of(booking))

    @display(description="Total", ordering="total_cents", formatting="price")
    def total_column(self, booking: Booking) -> SafeString:
        return columns.money(booking.total_cents, booking.currency)

    @display(description="Due", formatting="price")
    def due_column(self, booking: Booking) -> SafeString:
        due: int = getattr(booking, "due_now", 0)
        if due:
            return format_html('<span class="bo-owed">{}</span>', _money(due, booking))
        return PAID if _paid(booking) else columns.NOTHING

    @display(description="Created", ordering="created_at")
    def created_column(self, booking: Booking) -> SafeString:
        return columns.when(booking.created_at)

    @display(description="Assigned")
    def assigned_column(self, booking: Booking) -> SafeString:
        return columns.person(booking.assigned_to, role=False)

    # --- Totals of the filter ---------------------------------------------------------------------

    @override
    def own_urls(self) -> list[URLPattern]:
        return [
            path("totals/", self.page(self.totals_view), name="domain_booking_totals"),
            *super().own_urls(),
        ]

    def totals_view(self, request: HttpRequest) -> HttpResponse:
        """Count and sum what the list is filtered to; asked for after the page is there."""
        self.require_view(request)
        try:
            found = self.get_changelist_instance(request).queryset
        except IncorrectLookupParameters:
            return HttpResponse("")
        some = found.order_by()[: MOST_SUMMED + 1].values("pk")
        sums = (
            Booking.objects.filter(pk__in=some)
            .values_list("currency")
            .annotate(count=Count("pk"), cents=Sum("total_cents"))
        )
        by_currency = [(currency, count, cents) for currency, count, cents in sums]
        count = sum(each[1] for each in by_currency)
        context = {
            "count": min(count, MOST_SUMMED),
            "more": count > MOST_SUMMED,
            "sums": by_currency if holds(request, PRICES) else [],
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/parts/totals.html", context)


def _next_due(booking: Booking) -> SafeString:
    """When a vehicle's buyer has to pay again, loud when that day is over."""
    due: date | None = getattr(booking, "next_due", None)
    if due is None:
        return columns.NOTHING
    late = due < local_time(booking.line, timezone.now()).date()
    style, word = ("bo-owed", "overdue") if late else ("bo-role", "due")
    day = columns.day(due, line=booking.line)
    return format_html('{} <span class="{}">{}</span>', day, style, word)


def _money(cents: int, booking: Booking) -> SafeString:
    return columns.money(cents, booking.currency)


def _paid(booking: Booking) -> bool:
    return bool(getattr(booking, "paid_now", 0)) and booking.state not in {"cancelled", "expired"}
