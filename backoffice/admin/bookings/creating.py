"""Booking for a caller: find or take down who, choose, see the price grow, book."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone

from backoffice.access import holds, person, require
from backoffice.admin.bookings.caller import book_once, check_all, missing
from backoffice.admin.bookings.new_form import NewBookingForm
from domain.catalog.queries import catalog_at, quote
from domain.catalog.rules import Purpose, Quote
from domain.common.errors import DomainError, InvalidInput
from domain.common.money import show
from domain.customers.models import Customer
from domain.customers.operations import clean_contact, register_customer
from domain.customers.queries import customer_stats
from domain.customers.search import find_customers
from domain.flows.checkout import PriceChanged, Wish, create_booking

if TYPE_CHECKING:
    from backoffice.admin.bookings.screen import BookingAdmin

RIGHT = "domain.create_booking"
SEES_CUSTOMERS = "domain.view_customer"
MOST_FOUND = 8
FEWEST_LETTERS = 2


def urls(screen: BookingAdmin) -> list[URLPattern]:
    return [
        path("add/quote/", screen.page(quote_view), name="domain_booking_quote"),
        path("add/customers/", screen.page(customers_view), name="domain_booking_customers"),
    ]


def new_booking(screen: BookingAdmin, request: HttpRequest) -> HttpResponse:
    require(request, RIGHT)
    now = timezone.now()
    catalog = catalog_at(now)
    if request.method != "POST":
        chosen = chosen_customer(request.GET.get("customer"))
        initial = {"customer": chosen.pk} if chosen else {}
        return _page(screen, request, NewBookingForm(catalog=catalog, initial=initial), chosen)
    form = NewBookingForm(request.POST, catalog=catalog)
    chosen = chosen_customer(request.POST.get("customer"))
    if not form.is_valid():
        return _page(screen, request, form, chosen)
    try:
        booking = book_once(request, form, partial(_make, request, form, chosen))
    except PriceChanged as changed:
        form.add_error(None, f"{changed} Look at the lines, then book at the new price.")
        return _page(screen, request, form, chosen, fresh=changed.quote)
    except DomainError as refusal:
        form.refuse(refusal)
        return _page(screen, request, form, chosen)
    amount = show(booking.total_cents, booking.currency)
    messages.success(request, f"{booking} is booked: {amount}. How to pay is on this page.")
    return redirect(screen.url_of("change", booking.pk))


@transaction.atomic
def _make(request: HttpRequest, form: NewBookingForm, chosen: Customer | None) -> int:
    actor, now = person(request), timezone.now()
    contact: dict[str, str] | None = None if chosen else form.contact()
    if contact is not None and form.cleaned_data["keep"]:
        check_all(
            partial(clean_contact, contact),
            partial(quote, form.request(), at=now, purpose=Purpose.BOOKING),
        )
        chosen = register_customer(contact=contact, actor=actor, at=now)
        contact = None
    wish = Wish(
        request=form.request(),
        contact=contact,
        customer_id=chosen.pk if chosen else None,
        special_instructions=form.cleaned_data["special_instructions"],
        internal_notes=form.cleaned_data["internal_notes"],
        expected_total_cents=form.cleaned_data["expected_total_cents"],
        access_notes=form.of_places("access_notes"),
        keep_as=form.of_places("keep_as"),
    )
    return create_booking(wish=wish, actor=actor, at=now).pk


def _page(
    screen: BookingAdmin,
    request: HttpRequest,
    form: NewBookingForm,
    chosen: Customer | None,
    *,
    fresh: Quote | None = None,
) -> HttpResponse:
    facts: dict[str, Any] = {"form": form, "chosen": chosen}
    if chosen is not None:
        facts["addresses"] = list(chosen.addresses.order_by("nickname"))
    if form.is_bound:
        facts |= {"quote": fresh} if fresh else _quoted(form)
    facts["sees_customers"] = holds(request, SEES_CUSTOMERS)
    context = screen.page_context(request, title="New booking", **facts)
    status = 422 if form.is_bound else 200
    return TemplateResponse(request, "admin/bookings/new.html", context, status=status)


def chosen_customer(text: str | None) -> Customer | None:
    if not text or not (text.isascii() and text.isdigit()):
        return None
    return Customer.objects.filter(pk=int(text), erased_at=None).first()


def quote_view(request: HttpRequest) -> HttpResponse:
    """What the form would cost as it stands. A POST only for its length: it writes nothing."""
    require(request, RIGHT)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    form = NewBookingForm(request.POST, catalog=catalog_at(timezone.now()))
    form.full_clean()
    return TemplateResponse(request, "admin/bookings/quote.html", _quoted(form))


def _quoted(form: NewBookingForm) -> dict[str, Any]:
    try:
        return {"quote": quote(form.request(half_typed=True), at=timezone.now())}
    except InvalidInput as wrong:
        return missing(wrong)


def customers_view(request: HttpRequest) -> HttpResponse:
    """Customers who match what is typed, with their saved addresses."""
    require(request, RIGHT)
    require(request, SEES_CUSTOMERS)
    text = request.GET.get("q", "").strip()
    found: list[Customer] = []
    if len(text) >= FEWEST_LETTERS:
        known = find_customers(text, Customer.objects.filter(erased_at=None))
        found = list(known.prefetch_related("addresses")[:MOST_FOUND])
    stats = customer_stats([each.pk for each in found], at=timezone.now()) if found else {}
    rows = [(each, stats.get(each.pk)) for each in found]
    context = {"rows": rows, "text": text, "short": len(text) < FEWEST_LETTERS}
    return TemplateResponse(request, "admin/bookings/customers.html", context)
