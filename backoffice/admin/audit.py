"""The audit trail: who did what, when and why, what it moved, and whether it is sealed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, override

from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from unfold.contrib.filters.admin import DropdownFilter
from unfold.decorators import display

from backoffice.access import answered
from backoffice.admin import columns
from backoffice.admin.base import BackofficeAdmin
from backoffice.admin.doors import door, type_label
from backoffice.admin.filters import MomentRangeFilter
from backoffice.admin.page import page
from backoffice.admin.trail import Line, line_of, moves_of, state_label, step_label
from domain.bookings.models import Booking
from domain.common.audit.models import AuditEntry
from domain.common.money import show
from domain.common.workflow.stateful import REGISTERED
from domain.common.workflow.steps import steps_of
from domain.staff.models import Staff

LONGEST_REPLAY = 1_000
BREAK = mark_safe("<br>")


class SubjectFilter(DropdownFilter):
    title = "record"
    parameter_name = "subject_type"

    @override
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return sorted((each, type_label(each).capitalize()) for each in REGISTERED)

    @override
    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(subject_type=self.value()) if self.value() else queryset


class StepFilter(DropdownFilter):
    title = "step"
    parameter_name = "step"

    @override
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        names = {info.name for model in REGISTERED.values() for info in steps_of(model)}
        more = {"begin", "take", "edit", "assign", "amend"}
        return [(each, each.replace("_", " ").capitalize()) for each in sorted(names | more)]

    @override
    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(step=self.value()) if self.value() else queryset


class WhoFilter(DropdownFilter):
    title = "who"
    parameter_name = "who"

    @override
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        people = Staff.objects.order_by("first_name", "username")[:200]
        names = [(str(each.pk), each.display_name()) for each in people]
        return [("system", "The system"), ("staff", "Anybody of staff"), *names]

    @override
    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        match self.value():
            case None | "":
                return queryset
            case "system":
                return queryset.filter(actor=None)
            case "staff":
                return queryset.filter(actor__isnull=False)
            case pk if pk.isascii() and pk.isdigit():
                return queryset.filter(actor_id=int(pk))
        return queryset.none()


@admin.register(AuditEntry)
class AuditEntryAdmin(BackofficeAdmin):
    list_display = ("when_at", "who", "what", "about", "change", "moved", "why", "sealed")
    list_filter = (SubjectFilter, StepFilter, WhoFilter, ("at", MomentRangeFilter))
    list_select_related = ("actor", "detail", "seal")
    page_related = ("actor", "detail", "seal", "plan")
    ordering = ("-at", "-id")
    search_fields = ("=request_id", "=subject_id")
    search_help_text = "Booking number, request id, or the number of a record"
    record_template = "admin/audit/entry.html"
    empty_sentence = "Nothing has been done yet: the first change of any record is noted here."

    @override
    def find(self, rows: QuerySet[Any], text: str) -> QuerySet[Any] | None:
        number = text.strip().upper()
        if not number.startswith(("TT-", "EV")):
            return None
        pks = Booking.objects.filter(number=number).values_list("pk", flat=True)
        return rows.filter(booking_id__in=list(pks))

    @override
    def own_urls(self) -> list[URLPattern]:
        view = self.page(self.replay_view)
        return [path("replay/<str:subject_type>/<int:subject_id>/", view, name="audit_replay")]

    @override
    def record_context(self, request: HttpRequest, record: Any) -> dict[str, Any]:
        same = AuditEntry.objects.filter(request_id=record.request_id).exclude(pk=record.pk)
        together = same.select_related("actor").order_by("id")[:50] if record.request_id else []
        return {
            "title": f"{self.what(record)}: {_name(record)}",
            "line": line_of(request, record),
            "subject_url": door(request, record.subject_type, record.subject_id),
            "subject_name": _name(record),
            "booking_url": door(request, "booking", record.booking_id),
            "plan_url": door(request, "plan", record.plan_id),
            "replay_url": _replay_url(record.subject_type, record.subject_id),
            "seal": getattr(record, "seal", None),
            "facts": sorted(record.facts.items()),
            "together": [line_of(request, each) for each in together],
        }

    def replay_view(self, request: HttpRequest, subject_type: str, subject_id: int) -> HttpResponse:
        """Rebuild a record's states from its lines and compare with the record. Reads only."""
        self.require_view(request)
        if subject_type not in REGISTERED:
            raise Http404("There is no such kind of record.")
        entries = AuditEntry.objects.filter(subject_type=subject_type, subject_id=subject_id)
        shown = list(entries.select_related("actor", "detail").order_by("version")[:LONGEST_REPLAY])
        if not shown:
            raise Http404("The audit trail knows of no such record.")
        name = f"{type_label(subject_type)} {subject_id}"
        return page(
            request,
            "admin/audit/replay.html",
            **self.page_context(request, title=f"Replay of {name}"),
            name=name,
            frames=replayed(request, shown),
            verdict=verdict_of(subject_type, subject_id, shown),
            subject_url=door(request, subject_type, subject_id),
        )

    @display(description="When", ordering="at")
    def when_at(self, entry: AuditEntry) -> SafeString:
        return columns.when(entry.at)

    @display(description="Who", ordering="actor")
    def who(self, entry: AuditEntry) -> SafeString:
        role = entry.role if entry.actor_id else ""
        return format_html("{} <span class='bo-role'>{}</span>", entry.who(), role)

    @display(description="What", ordering="step")
    def what(self, entry: AuditEntry) -> str:
        return step_label(entry.subject_type, entry.step)

    @display(description="Record")
    def about(self, entry: AuditEntry) -> SafeString:
        request = answered()
        url = door(request, entry.subject_type, entry.subject_id) if request else ""
        return columns.link(url, _name(entry))

    @display(description="Change")
    def change(self, entry: AuditEntry) -> str:
        before, after = (
            state_label(entry.subject_type, state) for state in (entry.from_state, entry.to_state)
        )
        return f"{before} → {after}" if before != after else ""

    @display(description="Money")
    def moved(self, entry: AuditEntry) -> SafeString:
        return format_html_join(
            BREAK,
            "{} <span class='bo-money'>{}</span>",
            [
                (columns.moved(each.debit, each.credit), show(each.amount_cents, each.currency))
                for each in moves_of(entry)
            ],
        )

    @display(description="Why")
    def why(self, entry: AuditEntry) -> str:
        detail = getattr(entry, "detail", None)
        return detail.reason[:160] if detail else ""

    @display(description="Seal")
    def sealed(self, entry: AuditEntry) -> SafeString:
        seal = getattr(entry, "seal", None)
        if seal is None:
            return columns.badge("Not yet", columns.Tone.WAITING, title="Sealed within a minute")
        return columns.badge(f"#{seal.sequence}", columns.Tone.GOOD, title=seal.digest)


