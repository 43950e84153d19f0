"""The facts of a booking's page. A fixed number of queries, whatever happened to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from backoffice.access import holds
from backoffice.admin import steps
from backoffice.admin.base import BackofficeAdmin
from backoffice.admin.bookings import vehicle
from backoffice.admin.bookings.listing import PRICES, window_of
from backoffice.admin.bookings.timeline import FILTERS, WITHOUT_MONEY, events_of
from backoffice.admin.steps import Button
from domain.bookings.models import Booking, BookingAddress, Line
from domain.bookings.queries import cash_of, due_cents
from domain.catalog.queries import catalog_at
from domain.catalog.rules import Address, CatalogSnapshot
from domain.catalog.rules.geographic import zones_of
from domain.common.workflow.models import PlanRow, PlanState
from domain.customers.queries import CustomerStats, customer_stats
from domain.flows.messages import booking_facts

# Beyond these, a record's own page has its buttons: each asks the database a little.
MOST_WITH_BUTTONS = 2
MOST_RECORDS = 30
MAP = "https://www.openstreetmap.org/search?"


@dataclass(frozen=True, slots=True)
class Row:
    """A payment or refund with the steps it is open to."""

    record: Any
    buttons: Sequence[Button]


@dataclass(frozen=True, slots=True)
class Place:
    address: BookingAddress
    zones: str
    map_url: str


def page_of(
    screen: BackofficeAdmin, request: HttpRequest, booking: Booking, at: datetime
) -> dict[str, Any]:
    sees_prices = holds(request, PRICES)
    context: dict[str, Any] = {
        "booking": booking,
        "contact": booking.contact(),
        "stats": stats_of(booking, at),
        "window": window_of(booking),
        "buttons": steps.buttons_for(screen, request, booking, at),
        "dialogs": screen.dialog_buttons(request, booking),
        "places": places_of(booking, catalog_at(at)),
        "waiting_plans": waiting_plans(booking),
        "events": events_of(booking, sees_money=sees_prices),
        "filters": FILTERS if sees_prices else WITHOUT_MONEY,
        "only": "all",
        "sees_prices": sees_prices,
        "sees_ids": holds(request, "domain.view_payment_ids"),
        "edits_care": holds(request, "domain.edit_booking_notes"),
        "today": at,
    }
    if booking.line == Line.VEHICLE:
        context |= vehicle.facts_of(request, booking, at)
    if sees_prices:
        context |= money_of(request, booking)
    if booking.state == "pending" and holds(request, "domain.create_booking"):
        context["pay_url"] = booking_facts(booking)["status_url"]
    return context


def money_of(request: HttpRequest, booking: Booking) -> dict[str, Any]:
    lines = list(booking.lines.select_related("actor").order_by("position"))
    cash = cash_of([booking])[booking.pk]
    due = due_cents(booking, cash)
    found: dict[str, Any] = {
        "lines": lines,
        "tax_cents": sum(line.amount_cents for line in lines if line.is_tax),
        "cash": cash,
        "due_cents": due,
        "refunded_cents": cash.refunded_cents,
    }
    if holds(request, "domain.view_payment"):
        paid = booking.payments.select_related("requested_by", "approved_by").order_by("-pk")
        found["payments"] = with_buttons(request, paid)
    if holds(request, "domain.view_refund"):
        back = booking.refunds.select_related("payment", "requested_by", "approved_by", "booking")
        found["refunds"] = with_buttons(request, back.order_by("-pk"))
    if holds(request, "domain.view_moneycase"):
        found["cases"] = list(booking.cases.order_by("-pk")[:MOST_RECORDS])
    if holds(request, "domain.view_dispute"):
        found["disputes"] = list(booking.disputes.order_by("-pk")[:MOST_RECORDS])
    return found


def with_buttons(request: HttpRequest, records: QuerySet[Any]) -> list[Row]:
    """Payments or refunds with their steps; only the first few that have a next step by hand."""
    screen = cast("BackofficeAdmin", admin.site.get_model_admin(records.model))
    infos = [info for info in screen.step_infos() if info.permission is not None]
    rows, shown = [], 0
    for record in records[:MOST_RECORDS]:
        open_now = any(record.state in info.sources for info in infos)
        found: Sequence[Button] = ()
        if open_now and shown < MOST_WITH_BUTTONS:
            shown += 1
            found = [
                button
                for button in steps.buttons_for(screen, request, record, request_time(request))
                if any(info.name == button.name and record.state in info.sources for info in infos)
            ]
        rows.append(Row(record, found))
    return rows


def request_time(request: HttpRequest) -> datetime:
    """The moment the page was asked for: every figure on it is as of then."""
    moment: datetime = request.asked_at  # type: ignore[attr-defined]
    return moment


def stats_of(booking: Booking, at: datetime) -> CustomerStats | None:
    if booking.customer_id is None:
        return None
    return customer_stats([booking.customer_id], at=at).get(booking.customer_id)


def places_of(booking: Booking, catalog: CatalogSnapshot) -> list[Place]:
    """Where from and where to, with the zones that count for the price."""
    found = {address.kind: address for address in booking.addresses.all()}
    places = []
    for kind in ("pickup", "delivery"):
        address = found.get(kind)
        if address is None:
            continue
        asked = Address(city=address.city, state=address.region, zip_code=address.zip_code)
        zones = ", ".join(zone.name for zone in zones_of(asked, catalog)) or "outside our zones"
        query = urlencode({"query": address.one_line()})
        places.append(Place(address, zones, MAP + query))
    return places


@dataclass(frozen=True, slots=True)
class WaitingPlan:
    label: str
    by: Any
    at: datetime
    url: str


def waiting_plans(booking: Booking) -> list[WaitingPlan]:
    """What was asked for this booking and waits for somebody with the right."""
    rows = PlanRow.objects.filter(
        subject_id=booking.pk,
        plan__subject_type_name=booking.subject_type,
        plan__state=PlanState.REQUESTED,
    ).select_related("plan__prepared_by")
    return [
        WaitingPlan(
            row.plan.label, row.plan.prepared_by, row.plan.prepared_at, _plan_url(row.plan_id)
        )
        for row in rows[:MOST_RECORDS]
    ]


def _plan_url(plan_id: int) -> str:
    try:
        return reverse("admin:domain_plan_change", args=[plan_id])
    except NoReverseMatch:
        return ""
