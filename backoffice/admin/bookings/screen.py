"""The page of a booking and the small answers it asks for while one looks at it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any, override

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone

from backoffice.access import holds, person, require
from backoffice.admin.bookings import creating, page, refund_planner, reprice, vehicle_creating
from backoffice.admin.bookings.acting import BookingActs
from backoffice.admin.bookings.cancelling import cancellation_on
from backoffice.admin.bookings.listing import PRICES
from backoffice.admin.bookings.timeline import FILTERS, WITHOUT_MONEY, events_of
from domain.bookings.models import Booking
from domain.bookings.operations import Care, edit_care
from domain.catalog.queries import quote
from domain.catalog.rules import Purpose
from domain.common.errors import DomainError, InvalidInput, Stale
from domain.common.money import to_cents, ungrouped
from domain.flows.checkout import request_of


@admin.register(Booking)
class BookingAdmin(BookingActs):
    page_related = (
        "customer",
        "guest",
        "assigned_to",
        "created_by",
        "rebooked_from",
        "referred_by__customer",
    )

    @override
    def own_urls(self) -> list[URLPattern]:
        views = {
            "timeline": self.timeline_view,
            "reprice": self.reprice_view,
            "cancel-preview": self.cancel_preview_view,
            "refund-preview": self.refund_preview_view,
            "rebook-preview": self.rebook_preview_view,
            "care": self.care_view,
        }
        return [
            *(
                path(
                    f"<int:object_id>/{name}/",
                    self.page(view),
                    name=f"domain_booking_{name.replace('-', '_')}",
                )
                for name, view in views.items()
            ),
            *creating.urls(self),
            *vehicle_creating.urls(self),
            *super().own_urls(),
        ]

    def booking(self, request: HttpRequest, object_id: int | str, *rights: str) -> Booking:
        """:raises MissingRight: the person may not see bookings, or lacks all of ``rights``"""
        self.require_view(request)
        if rights:
            require(request, *rights)
        found: Booking | None = self.subject(request, object_id)
        if found is None:
            raise Http404
        return found

    @override
    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET"])
        booking = self.booking(request, object_id)
        request.asked_at = timezone.now()  # type: ignore[attr-defined]
        facts = page.page_of(self, request, booking, request.asked_at)  # type: ignore[attr-defined]
        context = self.page_context(request, title=booking.number, **facts, original=booking)
        return TemplateResponse(request, "admin/bookings/page.html", context)

    @override
    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        return creating.new_booking(self, request)

    # --- Asked for by htmx; none of these writes --------------------------------------------------

    def timeline_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        booking = self.booking(request, object_id)
        only = request.GET.get("only", "all")
        before = request.GET.get("before", "")
        sees_money = holds(request, PRICES)
        filters = FILTERS if sees_money else WITHOUT_MONEY
        events = events_of(
            booking,
            only=only if only in filters else "all",
            before=int(before) if before.isascii() and before.isdigit() else None,
            sees_money=sees_money,
        )
        context = {"booking": booking, "events": events, "only": only, "filters": filters}
        template = "admin/bookings/events.html" if before else "admin/bookings/timeline.html"
        return TemplateResponse(request, template, context)

    def reprice_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        booking = self.booking(request, object_id, PRICES)
        context: dict[str, Any] = {"booking": booking}
        try:
            day = _day(request.GET.get("as_of"))
            context["comparison"] = reprice.compare(booking, day=day, now=timezone.now())
        except DomainError as refusal:
            context["refusal"] = refusal
        return TemplateResponse(request, "admin/bookings/reprice.html", context)

    def cancel_preview_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        booking = self.booking(request, object_id, PRICES)
        context: dict[str, Any] = {"booking": booking}
        try:
            day = _day(request.GET.get("on"))
            context["cancellation"] = cancellation_on(booking, day, timezone.now())
        except DomainError as refusal:
            context["refusal"] = refusal
        return TemplateResponse(request, "admin/bookings/cancel_figures.html", context)

    def refund_preview_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        booking = self.booking(request, object_id, "domain.request_refund")
        context: dict[str, Any] = {"booking": booking}
        try:
            cents = to_cents(ungrouped(request.GET.get("amount", "").strip().lstrip("$")), "")
            context["parts"] = refund_planner.parts_of(booking, max(cents, 0))
        except InvalidInput as refusal:
            context["refusal"] = refusal
        return TemplateResponse(request, "admin/bookings/refund_parts.html", context)

    def rebook_preview_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        booking = self.booking(request, object_id, "domain.rebook_booking")
        context: dict[str, Any] = {"booking": booking}
        try:
            asked = replace(
                request_of(booking),
                pickup_date=_day(request.GET.get("pickup_date")),
                pickup_time=request.GET.get("pickup_time", ""),
            )
            context["quote"] = quote(asked, at=timezone.now(), purpose=Purpose.BOOKING)
        except DomainError as refusal:
            context["refusal"] = refusal
        return TemplateResponse(request, "admin/bookings/rebook_figures.html", context)

    # --- Notes, follow-up, instructions -----------------------------------------------------------

    def care_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        booking = self.booking(request, object_id, "domain.edit_booking_notes")
        typed = {name: request.POST.get(name, "").replace("\r\n", "\n") for name in CARE_FIELDS}
        try:
            care = Care(
                internal_notes=typed["internal_notes"],
                follow_up_on=_day(typed["follow_up_on"]),
                special_instructions=typed["special_instructions"],
            )
            saved = edit_care(
                booking_id=booking.pk,
                care=care,
                seen_version=_version(request),
                actor=person(request),
                at=timezone.now(),
            )
        except DomainError as refusal:
            context = {
                "booking": self.booking(request, object_id),
                "typed": typed,
                "refusal": refusal,
                "is_stale": isinstance(refusal, Stale),
                "edits_care": True,
            }
            return TemplateResponse(request, "admin/bookings/care.html", context)
        if request.headers.get("HX-Request"):
            context = {"booking": saved, "saved": True, "edits_care": True}
            return TemplateResponse(request, "admin/bookings/care.html", context)
        messages.success(request, "Saved.")
        return redirect(self.url_of("change", saved.pk))


CARE_FIELDS = ("internal_notes", "follow_up_on", "special_instructions")


def _version(request: HttpRequest) -> int:
    text = request.POST.get("seen_version", "")
    return int(text) if text.isascii() and text.isdigit() else -1


def _day(text: str | None) -> date | None:
    """:raises InvalidInput: it is no day"""
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput(f"{text!r} is not a day.") from error