def _name(entry: AuditEntry) -> str:
    return f"{type_label(entry.subject_type)} {entry.subject_id}"


def _replay_url(subject_type: str, subject_id: int) -> str:
    if subject_type not in REGISTERED:
        return ""
    return reverse("admin:audit_replay", args=[subject_type, subject_id])


@dataclass(frozen=True, slots=True)
class Frame:
    """A moment of a replay: the line, and what does not follow from the one before it."""

    line: Line
    fault: str


def replayed(request: HttpRequest, entries: list[AuditEntry]) -> list[Frame]:
    frames, state, version = [], "", 0
    for entry in entries:
        fault = ""
        if entry.from_state != state:
            fault = f"It begins at “{entry.from_state or '∅'}”, the one before ended at “{state}”."
        elif entry.version != version + 1:
            fault = f"Version {entry.version} follows {version}."
        frames.append(Frame(line_of(request, entry), fault))
        state, version = entry.to_state, entry.version
    return frames


def verdict_of(subject_type: str, subject_id: int, entries: list[AuditEntry]) -> str:
    """Say how the record differs from its trail; "" when it does not."""
    record = REGISTERED[subject_type]._default_manager.filter(pk=subject_id).first()
    if record is None:
        return "The record is gone, its trail is not."
    last = entries[-1]
    if len(entries) >= LONGEST_REPLAY:
        return f"Only the first {LONGEST_REPLAY:,} lines are shown; nothing was compared."
    if record.state != last.to_state:
        ends = state_label(subject_type, last.to_state)
        return f"The trail ends at “{ends}”; the record is “{record.state_label()}”."
    if record.version != last.version:
        return f"The trail ends at version {last.version}; the record has {record.version}."
    return ""
