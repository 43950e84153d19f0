"""The register: papers a direct seller has to have, how long they hold, and what they gate."""

from __future__ import annotations

from functools import partial
from typing import Any, override

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.decorators import display

from backoffice.admin import columns
from backoffice.admin.compliance.documents import DocumentsAdmin
from backoffice.admin.dialogs import DialogForm, choice_field, date_field, dialog, text_field
from backoffice.admin.filters import ChoicesDropdownFilter, DayRangeFilter, StateFilter
from backoffice.admin.trail import trail_of
from backoffice.resources.base import ListResource, field
from domain.compliance.days import day_of
from domain.compliance.models import ComplianceDocument, DocumentKind, Gate, RegisterKind
from domain.compliance.operations.register import KEEP, register_document
from domain.compliance.queries import standing_of

LONGEST_TITLE, LONGEST_NUMBER = 120, 60


class RegisterForm(DialogForm):
    title = "Register a document"
    lead = "Its copy is added on its page. A renewal is a document of its own."
    submit = "Register"
    kind = choice_field("What it is", RegisterKind.choices)
    name = text_field("Title", most=LONGEST_TITLE)
    number = text_field("Number or reference", required=False, most=LONGEST_NUMBER)
    valid_from = date_field("Valid from")
    valid_until = date_field(
        "Valid until, including", required=False, help_text="Empty when it has no end."
    )
    gates = choice_field(
        "Needed for",
        Gate.choices,
        required=False,
        help_text="Without a valid document of this kind, that does not go on.",
    )

    @override
    def field_of(self, name: str) -> str | None:
        return super().field_of("name" if name == "title" else name)


class RegisterResource(ListResource):
    since = field("valid_from", "Valid from")
    until = field("valid_until", "Valid until")


@admin.register(ComplianceDocument)
class ComplianceDocumentAdmin(DocumentsAdmin):
    list_display = (
        "title",
        "kind_label",
        "number",
        "whose",
        "state_column",
        "since",
        "until",
        "left",
        "needed_for",
    )
    list_filter = (
        ("state", StateFilter),
        ("kind", ChoicesDropdownFilter),
        ("gates", ChoicesDropdownFilter),
        ("valid_until", DayRangeFilter),
    )
    linked_lookups = ("reminded_on",)
    list_select_related = ("customer",)
    page_related = ("customer", "registered_by")
    ordering = ("valid_until", "-pk")
    search_fields = ("title", "number")
    steps = ("withdraw",)
    resource_class = RegisterResource
    list_before_template = "admin/compliance/register_head.html"
    record_template = "admin/compliance/paper.html"
    document_kinds = (DocumentKind.REGISTERED, DocumentKind.AGREEMENT, DocumentKind.OTHER)
    empty_sentence = "No document is registered yet."

    @override
    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        standing = standing_of(day_of(timezone.now()))
        return super().changelist_view(request, {**(extra_context or {}), "standing": standing})

    @override
    def record_context(self, request: HttpRequest, record: Any) -> dict[str, Any]:
        same = ComplianceDocument.objects.filter(kind=record.kind, customer=record.customer_id)
        return {
            "buttons": self.buttons(request, record),
            "days_left": _days_left(record),
            "others": list(same.exclude(pk=record.pk).order_by("-valid_from")[:20]),
            "lines": trail_of(request, [record]),
            **self.documents_context(request, record),
        }

    @dialog(label="Register a document…", right=KEEP, form=RegisterForm, icon="add", place="list")
    def register_document(self, request: HttpRequest, form: RegisterForm) -> HttpResponse:
        asked = form.cleaned_data
        run = partial(
            register_document,
            kind=asked["kind"],
            title=asked["name"],
            number=asked["number"],
            valid_from=asked["valid_from"],
            valid_until=asked["valid_until"],
            gates=asked["gates"],
        )
        return self.perform(
            request,
            form,
            run,
            done=lambda made: f"“{made}” is registered; add its copy.",
            go_to=columns.page_url,
        )

    # --- Columns ----------------------------------------------------------------------------------

    @display(description="Kind", ordering="kind")
    def kind_label(self, paper: ComplianceDocument) -> str:
        return paper.get_kind_display()

    @display(description="Whose", ordering="customer")
    def whose(self, paper: ComplianceDocument) -> str:
        return paper.customer.full_name() if paper.customer else "the business"

    @display(description="Valid from", ordering="valid_from")
    def since(self, paper: ComplianceDocument) -> SafeString:
        return columns.day(paper.valid_from, line="vehicle", weekday=False)

    @display(description="Valid until", ordering="valid_until")
    def until(self, paper: ComplianceDocument) -> SafeString | str:
        if paper.valid_until is None:
            return "no end"
        return columns.day(paper.valid_until, line="vehicle", weekday=False)

    @display(description="Days left", ordering="valid_until")
    def left(self, paper: ComplianceDocument) -> SafeString | str:
        days = _days_left(paper)
        if days is None or paper.state != "valid":
            return columns.NOTHING
        soon = paper.reminded_on is not None
        return columns.badge(f"{days} d", columns.Tone.NEEDS_YOU) if soon else f"{days} d"

    @display(description="Needed for", ordering="gates")
    def needed_for(self, paper: ComplianceDocument) -> str:
        return paper.get_gates_display()


def _days_left(paper: ComplianceDocument) -> int | None:
    if paper.valid_until is None:
        return None
    return (paper.valid_until - day_of(timezone.now())).days
