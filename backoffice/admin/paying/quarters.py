"""Tax quarters: open, locked by one person, filed by another, corrected."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, override

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.decorators import display

from backoffice.access import person, require
from backoffice.admin import columns
from backoffice.admin.base import BackofficeAdmin
from backoffice.admin.dialogs import DialogForm, dialog, reason_field, text_field
from backoffice.admin.filters import StateFilter
from backoffice.admin.steps import Button
from backoffice.admin.trail import trail_of
from domain.common.issuer import issuer
from domain.common.staff_actions import log_action
from domain.common.workflow import why_not
from domain.payouts.models import QuarterState, TaxQuarter, TaxStatement
from domain.payouts.operations.quarters import correct_quarter, file_quarter
from domain.payouts.queries.challans import undeposited_sentence
from domain.payouts.queries.register import quarter_sums
from domain.payouts.rules.calendar import Quarter
from domain.payouts.rules.law import law_on
from domain.payouts.statements import statement_of

VIEW, FILE = "domain.view_taxquarter", "domain.file_tax_quarter"
SHOWN_BY = {"file_it": (QuarterState.LOCKED,), "correct_it": ("filed", "corrected")}


class FileForm(DialogForm):
    """Says what still stands against filing before anything is typed."""

    step = "file"
    title = submit = "Note it as filed"
    lead = "The statement of this moment is kept, to the byte."
    acknowledgement = text_field("Acknowledgement number", most=40)

    @override
    def prepare(self) -> None:
        answer = why_not(
            self.subject,
            self.step,
            actor=person(self.request),
            at=timezone.now(),
            params={"acknowledgement": "to come"},
        )
        self.can_submit = answer.allowed
        self.lead = answer.sentence() or self.lead


class CorrectForm(FileForm):
    step = "correct"
    title = submit = "Note a correction"
    lead = "It has the PANs that are known now; what was filed before stays beside it."
    reason = reason_field()


@admin.register(TaxQuarter)
class TaxQuarterAdmin(BackofficeAdmin):
    list_display = (
        "name",
        "form_name",
        "register",
        "ledger",
        "state_column",
        "due",
        "acknowledgement",
    )
    list_filter = (("state", StateFilter),)
    ordering = ("-year", "-number")
    page_related = ("locked_by", "filed_by")
    # Filing asks for a number and has a dialog of its own.
    steps = ("lock",)
    record_template = "admin/tax/quarter.html"
    empty_sentence = "A quarter appears with the first deduction in it."

    @override
    def own_urls(self) -> list[URLPattern]:
        draft, filed = self.page(self.draft_view), self.page(self.filed_view)
        return [
            path("<int:object_id>/statement/", draft, name="tax_quarter_statement"),
            path("<int:object_id>/filed/<int:statement_id>/", filed, name="tax_quarter_filed"),
        ]

    @override
    def record_context(self, request: HttpRequest, record: TaxQuarter) -> dict[str, Any]:
        return {
            "buttons": self.buttons(request, record),
            "sums": quarter_sums(record.year, record.number),
            "undeposited": undeposited_sentence(record.year, record.number),
            "deductor": issuer(),
            "due": Quarter(record.year, record.number).statement_by,
            "form": law_on(record.starts_on).form,
            "statements": list(record.statements.all()),
            "lines": trail_of(request, [record]),
        }

    @override
    def dialog_buttons(self, request: HttpRequest, record: Any) -> list[Button]:
        found = super().dialog_buttons(request, record)
        return [each for each in found if record.state in SHOWN_BY.get(each.name, ())]

    def draft_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """The statement as it would be filed now."""
        require(request, VIEW)
        quarter = TaxQuarter.objects.filter(pk=object_id).first()
        if quarter is None:
            raise Http404("There is no such quarter.")
        filed = quarter.state in {QuarterState.FILED, QuarterState.CORRECTED}
        made = statement_of(quarter, timezone.now(), corrected=filed)
        return self._download(request, made.name, made.content)

    def filed_view(self, request: HttpRequest, object_id: int, statement_id: int) -> HttpResponse:
        """A statement as it was filed."""
        require(request, VIEW)
        kept = TaxStatement.objects.filter(pk=statement_id, quarter=object_id).first()
        if kept is None:
            raise Http404("There is no such statement.")
        return self._download(request, kept.file_name, bytes(kept.content))

    def _download(self, request: HttpRequest, name: str, content: bytes) -> HttpResponse:
        log_action(action="export", staff=person(request), at=timezone.now(), subject=name)
        return HttpResponse(
            content,
            content_type="text/csv; charset=utf-8",
            headers={
                "Content-Disposition": f'attachment; filename="{name}"',
                "X-Content-Type-Options": "nosniff",
            },
        )

    @dialog(label="Filed…", right=FILE, form=FileForm)
    def file_it(self, request: HttpRequest, form: FileForm, object_id: str) -> HttpResponse:
        number = form.cleaned_data["acknowledgement"]
        run = partial(file_quarter, quarter_id=form.subject.pk, acknowledgement=number)
        return self.perform(request, form, run, done=f"{form.subject} is noted as filed.")

    @dialog(label="Corrected…", right=FILE, form=CorrectForm)
    def correct_it(self, request: HttpRequest, form: CorrectForm, object_id: str) -> HttpResponse:
        run = partial(
            correct_quarter,
            quarter_id=form.subject.pk,
            acknowledgement=form.cleaned_data["acknowledgement"],
            reason=form.cleaned_data["reason"],
        )
        return self.perform(request, form, run, done=f"The correction of {form.subject} is kept.")

    @display(description="Quarter", ordering="starts_on")
    def name(self, quarter: TaxQuarter) -> str:
        return str(quarter)

    @display(description="Form")
    def form_name(self, quarter: TaxQuarter) -> str:
        return law_on(quarter.starts_on).form

    @override
    def prepare_rows(self, request: HttpRequest, rows: Sequence[Any]) -> None:
        for row in rows:
            row.sums = quarter_sums(row.year, row.number)

    @display(description="Register", formatting="price")
    def register(self, quarter: Any) -> SafeString:
        return columns.money(quarter.sums.register_cents, "INR")

    @display(description="Ledger", formatting="price")
    def ledger(self, quarter: Any) -> SafeString:
        return columns.money(quarter.sums.ledger_cents, "INR")

    @display(description="Statement due")
    def due(self, quarter: TaxQuarter) -> SafeString:
        day = Quarter(quarter.year, quarter.number).statement_by
        return columns.day(day, line="vehicle", weekday=False)
