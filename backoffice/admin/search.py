"""Find a booking, a customer, a payment or a page from anywhere."""

from __future__ import annotations

import time
from collections.abc import Iterator

from django.contrib.admin import AdminSite
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from unfold.dataclasses import SearchResult

from backoffice.access import holds
from backoffice.admin.page import page
from backoffice.navigation import open_items
from domain.bookings.models import Booking
from domain.bookings.search import find_bookings
from domain.common.money import show
from domain.customers.search import find_customers
from domain.payments.models import Payment

MOST = 8
LONGEST = 120


def pages(site: AdminSite) -> list[URLPattern]:
    return [path("find/", site.admin_view(find_page), name="find")]


def palette(request: HttpRequest) -> HttpResponse:
    """Answer the command palette (Ctrl+K) with Unfold's own list."""
    asked = request.GET.get("s", "").strip()[:LONGEST]
    if not asked:
        return HttpResponse()
    begun = time.monotonic()
    results = list(find(request, asked))
    paginator = Paginator(results, 100)
    return TemplateResponse(
        request,
        "unfold/helpers/command_results.html",
        {
            "search_term": asked,
            "page_obj": paginator,
            "results": paginator.page(1),
            "page_counter": 0,
            "execution_time": time.monotonic() - begun,
            "command_show_history": False,
        },
        headers={"HX-Trigger": "search"},
    )


def find_page(request: HttpRequest) -> TemplateResponse:
    asked = request.GET.get("q", "").strip()[:LONGEST]
    results = list(find(request, asked)) if asked else []
    return page(request, "backoffice/find.html", "Search", asked=asked, results=results)


def find(request: HttpRequest, asked: str) -> Iterator[SearchResult]:
    """What this person may see and that matches, the most likely first."""
    if holds(request, "domain.view_booking"):
        yield from _bookings(request, asked)
    if holds(request, "domain.view_customer"):
        yield from _customers(asked)
    if holds(request, "domain.view_payment"):
        yield from _payments(asked)
    for _, items in open_items(request):
        for item in items:
            if asked.lower() in item.title.lower():
                yield SearchResult(item.title, "page", item.url(), item.icon)


def _bookings(request: HttpRequest, asked: str) -> Iterator[SearchResult]:
    prices = holds(request, "domain.view_prices")
    found = find_bookings(Booking.objects.select_related("customer", "guest"), asked)
    for booking in found.order_by("-created_at", "-id")[:MOST]:
        parts = [booking.contact().full_name(), booking.state_label()]
        if booking.pickup_date:
            parts.append(f"{booking.pickup_date:%d %b %Y}")
        if prices:
            parts.append(show(booking.total_cents, booking.currency))
        url = reverse("admin:domain_booking_change", args=[booking.pk])
        yield SearchResult(booking.number, " · ".join(parts), url, "local_shipping")


def _customers(asked: str) -> Iterator[SearchResult]:
    for customer in find_customers(asked)[:MOST]:
        url = reverse("admin:domain_customer_change", args=[customer.pk])
        about = f"customer · {customer.email} · {customer.phone}"
        yield SearchResult(customer.full_name(), about, url, "person")


def _payments(asked: str) -> Iterator[SearchResult]:
    wanted = Q(intent_id=asked) | Q(charge_id=asked)
    if asked.isdigit() and len(asked) < 10:
        wanted |= Q(pk=int(asked))
    for payment in Payment.objects.filter(wanted).select_related("booking")[:MOST]:
        url = reverse("admin:domain_payment_change", args=[payment.pk])
        about = f"payment of {payment.booking.number} · {payment.state_label()}"
        yield SearchResult(str(payment), about, url, "credit_card")
