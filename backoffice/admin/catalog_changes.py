"""Catalog changes: looked at row by row, applied all or nothing, taken back as a whole."""

from __future__ import annotations

from functools import partial
from itertools import groupby
from typing import Any, ClassVar, override

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.decorators import display

from backoffice.access import holds, person
from backoffice.admin import columns
from backoffice.admin.base import BackofficeAdmin
from backoffice.admin.catalog_columns import TITLES
from backoffice.admin.dialogs import DialogForm, dialog, reason_field
from backoffice.admin.filters import StateFilter
from backoffice.admin.steps import Button
from domain.bookings.models import Booking, BookingState
from domain.catalog import operations
from domain.catalog.models import ChangeSet, ChangeSetRow, ChangeSetState
from domain.catalog.rules.words import Kind
from domain.staff.models import Staff

VIEW = "domain.view_catalog"
MOST_ROWS = 2_000
STAGES = ("File or form", "Differences", "Second person", "Applied")


class RevertForm(DialogForm):
    title = "Take this change back"
    lead = (
        "Prepares another change with the values from before. Nothing moves until that one is "
        "applied; what was changed again since is refused."
    )
    submit = "Prepare the reversal"
    reason = reason_field()


@admin.register(ChangeSet)
class ChangeSetAdmin(BackofficeAdmin):
    export_rights = ("domain.export_catalog",)
    steps: ClassVar[tuple[str, ...]] = ("apply", "submit", "discard")
    page_related = ("prepared_by", "decided_by", "reverts")
    list_display = ("number", "state_column", "source", "effect", "prepared", "when", "in_force")
    view_right = VIEW
    list_display_links = ("number",)
    list_select_related = ("prepared_by",)
    list_filter: ClassVar[list[Any]] = [("state", StateFilter), "source"]
    search_fields = ("file_name", "prepared_label", "effect_text")
    ordering = ("-id",)
    record_template = "backoffice/catalog/change.html"
    empty_sentence = "The catalog was never changed. Import a workbook to begin."

    # --- The list ---------------------------------------------------------------------------------

    @display(description="Change", ordering="id")
    def number(self, change: ChangeSet) -> str:
        return str(change)

    @display(description="What it does")
    def effect(self, change: ChangeSet) -> str:
        return change.effect_text

    @display(description="Prepared by", ordering="prepared_label")
    def prepared(self, change: ChangeSet) -> SafeString | str:
        if change.prepared_by is None:
            return change.prepared_label
        return columns.person(change.prepared_by, role=False)

    @display(description="Prepared", ordering="prepared_at")
    def when(self, change: ChangeSet) -> SafeString:
        return columns.when(change.prepared_at)

    @display(description="In force from", ordering="in_force_from")
    def in_force(self, change: ChangeSet) -> SafeString:
        return columns.when(change.in_force_from or change.effective_from)

    # --- One change -------------------------------------------------------------------------------

    @override
    def record_context(self, request: HttpRequest, record: ChangeSet) -> dict[str, Any]:
        rows = list(record.rows.all()[:MOST_ROWS])
        return {
            "title": str(record),
            "change": record,
            "unpaid": _unpaid(request) if _is_open(record) else None,
            "buttons": self.buttons(request, record),
            "groups": _grouped(rows),
            "more": max(record.rows.count() - len(rows), 0),
            "reversal": record.reversals.exclude(state=ChangeSetState.DISCARDED).last(),
            "stages": _stages(record),
            "expired": _is_open(record) and record.expires_at <= timezone.now(),
            "is_mine": record.prepared_by_id == person(request).pk,
        }

    @override
    def dialog_buttons(self, request: HttpRequest, record: ChangeSet) -> list[Button]:
        found = super().dialog_buttons(request, record)
        return found if record.state == ChangeSetState.APPLIED else []

    @override
    def buttons(self, request: HttpRequest, record: ChangeSet) -> list[Button]:
        """A change that needs nobody else is not put forward, and one that is over is over."""
        found = super().buttons(request, record)
        steps = {"apply", "submit", "discard"}
        if not _is_open(record):
            return [each for each in found if each.name not in steps]
        if not record.needs_approval or record.state == ChangeSetState.SUBMITTED:
            return [each for each in found if each.name != "submit"]
        return found

    @dialog(label="Revert…", right="domain.import_catalog", form=RevertForm, danger=True)
    def revert_change(self, request: HttpRequest, form: RevertForm, object_id: str) -> HttpResponse:
        run = partial(
            operations.prepare_reversal,
            change_set_id=form.subject.pk,
            reason=form.cleaned_data["reason"],
        )
        return self.perform(
            request,
            form,
            run,
            done=lambda made: f"{made} is prepared: look at it, then apply it.",
            go_to=columns.page_url,
        )


def _is_open(change: ChangeSet) -> bool:
    return change.state in {ChangeSetState.DRAFT, ChangeSetState.SUBMITTED}


def _unpaid(request: HttpRequest) -> SafeString | None:
    """The bookings that wait for payment at the price they were sold at: it stays theirs."""
    if not holds(request, "domain.view_booking"):
        return None
    waiting = Booking.objects.filter(state=BookingState.PENDING).count()
    return columns.related(waiting, "booking", state__exact=BookingState.PENDING.value)


def _stages(change: ChangeSet) -> list[tuple[str, bool]]:
    """Where a change stands on its way; a second person only where one is needed."""
    names = [each for each in STAGES if each != "Second person" or change.needs_approval]
    here = {
        ChangeSetState.DRAFT: "Differences",
        ChangeSetState.SUBMITTED: "Second person",
    }.get(ChangeSetState(change.state), "Applied")
    return [(name, name == here) for name in names]


def _grouped(rows: list[ChangeSetRow]) -> list[dict[str, Any]]:
    """Rows by kind, the changed ones before the new ones."""
    order = {kind: index for index, kind in enumerate(Kind)}
    rows.sort(key=lambda row: (order[Kind(row.kind)], row.is_new, row.position))
    return [
        {"title": TITLES[Kind(kind)], "rows": list(found)}
        for kind, found in groupby(rows, key=lambda row: row.kind)
    ]


def waiting_for(user: Staff) -> QuerySet[ChangeSet]:
    """The open changes that concern somebody: their drafts, and what waits for approval."""
    drafts = ChangeSet.objects.filter(
        state=ChangeSetState.DRAFT, prepared_by=user, expires_at__gt=timezone.now()
    )
    submitted = ChangeSet.objects.filter(state=ChangeSetState.SUBMITTED)
    return (drafts | submitted).order_by("-id")
