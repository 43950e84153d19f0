"""The outbox: what guests were told, what waits, what failed."""

from __future__ import annotations

from typing import Any, override

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import DropdownFilter
from unfold.decorators import display

from backoffice.admin import columns
from backoffice.admin.base import BackofficeAdmin
from backoffice.admin.doors import numbered
from backoffice.admin.filters import MomentRangeFilter, StateFilter
from backoffice.admin.step_forms import StepForm
from backoffice.admin.trail import trail_of
from domain.common.workflow import Done
from domain.notifications.models import Message
from domain.notifications.rules import MessageKind


class KindFilter(DropdownFilter):
    title = "about"
    parameter_name = "kind"

    @override
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(each.value, each.value.capitalize()) for each in MessageKind]

    @override
    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(kind=self.value()) if self.value() else queryset


@admin.register(Message)
class MessageAdmin(BackofficeAdmin):
    list_display = (
        "subject_line",
        "recipient",
        "state_column",
        "booking_link",
        "created",
        "sent",
        "attempts",
        "why_not_sent",
    )
    list_filter = (("state", StateFilter), KindFilter, ("created_at", MomentRangeFilter))
    list_select_related = ("booking",)
    page_related = ("booking",)
    ordering = ("-created_at", "-pk")
    search_fields = ("=booking__number", "^recipient", "subject")
    search_help_text = "Booking number, address or words of the subject"
    bulk_steps = ("retry", "release", "hold")
    record_template = "admin/messages/message.html"
    empty_sentence = "No message yet: the first booking tells its guest that we have it."

    @override
    def record_context(self, request: HttpRequest, record: Any) -> dict[str, Any]:
        return {
            "title": record.subject,
            "buttons": self.buttons(request, record),
            "body": _without_token(record.body),
            "lines": trail_of(request, [record]),
        }

    @override
    def done_sentence(self, form: StepForm, done: Done[Any]) -> str:
        message = done.subject
        if form.step == "hold":
            return f"“{message}” is held; {message.recipient} gets it once it is released."
        return f"“{message}” goes out to {message.recipient} now."

    @display(description="Subject", ordering="subject")
    def subject_line(self, message: Message) -> str:
        return message.subject

    @display(description="Booking")
    def booking_link(self, message: Message) -> SafeString:
        return numbered(message.booking)

    @display(description="Written", ordering="created_at")
    def created(self, message: Message) -> SafeString:
        return columns.when(message.created_at)

    @display(description="Sent", ordering="sent_at")
    def sent(self, message: Message) -> SafeString:
        return columns.when(message.sent_at)

    @display(description="Failure")
    def why_not_sent(self, message: Message) -> str:
        return message.failure[:120]


def _without_token(body: str) -> str:
    """The guest's own link opens the booking to whoever holds it, so staff do not see it."""
    head, mark, tail = body.partition("token=")
    if not mark:
        return body
    rest = tail.lstrip("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_.:%")
    return f"{head}{mark}•••{_without_token(rest)}"
