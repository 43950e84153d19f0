"""Book a vehicle for a caller: who, which, how paid; the plan shows as one types."""

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
from backoffice.admin.bookings.creating import RIGHT, SEES_CUSTOMERS, chosen_customer
from backoffice.admin.bookings.vehicle_form import NewVehicleForm
from domain.bookings.vehicles.stock import free_of
from domain.catalog.queries import catalog_at
from domain.common.errors import DomainError, InvalidInput
from domain.common.money import show
from domain.customers.models import Customer
from domain.customers.operations import clean_contact, register_customer
from domain.flows.checkout import PriceChanged
from domain.flows.ordering import PHONE_REGION, VehicleWish, book_vehicle, quote_vehicle

if TYPE_CHECKING:
    from backoffice.admin.bookings.screen import BookingAdmin


def urls(screen: BookingAdmin) -> list[URLPattern]:
    new = partial(new_vehicle, screen)
    return [
        path("add/vehicle/", screen.page(new), name="domain_booking_add_vehicle"),
        path("add/vehicle/plan/", screen.page(plan_view), name="domain_booking_plan"),
    ]


def new_vehicle(screen: BookingAdmin, request: HttpRequest) -> HttpResponse:
    require(request, RIGHT)
    catalog = catalog_at(timezone.now())
    if request.method != "POST":
        chosen = chosen_customer(request.GET.get("customer"))
        asked: dict[str, Any] = {"vehicle_sku": request.GET.get("vehicle", "")}
        asked["customer"] = chosen.pk if chosen else None
        return _page(screen, request, NewVehicleForm(catalog=catalog, initial=asked), chosen)
    form = NewVehicleForm(request.POST, catalog=catalog)
    chosen = chosen_customer(request.POST.get("customer"))
    if not form.is_valid():
        return _page(screen, request, form, chosen)
    try:
        booking = book_once(request, form, partial(_make, request, form, chosen))
    except PriceChanged as changed:
        form.add_error(None, f"{changed} Look at the plan, then book at the new price.")
        return _page(screen, request, form, chosen)
    except DomainError as refusal:
        form.refuse(refusal)
        return _page(screen, request, form, chosen)
    amount = show(booking.booking_amount_cents, booking.currency)
    said = f"{booking} is booked; {amount} is to be paid first. How to pay is on this page."
    messages.success(request, said)
    return redirect(screen.url_of("change", booking.pk))


@transaction.atomic
def _make(request: HttpRequest, form: NewVehicleForm, chosen: Customer | None) -> int:
    actor, now = person(request), timezone.now()
    contact: dict[str, str] | None = None if chosen else form.contact()
    if contact is not None and form.cleaned_data["keep"]:
        check_all(
            partial(clean_contact, contact, region=PHONE_REGION),
            partial(quote_vehicle, form.request(), at=now, must_choose=True),
        )
        cleaned = clean_contact(contact, region=PHONE_REGION)
        chosen = register_customer(contact=cleaned, actor=actor, at=now)
        contact = None
    wish = VehicleWish(
        request=form.request(),
        contact=contact,
        customer_id=chosen.pk if chosen else None,
        referral_code=form.cleaned_data["referral_code"],
        special_instructions=form.cleaned_data["special_instructions"],
        internal_notes=form.cleaned_data["internal_notes"],
        expected_total_cents=form.cleaned_data["expected_total_cents"],
    )
    return book_vehicle(wish=wish, actor=actor, at=now).pk


def _page(
    screen: BookingAdmin, request: HttpRequest, form: NewVehicleForm, chosen: Customer | None
) -> HttpResponse:
    facts: dict[str, Any] = {"form": form, "chosen": chosen}
    if form.is_bound:
        facts |= _planned(form)
    facts["sees_customers"] = holds(request, SEES_CUSTOMERS)
    context = screen.page_context(request, title="New vehicle booking", **facts)
    status = 422 if form.is_bound else 200
    return TemplateResponse(request, "admin/bookings/new_vehicle.html", context, status=status)


def plan_view(request: HttpRequest) -> HttpResponse:
    """What the form would cost and when. A POST only for its length: it writes nothing."""
    require(request, RIGHT)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    form = NewVehicleForm(request.POST, catalog=catalog_at(timezone.now()))
    form.full_clean()
    return TemplateResponse(request, "admin/bookings/plan.html", _planned(form))


def _planned(form: NewVehicleForm) -> dict[str, Any]:
    now = timezone.now()
    try:
        priced = quote_vehicle(form.request(), at=now)
    except InvalidInput as wrong:
        return missing(wrong)
    return {
        "priced": priced,
        "quote": priced.quote,
        "free": free_of([priced.vehicle.sku], now)[priced.vehicle.sku],
    }
