"""Erasing a person's data: what goes and what stays is shown before anybody decides."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any, ClassVar, override

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from unfold.decorators import display

from backoffice.admin import columns
from backoffice.admin.acting import ActingAdmin
from backoffice.admin.base import BackofficeAdmin
from backoffice.admin.dialogs import DialogForm, dialog, reason_field
from backoffice.admin.filters import MomentRangeFilter, StateFilter
from backoffice.admin.steps import Button
from backoffice.admin.trail import trail_of
from domain.compliance.models import Erasure
from domain.compliance.unfinished import unfinished_of
from domain.customers.search import find_customers
from domain.flows.erasure import REQUEST, STAYS, goes_of, has_tax, request_erasure


class ErasureForm(DialogForm):
    title = "Erase this person's data"
    lead = (
        "Nothing is erased yet: a second person looks at what goes and what stays, and decides. "
        "After that nobody can bring it back."
    )
    submit = "Ask for the erasure"
    is_danger = True
    wide = True
    form_before_template = "admin/compliance/erasure_hindered.html"
    form_after_template = "admin/compliance/erasure_dialog.html"
    reason = reason_field("How the person asked for it", help_text="Such as the letter's day")

    @override
    def prepare(self) -> None:
        waiting = self.subject.erasures.filter(state="requested").first()
        if self.subject.erased_at or waiting:
            self.can_submit = False
            self.lead = "It waits for a second person." if waiting else "It was erased already."
            del self.fields["reason"]

    @override
    def get_before_template_context(
        self, request: HttpRequest, object_id: int | str | None = None
    ) -> dict[str, Any]:
        found = super().get_before_template_context(request, object_id)
        return found | foreseen(self.subject)


class ErasingMixin(ActingAdmin):
    @override
    def dialog_buttons(self, request: HttpRequest, record: Any) -> list[Button]:
        """What cannot be undone stands last, and says so."""
        found = super().dialog_buttons(request, record)
        erase = [replace(each, danger=True) for each in found if each.name == "erase_person"]
        others = [each for each in found if each.name != "erase_person"]
        return [*others, *([] if record.erased_at else erase)]

    @dialog(label="Erase…", right=REQUEST, form=ErasureForm, danger=True)
    def erase_person(self, request: HttpRequest, form: ErasureForm, object_id: str) -> HttpResponse:
        run = partial(
            request_erasure, customer_id=form.subject.pk, reason=form.cleaned_data["reason"]
        )
        said = "Asked for. Somebody else has to approve it."
        return self.perform(request, form, run, done=said, go_to=columns.page_url)


def foreseen(customer: Any) -> dict[str, Any]:
    """What an erasure would empty, what it would leave and why, and what hinders it."""
    stays = [each for each in STAYS if not each[0].startswith("PAN") or has_tax(customer.pk)]
    return {
        "goes": goes_of(customer),
        "stays": stays,
        "hindered": unfinished_of(customer.pk),
    }


@admin.register(Erasure)
class ErasureAdmin(BackofficeAdmin):
    list_display = ("who", "state_column", "asker", "asked_at")
    list_filter: ClassVar[Any] = (("state", StateFilter), ("requested_at", MomentRangeFilter))
    list_select_related = ("customer", "requested_by")
    page_related = ("customer", "requested_by", "decided_by")
    ordering = ("-requested_at", "-pk")
    search_fields = ("customer__last_name",)
    search_help_text = "Name, e-mail or phone of somebody not erased yet"
    steps = ("erase", "deny", "withdraw")
    record_template = "admin/compliance/erasure.html"
    empty_sentence = "Nobody asked to be erased. It begins on a customer's page."

    @override
    def find(self, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        return rows.filter(customer__in=find_customers(text).order_by().values("pk"))

    @display(description="Person", ordering="customer__last_name")
    def who(self, asked: Erasure) -> str:
        return str(asked.customer)

    @display(description="Asked by")
    def asker(self, asked: Erasure) -> SafeString:
        return columns.person(asked.requested_by, role=False)

    @display(description="Asked", ordering="requested_at")
    def asked_at(self, asked: Erasure) -> SafeString:
        return columns.when(asked.requested_at)

    @override
    def record_context(self, request: HttpRequest, record: Erasure) -> dict[str, Any]:
        return {
            **foreseen(record.customer),
            "buttons": self.buttons(request, record),
            "lines": trail_of(request, [record]),
        }
