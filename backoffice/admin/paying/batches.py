"""Payout batches: made by one person, their file, released by another."""

from __future__ import annotations

from typing import Any, override

from django.contrib import admin
from django.db.models import Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.decorators import display

from backoffice.access import person, require
from backoffice.admin import columns
from backoffice.admin.base import BackofficeAdmin
from backoffice.admin.dialogs import DialogForm, dialog
from backoffice.admin.filters import MomentRangeFilter, StateFilter
from backoffice.admin.trail import trail_of
from backoffice.resources.base import ListResource, field
from domain.common.money import show
from domain.common.staff_actions import log_action
from domain.payouts.bank_files import columns_at
from domain.payouts.models import PayoutBatch
from domain.payouts.operations.batches import make_batch, ready_to_go

MAKE, VIEW = "domain.make_payout_batch", "domain.view_payoutbatch"


class BatchResource(ListResource):
    made = field("made_at", "Made")
    released = field("released_at", "Released")


class MakeForm(DialogForm):
    title = submit = "Make a batch"

    @override
    def prepare(self) -> None:
        ready = ready_to_go()
        count = ready.count()
        total = ready.aggregate(total=Sum("bank_cents"))["total"] or 0
        self.can_submit = count > 0
        columns = ", ".join(columns_at(timezone.now()))
        ready_words = f"{count} approved payouts of {show(total, 'INR')} together go into it."
        others = f"Its file has the columns {columns}; others are proposed under Business settings."
        none = "No payout is ready: none is approved, not held and in no batch."
        self.lead = f"{ready_words} {others}" if count else none


@admin.register(PayoutBatch)
class PayoutBatchAdmin(BackofficeAdmin):
    list_display = ("number", "total", "state_column", "made", "maker", "released", "releaser")
    list_filter = (("state", StateFilter), ("made_at", MomentRangeFilter))
    list_select_related = ("made_by", "released_by")
    page_related = ("made_by", "released_by")
    ordering = ("-made_at", "-pk")
    steps = ("make_file", "release", "discard")
    resource_class = BatchResource
    record_template = "admin/payouts/batch.html"
    empty_sentence = "No batch yet: approved payouts go to the bank in one."

    @override
    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("file")

    @override
    def own_urls(self) -> list[URLPattern]:
        file = self.page(self.file_view)
        return [path("<int:object_id>/file/", file, name="payout_batch_file")]

    @override
    def record_context(self, request: HttpRequest, record: PayoutBatch) -> dict[str, Any]:
        items = record.items.select_related("payout__member__customer", "payout__bank_account")
        return {
            "buttons": self.buttons(request, record),
            "items": list(items.order_by("number")),
            "lines": trail_of(request, [record]),
        }

    def file_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """The bank's file as it was made; each download is noted."""
        require(request, VIEW)
        batch = PayoutBatch.objects.filter(pk=object_id).first()
        if batch is None or batch.file is None:
            raise Http404("This batch has no file.")
        log_action(
            action="export",
            staff=person(request),
            at=timezone.now(),
            subject=str(batch),
            facts={"sha256": batch.sha256, "file": batch.file_name},
        )
        return HttpResponse(
            bytes(batch.file),
            content_type="text/csv; charset=utf-8",
            headers={
                "Content-Disposition": f'attachment; filename="{batch.file_name}"',
                "X-Content-Type-Options": "nosniff",
            },
        )

    @dialog(label="Make a batch…", right=MAKE, form=MakeForm, place="list")
    def make(self, request: HttpRequest, form: MakeForm) -> HttpResponse:
        done = lambda made: f"{made} is made; make its file next."  # noqa: E731
        return self.perform(request, form, make_batch, done=done, go_to=columns.page_url)

    @display(description="Batch")
    def number(self, batch: PayoutBatch) -> str:
        return str(batch)

    @display(description="Together", ordering="total_cents", formatting="price")
    def total(self, batch: PayoutBatch) -> SafeString:
        return columns.money(batch.total_cents, "INR")

    @display(description="Made", ordering="made_at")
    def made(self, batch: PayoutBatch) -> SafeString:
        return columns.when(batch.made_at)

    @display(description="Made by")
    def maker(self, batch: PayoutBatch) -> SafeString:
        return columns.person(batch.made_by, role=False)

    @display(description="Released", ordering="released_at")
    def released(self, batch: PayoutBatch) -> SafeString:
        return columns.when(batch.released_at)

    @display(description="Released by")
    def releaser(self, batch: PayoutBatch) -> SafeString:
        return columns.person(batch.released_by, role=False)
