"""Deposits of tax: what is owed, drafted by one person, confirmed by another."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any, override

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.decorators import display

from backoffice.admin import columns
from backoffice.admin.base import BackofficeAdmin
from backoffice.admin.dialogs import (
    AmountField,
    DialogForm,
    choice_field,
    date_field,
    dialog,
    text_field,
)
from backoffice.admin.filters import DayRangeFilter, StateFilter
from backoffice.admin.trail import trail_of
from backoffice.resources.base import ListResource, field, money
from domain.common.money import show
from domain.payouts.models import Challan
from domain.payouts.operations.challans import draft_challan
from domain.payouts.queries.challans import Owing, owing
from domain.payouts.queries.days import tax_day

DRAFT = "domain.draft_challan"


class ChallanResource(ListResource):
    tds = money("tds_cents", "Tax")
    interest = money("interest_cents", "Interest")
    deposited = field("deposited_on", "Deposited")


class DraftForm(DialogForm):
    title = submit = "Draft a challan"
    what = choice_field("What it deposits")
    deposited_on = date_field("Deposited on")
    bsr_code = text_field("BSR code of the branch", most=7, help_text="Seven digits")
    serial = text_field("Challan serial", most=5, help_text="Five digits")
    interest = AmountField(label="Interest or late fee", required=False, min_value=0)

    @override
    def prepare(self) -> None:
        found = owing()
        self.fields["what"].choices = [(_key(each), _said(each)) for each in found]
        self.initial["deposited_on"] = tax_day(timezone.now())
        self.can_submit = bool(found)
        self.lead = "Another person confirms it, and only then is it in the books."
        if not found:
            self.lead = "All tax withheld is in a challan."


def _key(each: Owing) -> str:
    return f"{each.month:%Y-%m}|{each.section}|{each.payment_code}"


def _said(each: Owing) -> str:
    amount = show(each.tds_cents, "INR")
    return f"{each.month:%B %Y}, {each.section}: {amount}, due by {each.due_by:%d %b %Y}"


@admin.register(Challan)
class ChallanAdmin(BackofficeAdmin):
    list_display = (
        "number",
        "month_name",
        "code",
        "tds",
        "interest",
        "state_column",
        "deposited",
        "branch",
        "drafter",
    )
    list_filter = (("state", StateFilter), ("deposited_on", DayRangeFilter))
    list_select_related = ("drafted_by",)
    page_related = ("drafted_by", "confirmed_by")
    ordering = ("-deposited_on", "-pk")
    search_fields = ("bsr_code", "serial")
    steps = ("confirm", "discard")
    resource_class = ChallanResource
    list_before_template = "admin/tax/challans_head.html"
    record_template = "admin/tax/challan.html"
    empty_sentence = "No tax was deposited yet."

    @override
    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        today = tax_day(timezone.now())
        rows = [(each, each.due_by < today) for each in owing()]
        return super().changelist_view(request, {**(extra_context or {}), "owing": rows})

    @override
    def record_context(self, request: HttpRequest, record: Challan) -> dict[str, Any]:
        rows = record.allocations.select_related("record__member__customer").order_by("pk")
        return {
            "buttons": self.buttons(request, record),
            "rows": list(rows),
            "together": record.tds_cents + record.interest_cents,
            "lines": trail_of(request, [record]),
        }

    @dialog(label="Draft a challan…", right=DRAFT, form=DraftForm, place="list")
    def draft(self, request: HttpRequest, form: DraftForm) -> HttpResponse:
        told = form.cleaned_data
        month, section, code = told["what"].split("|")
        run = partial(
            draft_challan,
            month=date.fromisoformat(f"{month}-01"),
            section=section,
            payment_code=code,
            bsr_code=told["bsr_code"],
            serial=told["serial"],
            deposited_on=told["deposited_on"],
            interest_cents=told["interest"] or 0,
        )
        done = lambda made: f"{made} waits for a second person."  # noqa: E731
        return self.perform(request, form, run, done=done, go_to=columns.page_url)

    @display(description="Challan")
    def number(self, challan: Challan) -> str:
        return f"Challan {challan.pk}"

    @display(description="For", ordering="month")
    def month_name(self, challan: Challan) -> str:
        return f"{challan.month:%B %Y}"

    @display(description="Section, code")
    def code(self, challan: Challan) -> str:
        return f"{challan.section}, {challan.payment_code}"

    @display(description="Tax", ordering="tds_cents", formatting="price")
    def tds(self, challan: Challan) -> SafeString:
        return columns.money(challan.tds_cents, "INR")

    @display(description="Interest", formatting="price")
    def interest(self, challan: Challan) -> SafeString:
        return columns.money(challan.interest_cents, "INR")

    @display(description="Deposited", ordering="deposited_on")
    def deposited(self, challan: Challan) -> SafeString:
        return columns.day(challan.deposited_on, line="vehicle", weekday=False)

    @display(description="BSR, serial")
    def branch(self, challan: Challan) -> str:
        return f"{challan.bsr_code}, {challan.serial}"

    @display(description="Drafted by")
    def drafter(self, challan: Challan) -> SafeString:
        return columns.person(challan.drafted_by, role=False)
