"""PANs: what was given, masked, verified by a second person, with everything before it."""

from __future__ import annotations

from typing import Any, ClassVar, override

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from unfold.decorators import display

from backoffice.admin import columns
from backoffice.admin.base import BackofficeAdmin
from backoffice.admin.compliance.revealing import UNMASK, RevealForm
from backoffice.admin.dialogs import DialogForm, date_field, dialog
from backoffice.admin.filters import ChoicesDropdownFilter, MomentRangeFilter, StateFilter
from backoffice.admin.step_forms import StepForm
from backoffice.admin.trail import trail_of
from backoffice.resources.base import ListResource, field
from domain.compliance.days import day_of
from domain.compliance.models import TaxIdentity
from domain.compliance.queries import same_pan
from domain.compliance.rules import SURNAME_DIFFERS, mask_pan
from domain.customers.models import Customer
from domain.customers.search import find_customers


class EndForm(StepForm):
    ended_on = date_field("Counts no longer from")
    field_order = ("ended_on", "reason")

    @override
    def prepare(self) -> None:
        super().prepare()
        self.initial["ended_on"] = day_of(self.at)

    @override
    def params(self) -> dict[str, Any]:
        asked = str(self.data.get("ended_on") or "") if self.is_bound else ""
        return {"ended_on": asked or day_of(self.at).isoformat()}


class RevealPan(RevealForm):
    what = "PAN"
    column = "pan"


class IdentityResource(ListResource):
    since = field("valid_from", "Counts from")
    until = field("ended_on", "Ended")
    recorded = field("recorded_at", "Recorded")


@admin.register(TaxIdentity)
class TaxIdentityAdmin(BackofficeAdmin):
    list_display = (
        "masked_pan",
        "whose",
        "state_column",
        "well_formed",
        "since",
        "until",
        "recorder",
        "recorded",
        "verifier",
    )
    list_filter = (
        ("state", StateFilter),
        ("status", ChoicesDropdownFilter),
        ("recorded_at", MomentRangeFilter),
    )
    list_select_related = ("customer", "recorded_by", "verified_by")
    page_related = ("customer", "recorded_by", "verified_by")
    ordering = ("-recorded_at", "-pk")
    search_fields = ("customer__last_name",)
    search_help_text = "Name, e-mail, phone or the whole PAN"
    steps = ("verify", "reject", "end")
    step_forms: ClassVar[dict[str, type[StepForm]]] = {"end": EndForm}
    resource_class = IdentityResource
    record_template = "admin/compliance/identity.html"
    empty_sentence = "No PAN yet: it is recorded on the page of a customer."

    @override
    def find(self, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        whole = rows.filter(pan="".join(text.split()).upper())
        people = rows.filter(customer__in=find_customers(text, Customer.objects.all()))
        return whole | people

    @override
    def record_context(self, request: HttpRequest, record: Any) -> dict[str, Any]:
        history = TaxIdentity.objects.filter(customer=record.customer_id)
        return {
            "buttons": self.buttons(request, record),
            "surname_differs": SURNAME_DIFFERS in record.warnings,
            "twins": list(same_pan(record)[:20]),
            "history": list(history.order_by("-valid_from", "-pk")),
            "lines": trail_of(request, [record]),
        }

    @dialog(label="Show in full", right=UNMASK, form=RevealPan, icon="visibility")
    def reveal(self, request: HttpRequest, form: DialogForm, object_id: str) -> HttpResponse:
        return self.leave(request, form.subject)

    # --- Columns ----------------------------------------------------------------------------------

    @display(description="PAN")
    def masked_pan(self, identity: TaxIdentity) -> str:
        return mask_pan(identity.pan)

    @display(description="Person", ordering="customer__last_name")
    def whose(self, identity: TaxIdentity) -> str:
        return identity.customer.full_name()

    @display(description="Form")
    def well_formed(self, identity: TaxIdentity) -> str:
        kind = f", {identity.holder.lower()}" if identity.holder else ""
        return f"{identity.get_status_display().lower()}{kind}"

    @display(description="Counts from", ordering="valid_from")
    def since(self, identity: TaxIdentity) -> SafeString:
        return columns.day(identity.valid_from, line="vehicle", weekday=False)

    @display(description="Ended", ordering="ended_on")
    def until(self, identity: TaxIdentity) -> SafeString:
        return columns.day(identity.ended_on, line="vehicle", weekday=False)

    @display(description="Recorded by", ordering="recorded_by")
    def recorder(self, identity: TaxIdentity) -> SafeString:
        return columns.person(identity.recorded_by, role=False)

    @display(description="Recorded", ordering="recorded_at")
    def recorded(self, identity: TaxIdentity) -> SafeString:
        return columns.when(identity.recorded_at)

    @display(description="Decided by", ordering="verified_by")
    def verifier(self, identity: TaxIdentity) -> SafeString:
        return columns.person(identity.verified_by, role=False)
