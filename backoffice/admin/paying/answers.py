"""The bank's answer: uploaded, reviewed line by line, applied as shown."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import partial
from typing import Any, override

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.decorators import display
from unfold.widgets import UnfoldAdminFileFieldWidget

from backoffice.access import require
from backoffice.admin import columns
from backoffice.admin.base import BackofficeAdmin
from backoffice.admin.dialogs import DialogForm, dialog
from backoffice.admin.filters import MomentRangeFilter, StateFilter
from backoffice.admin.page import page
from backoffice.admin.plain_forms import PlainForm
from backoffice.admin.steps import Button
from backoffice.admin.trail import trail_of
from domain.common.errors import DomainError
from domain.flows.bank_answers import apply_answer, prepare_answer
from domain.payouts.models import AnswerState, BankAnswer, Planned
from domain.payouts.rules.answers import MOST_BYTES

IMPORT = "domain.import_bank_answer"
NAME_LENGTH = 120
TONES = {
    Planned.COMPLETE: columns.Tone.GOOD,
    Planned.FAIL: columns.Tone.NEEDS_YOU,
    Planned.BOUNCE: columns.Tone.NEEDS_YOU,
    Planned.LOSE: columns.Tone.WAITING,
    Planned.NOTHING: columns.Tone.STOPPED,
    Planned.PROBLEM: columns.Tone.NEEDS_YOU,
}


class UploadForm(PlainForm):
    file = forms.FileField(
        label="The bank's file (CSV)",
        help_text="With the columns reference and status, and utr and reason where the bank "
        "has them. At most 2 MB.",
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ".csv"}),
    )
    wide = ("file",)


class ApplyForm(DialogForm):
    submit = "Apply as shown"
    digest = forms.CharField(widget=forms.HiddenInput, max_length=64)

    @override
    def prepare(self) -> None:
        self.title = f"Apply: {self.subject}"
        told = _told(self.subject)
        self.lead = f"{told}. Each line by itself: one that changed meanwhile is left."
        self.initial |= {"digest": self.subject.digest}


def _told(answer: BankAnswer) -> str:
    counted = Counter(answer.lines.values_list("planned", flat=True))
    told = sorted((Planned(name).label.lower(), count) for name, count in counted.items())
    return "; ".join(f"{count} × {label}" for label, count in told)


@admin.register(BankAnswer)
class BankAnswerAdmin(BackofficeAdmin):
    list_display = ("number", "file_name", "state_column", "uploaded", "uploader")
    list_filter = (("state", StateFilter), ("uploaded_at", MomentRangeFilter))
    list_select_related = ("uploaded_by",)
    page_related = ("uploaded_by", "applied_by")
    ordering = ("-uploaded_at", "-pk")
    # Applying has a dialog of its own: the bare step would leave its lines.
    steps = ("discard",)
    list_before_template = "admin/payouts/answers_head.html"
    record_template = "admin/payouts/answer.html"
    empty_sentence = "No answer of the bank was imported yet."

    @override
    def own_urls(self) -> list[URLPattern]:
        return [path("import/", self.page(self.import_view), name="bank_answer_import")]

    def import_view(self, request: HttpRequest) -> HttpResponse:
        actor = require(request, IMPORT)
        sent = request.method == "POST"
        form = UploadForm(request.POST, request.FILES) if sent else UploadForm()
        if sent and form.is_valid():
            upload = form.cleaned_data["file"]
            try:
                answer = prepare_answer(
                    # One byte more than allowed is enough to be refused for its size.
                    content=upload.read(MOST_BYTES + 1),
                    file_name=str(upload.name)[-NAME_LENGTH:],
                    actor=actor,
                    at=timezone.now(),
                )
            except DomainError as refusal:
                form.refuse(refusal)
            else:
                messages.info(request, "Nothing is changed yet. Look at the lines, then apply.")
                return HttpResponseRedirect(columns.page_url(answer))
        context = self.page_context(request, title="Import the bank's answer", form=form)
        return page(request, "admin/payouts/import.html", **context)

    @override
    def record_context(self, request: HttpRequest, record: BankAnswer) -> dict[str, Any]:
        lines = record.lines.select_related("item__payout__member__customer").order_by("number")
        rows = [(line, Planned(line.planned).label, TONES[Planned(line.planned)]) for line in lines]
        counted = Counter(label for _, label, _ in rows)
        return {
            "buttons": self.buttons(request, record),
            "rows": rows,
            "counted": sorted(counted.items()),
            "lines": trail_of(request, [record]),
        }

    @override
    def dialog_buttons(self, request: HttpRequest, record: Any) -> list[Button]:
        if record.state != AnswerState.PREPARED:
            return []
        return [replace(each, primary=True) for each in super().dialog_buttons(request, record)]

    @override
    def buttons(self, request: HttpRequest, record: Any) -> list[Button]:
        """What people come for stands first."""
        return sorted(super().buttons(request, record), key=lambda each: not each.primary)

    @dialog(label="Apply…", right=IMPORT, form=ApplyForm)
    def apply(self, request: HttpRequest, form: ApplyForm, object_id: str) -> HttpResponse:
        digest = form.cleaned_data["digest"]
        run = partial(apply_answer, answer_id=form.subject.pk, digest=digest)
        done = lambda answer: f"{answer} is {answer.state_label().lower()}: {_told(answer)}."  # noqa: E731
        return self.perform(request, form, run, done=done)

    @display(description="Answer")
    def number(self, answer: BankAnswer) -> str:
        return str(answer)

    @display(description="Uploaded", ordering="uploaded_at")
    def uploaded(self, answer: BankAnswer) -> SafeString:
        return columns.when(answer.uploaded_at)

    @display(description="Uploaded by")
    def uploader(self, answer: BankAnswer) -> SafeString:
        return columns.person(answer.uploaded_by, role=False)
