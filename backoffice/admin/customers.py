"""Customers: found by name, e-mail or phone; what they booked and spent is derived."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, ClassVar, override

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from simple_history.admin import SimpleHistoryAdmin
from unfold.decorators import display

from backoffice.access import holds, person
from backoffice.admin import columns
from backoffice.admin.base import BackofficeAdmin
from backoffice.admin.compliance.erasures import ErasingMixin
from backoffice.admin.compliance.person import PapersMixin, papers_of
from backoffice.admin.customer_forms import AddressForm, CustomerForm, NewCustomerForm
from backoffice.admin.dialogs import dialog
from backoffice.admin.filters import MomentRangeFilter
from backoffice.resources.people import CustomerResource
from domain.bookings.contact import edit_customer
from domain.common.staff_actions import log_action
from domain.customers import operations
from domain.customers.models import Customer
from domain.customers.queries import CustomerStats, customer_stats
from domain.customers.search import find_customers

EDIT = "domain.edit_customer"
SHOWN = 20


class SafeHistoryAdmin(SimpleHistoryAdmin):
    """Shows what every field was. The library would let a viewer write an old row back."""

    @override
    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        if request.method != "GET":
            raise PermissionDenied
        answer: HttpResponse = super().history_view(request, object_id, extra_context)
        return answer

    @override
    def history_form_view(
        self, request: HttpRequest, object_id: str, version_id: str, extra_context: Any = None
    ) -> HttpResponse:
        if request.method != "GET":
            raise PermissionDenied
        answer: HttpResponse = super().history_form_view(
            request, object_id, version_id, extra_context
        )
        return answer


def spent_words(stats: CustomerStats) -> SafeString:
    """In each currency that anything was spent in."""
    sums = sorted((name, cents) for name, cents in stats.spent_cents.items() if cents)
    shown = ((columns.money(cents, name),) for name, cents in sums)
    return format_html_join(" + ", "{}", shown) or columns.NOTHING


@admin.register(Customer)
class CustomerAdmin(PapersMixin, ErasingMixin, SafeHistoryAdmin, BackofficeAdmin):
    resource_class = CustomerResource
    list_display = (
        "name",
        "e_mail",
        "telephone",
        "bookings",
        "spent",
        "last_booking",
        "registered",
    )
    list_display_links = ("name",)
    list_filter: ClassVar[list[Any]] = [("created_at", MomentRangeFilter)]
    # Unfold draws the search box only where fields are named; ``find`` does the searching.
    search_fields = ("last_name",)
    search_help_text = "Name, e-mail or phone"
    ordering = ("-created_at", "-id")
    record_template = "backoffice/customers/customer.html"
    empty_sentence = "Nobody is registered yet. Customers come with bookings, or with New customer."

    # --- The list ---------------------------------------------------------------------------------

    @override
    def find(self, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        return find_customers(text, rows)

    @override
    def prepare_rows(self, request: HttpRequest, rows: Sequence[Any]) -> None:
        stats = customer_stats([row.pk for row in rows], at=timezone.now())
        for row in rows:
            row.stats = stats[row.pk]

    @display(description="Name", ordering="last_name")
    def name(self, customer: Any) -> SafeString | str:
        if customer.erased_at:
            return columns.badge("erased")
        return _with_vip(customer)

    @display(description="E-mail", ordering="email")
    def e_mail(self, customer: Customer) -> str:
        return customer.email

    @display(description="Phone", ordering="phone")
    def telephone(self, customer: Customer) -> str:
        return customer.phone

    @display(description="Bookings")
    def bookings(self, customer: Any) -> SafeString:
        return columns.related(customer.stats.total_bookings, "booking", customer=customer.pk)

    @display(description="Spent", formatting="price")
    def spent(self, customer: Any) -> SafeString:
        return spent_words(customer.stats)

    @display(description="Last booking")
    def last_booking(self, customer: Any) -> SafeString:
        return columns.when(customer.stats.last_booking_at)

    @display(description="Registered", ordering="created_at")
    def registered(self, customer: Customer) -> SafeString:
        return columns.when(customer.created_at)

    # --- One customer -----------------------------------------------------------------------------

    @override
    def record_context(self, request: HttpRequest, record: Any) -> dict[str, Any]:
        if request.method == "GET":
            # Whom staff looked up is noted: the one thing that reading writes.
            log_action(
                action="viewed customer",
                staff=person(request),
                at=timezone.now(),
                subject=f"customer {record.pk}",
            )
        self.prepare_rows(request, [record])
        sees_bookings = holds(request, "domain.view_booking")
        booked = record.bookings.select_related("customer").order_by("-created_at", "-id")
        history = list(record.history.select_related("history_user")[:SHOWN])
        return {
            "title": record.full_name() or "Erased customer",
            "customer": record,
            "stats": record.stats,
            "spent": spent_words(record.stats),
            "buttons": self.dialog_buttons(request, record),
            **papers_of(request, record),
            "book_url": _book_url(request, record),
            "bookings": list(booked[:SHOWN]) if sees_bookings else [],
            "bookings_url": columns.list_url("booking", customer=record.pk),
            "shows_money": holds(request, "domain.view_prices"),
            "erasure": _erasure(request, record),
            "addresses": list(
                record.addresses.annotate(times_used=Count("uses")).order_by("nickname")
            ),
            "changes": _changes(history),
            "history_url": self.url_of("history", record.pk),
        }

    # --- Dialogs ----------------------------------------------------------------------------------

    @dialog(
        label="New customer…", right=EDIT, form=NewCustomerForm, icon="person_add", place="list"
    )
    def new_customer(self, request: HttpRequest, form: NewCustomerForm) -> HttpResponse:
        run = partial(operations.register_customer, contact=form.contact())
        return self.perform(
            request,
            form,
            run,
            done=lambda made: f"{made.full_name()} is registered.",
            go_to=columns.page_url,
        )

    @dialog(label="Edit…", right=EDIT, form=CustomerForm)
    def edit(self, request: HttpRequest, form: CustomerForm, object_id: str) -> HttpResponse:
        run = partial(edit_customer, customer_id=form.subject.pk, values=form.cleaned_values())
        return self.perform(request, form, run, done="Saved.")

    @dialog(label="Add an address…", right=EDIT, form=AddressForm)
    def add_address(self, request: HttpRequest, form: AddressForm, object_id: str) -> HttpResponse:
        run = partial(
            operations.save_address,
            customer_id=form.subject.pk,
            nickname=form.cleaned_data["nickname"],
            address=form.address(),
        )
        return self.perform(request, form, run, done=lambda saved: f"“{saved}” is kept.")


def _erasure(request: HttpRequest, customer: Customer) -> Any:
    """The request that waits, or the one by which the person was erased."""
    if not holds(request, "domain.view_erasure"):
        return None
    return customer.erasures.filter(state__in=["requested", "done"]).order_by("-pk").first()


def _with_vip(customer: Any) -> SafeString | str:
    name: str = customer.full_name()
    return (
        format_html("{} {}", name, columns.badge("VIP", "good")) if customer.stats.is_vip else name
    )


def _book_url(request: HttpRequest, customer: Customer) -> str:
    if not holds(request, "domain.create_booking") or customer.erased_at:
        return ""
    try:
        return f"{reverse('admin:domain_booking_add')}?customer={customer.pk}"
    except NoReverseMatch:
        return ""


def _changes(history: Sequence[Any]) -> list[dict[str, Any]]:
    """Each saved version with the fields that it changed, the newest first."""
    told = []
    for index, record in enumerate(history):
        before = history[index + 1] if index + 1 < len(history) else None
        fields = record.diff_against(before).changes if before is not None else []
        told.append(
            {
                "at": record.history_date,
                "who": record.history_user,
                "is_first": record.history_type == "+",
                "fields": [
                    (_label(record, each.field), each.old or "–", each.new or "–")
                    for each in fields
                ],
            }
        )
    return [each for each in told if each["is_first"] or each["fields"]]


def _label(record: Model, field: str) -> str:
    return str(getattr(record._meta.get_field(field), "verbose_name", field))
