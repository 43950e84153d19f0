"""What buyers of vehicles have to pay by instalments: who is late, who is to be called."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, override

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import Count, F, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import display

from backoffice.admin import columns
from backoffice.admin.base import BackofficeAdmin
from backoffice.admin.bookings.vehicle import TONES
from backoffice.admin.doors import numbered
from backoffice.admin.filters import ChoicesDropdownFilter, DayRangeFilter, DropdownFilter
from backoffice.resources.base import ListResource, field, money
from domain.bookings.conditions import local_time
from domain.bookings.models import Booking, Instalment, Line
from domain.bookings.search import find_bookings
from domain.bookings.vehicles.instalments import OPEN, RUNNING


class InstalmentResource(ListResource):
    due = field("due_on", "Due")
    amount = money("amount_cents", "Amount")
    left = money("open_cents", "To pay")
    phone = field("booking.contact.phone", "Phone")


class DueFilter(DropdownFilter):
    title = "due"
    parameter_name = "when"

    @override
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("late", "Overdue"), ("week", "Within a week"), ("month", "Within 30 days")]

    @override
    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        today = local_time(Line.VEHICLE, timezone.now()).date()
        match self.value():
            case "late":
                return queryset.filter(due_on__lt=today)
            case "week" | "month" as asked:
                last = today + timedelta(days=7 if asked == "week" else 30)
                return queryset.filter(due_on__gte=today, due_on__lte=last)
        return queryset


@admin.register(Instalment)
class InstalmentAdmin(BackofficeAdmin):
    list_display = (
        "due",
        "buyer",
        "phone",
        "booking_link",
        "which",
        "left",
        "state_badge",
        "reminded",
    )
    list_display_links = None
    list_filter = (DueFilter, ("state", ChoicesDropdownFilter), ("due_on", DayRangeFilter))
    list_select_related = ("booking__customer", "booking__guest")
    page_related = ("booking__customer", "booking__guest")
    ordering = ("due_on", "pk")
    search_fields = ("booking__number",)
    search_help_text = "Booking number, name, e-mail or phone"
    totals_url_name = "domain_instalment_totals"
    resource_class = InstalmentResource
    fields = ("booking_link", "which", "due", "amount", "left", "state_badge", "reminded")
    readonly_fields = fields
    empty_sentence = "Nothing is to be paid by instalments here. Take a filter away to see more."

    @override
    def get_queryset(self, request: HttpRequest) -> QuerySet[Instalment]:
        """What is still to be paid; the plan as a whole stands on its booking's page."""
        rows: QuerySet[Instalment] = super().get_queryset(request)
        return rows.filter(state__in=OPEN, booking__state__in=RUNNING)

    @override
    def find(self, rows: QuerySet[Any], text: str) -> QuerySet[Any] | None:
        return rows.filter(booking__in=find_bookings(Booking.objects.all(), text))

    @override
    def own_urls(self) -> list[URLPattern]:
        return [path("totals/", self.page(self.totals_view), name="domain_instalment_totals")]

    def totals_view(self, request: HttpRequest) -> HttpResponse:
        self.require_view(request)
        try:
            found = self.get_changelist_instance(request).queryset.order_by()
        except IncorrectLookupParameters:
            return HttpResponse("")
        left = Sum(F("amount_cents") - F("paid_cents") - F("waived_cents"))
        told = found.aggregate(count=Count("pk"), cents=left)
        sums = [("INR", told["count"], told["cents"])] if told["count"] else []
        context = {"count": told["count"], "more": False, "sums": sums, "opts": self.opts}
        return TemplateResponse(request, "admin/parts/totals.html", context)

    # --- Columns ----------------------------------------------------------------------------------

    @display(description="Due", ordering="due_on")
    def due(self, row: Instalment) -> SafeString:
        late = (local_time(Line.VEHICLE, timezone.now()).date() - row.due_on).days
        day = columns.day(row.due_on, line=Line.VEHICLE)
        if late <= 0:
            return day
        said = f"{late} day{'' if late == 1 else 's'} late"
        return format_html('{} <span class="bo-owed">{}</span>', day, said)

    @display(description="Buyer")
    def buyer(self, row: Instalment) -> str:
        return row.booking.contact().full_name()

    @display(description="Phone")
    def phone(self, row: Instalment) -> SafeString:
        phone = row.booking.contact().phone
        return format_html('<a class="bo-link bo-time" href="tel:{}">{}</a>', phone, phone)

    @display(description="Booking")
    def booking_link(self, row: Instalment) -> SafeString:
        return numbered(row.booking)

    @display(description="Instalment")
    def which(self, row: Instalment) -> str:
        return f"{row.number} of {row.booking.emi_months}"

    @display(description="Amount", ordering="amount_cents", formatting="price")
    def amount(self, row: Instalment) -> SafeString:
        return columns.money(row.amount_cents, row.booking.currency)

    @display(description="To pay", formatting="price")
    def left(self, row: Instalment) -> SafeString:
        return columns.money(row.open_cents, row.booking.currency)

    @display(description="State", ordering="state")
    def state_badge(self, row: Instalment) -> SafeString:
        return columns.badge(row.get_state_display(), TONES[row.state])

    @display(description="Reminded")
    def reminded(self, row: Instalment) -> SafeString:
        return columns.when(row.reminded_after_at or row.reminded_before_at)
