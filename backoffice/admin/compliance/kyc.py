"""KYC: left the cases that wait, right the documents, who had a hand in it, and what is decided."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar, override

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from unfold.decorators import display

from backoffice.admin import columns
from backoffice.admin.compliance.documents import DocumentsAdmin
from backoffice.admin.dialogs import date_field
from backoffice.admin.filters import DayRangeFilter, MomentRangeFilter, StateFilter
from backoffice.admin.step_forms import StepForm
from backoffice.admin.trail import trail_of
from backoffice.resources.base import ListResource, field
from domain.compliance.models import DocumentKind, KycCase, KycState
from domain.compliance.models.kyc import NEEDED
from domain.compliance.operations.kyc import usual_end
from domain.customers.models import Customer
from domain.customers.search import find_customers

QUEUE_LENGTH = 100


class VerifyForm(StepForm):
    expires_on = date_field(
        "Verified until, not including", help_text="The usual time, or less when a paper ends."
    )
    field_order = ("expires_on", "reason")

    @override
    def prepare(self) -> None:
        super().prepare()
        self.initial["expires_on"] = usual_end(self.subject, at=self.at)

    @override
    def params(self) -> dict[str, Any]:
        asked = self.data.get("expires_on") if self.is_bound else None
        try:
            return {"expires_on": date.fromisoformat(str(asked)).isoformat()}
        except ValueError:
            return super().params()


class KycResource(ListResource):
    submitted = field("submitted_at", "Submitted")
    opened = field("opened_at", "Opened")
    until = field("expires_on", "Valid until")


@admin.register(KycCase)
class KycCaseAdmin(DocumentsAdmin):
    list_display = (
        "whose",
        "for_whom",
        "state_column",
        "papers",
        "opened",
        "submitted",
        "submitter",
        "until",
    )
    list_filter = (
        ("state", StateFilter),
        ("submitted_at", MomentRangeFilter),
        ("expires_on", DayRangeFilter),
    )
    list_select_related = ("customer", "nominee", "submitted_by")
    page_related = ("customer", "nominee", "submitted_by", "decided_by")
    ordering = ("-opened_at", "-pk")
    search_fields = ("customer__last_name",)
    search_help_text = "Name, e-mail or phone"
    steps = ("submit", "resubmit", "verify", "reject")
    step_forms: ClassVar[dict[str, type[StepForm]]] = {"verify": VerifyForm}
    resource_class = KycResource
    list_before_template = "admin/compliance/kyc_head.html"
    record_template = "admin/compliance/kyc.html"
    document_kinds = (
        DocumentKind.IDENTITY,
        DocumentKind.ADDRESS,
        DocumentKind.PAN_CARD,
        DocumentKind.PHOTOGRAPH,
        DocumentKind.OTHER,
    )
    empty_sentence = "No KYC yet: it is begun on the page of a customer."

    @override
    def get_queryset(self, request: HttpRequest) -> QuerySet[KycCase]:
        kept = Count("documents", filter=Q(documents__erased_at=None))
        rows: QuerySet[KycCase] = super().get_queryset(request).annotate(kept=kept)
        return rows

    @override
    def find(self, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        found = find_customers(text, Customer.objects.all())
        return rows.filter(Q(customer__in=found) | Q(nominee__full_name__icontains=text))

    @override
    def own_urls(self) -> list[URLPattern]:
        return [
            path("queue/", self.page(self.queue_view), name="kyc_queue"),
            *super().own_urls(),
        ]

    def queue_view(self, request: HttpRequest) -> HttpResponse:
        """Open the case that has waited longest."""
        self.require_view(request)
        first = _waiting().first()
        return redirect(columns.page_url(first) if first else self.url_of("changelist"))

    @override
    def leave(self, request: HttpRequest, record: Any) -> HttpResponse:
        """A decided case gives way to the next."""
        decided = record is not None and record.state == KycState.SUBMITTED
        after = _waiting().exclude(pk=record.pk).first() if decided else None
        if after is not None:
            return HttpResponse(headers={"HX-Redirect": columns.page_url(after)})
        return super().leave(request, record)

    @override
    def step_params(self, step: str, record: Any, at: datetime) -> dict[str, Any]:
        if step == "verify":
            return {"expires_on": usual_end(record, at=at).isoformat()}
        return super().step_params(step, record, at)

    @override
    def record_context(self, request: HttpRequest, record: Any) -> dict[str, Any]:
        kept = {each.kind for each in record.documents.filter(erased_at=None)}
        return {
            "title": str(record),
            "queue": list(_waiting()[:QUEUE_LENGTH]),
            "buttons": self.buttons(request, record),
            "needed": [(kind.label, kind in kept) for kind in NEEDED],
            "earlier": list(_of_the_same(record)[:20]),
            "lines": trail_of(request, [record]),
            **self.documents_context(request, record),
        }

    # --- Columns ----------------------------------------------------------------------------------

    @display(description="Person", ordering="customer__last_name")
    def whose(self, case: KycCase) -> str:
        return case.whose()

    @display(description="As")
    def for_whom(self, case: KycCase) -> SafeString | str:
        return "themselves" if case.nominee_id is None else f"nominee of {case.customer}"

    @display(description="Documents")
    def papers(self, case: Any) -> int:
        count: int = case.kept
        return count

    @display(description="Begun", ordering="opened_at")
    def opened(self, case: KycCase) -> SafeString:
        return columns.when(case.opened_at)

    @display(description="Submitted", ordering="submitted_at")
    def submitted(self, case: KycCase) -> SafeString:
        return columns.when(case.submitted_at)

    @display(description="By", ordering="submitted_by")
    def submitter(self, case: KycCase) -> SafeString:
        return columns.person(case.submitted_by, role=False)

    @display(description="Valid until", ordering="expires_on")
    def until(self, case: KycCase) -> SafeString:
        return columns.day(case.expires_on, line="vehicle", weekday=False)


def _waiting() -> QuerySet[KycCase]:
    rows = KycCase.objects.filter(state=KycState.SUBMITTED)
    return rows.select_related("customer", "nominee", "submitted_by").order_by("submitted_at", "pk")


def _of_the_same(case: KycCase) -> QuerySet[KycCase]:
    others = KycCase.objects.filter(customer=case.customer_id).exclude(pk=case.pk)
    return others.select_related("customer", "nominee").order_by("-opened_at")
