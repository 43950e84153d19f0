"""Payouts: the list, one payout with its worksheet, and the queue of those to decide."""

from __future__ import annotations

from functools import partial
from typing import Any, override
from uuid import uuid4

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import BooleanRadioFilter
from unfold.decorators import display
from unfold.widgets import UnfoldBooleanWidget

from backoffice.admin import columns
from backoffice.admin.approving import queue_page
from backoffice.admin.base import BackofficeAdmin
from backoffice.admin.dialogs import (
    AmountField,
    DialogForm,
    dialog,
    draw,
    reason_field,
    text_field,
)
from backoffice.admin.filters import MomentRangeFilter, StateFilter
from backoffice.admin.paying import payout_case
from backoffice.admin.steps import Button
from backoffice.admin.trail import trail_of
from backoffice.resources.base import ListResource, field, money
from domain.common.errors import InvalidInput
from domain.common.settings.queries import setting_at
from domain.network.models import Member
from domain.network.queries.members import find_members
from domain.network.rules.codes import normal_code
from domain.payouts.models import Payout
from domain.payouts.operations.requests import (
    MAY_BE_HELD,
    hold_payout,
    let_go,
    request_payout,
)

REQUEST, HOLD = "domain.request_payout", "domain.hold_payout"


class PayoutResource(ListResource):
    gross = money("amount_cents", "Gross")
    tds = money("tds_cents", "Tax withheld")
    emi = money("emi_cents", "Instalments")
    bank = money("bank_cents", "To the bank")
    asked = field("requested_at", "Asked for")


class AskForm(DialogForm):
    title = "Ask for a payout"
    lead = (
        "The amount is the gross: it leaves the wallet at once and is held. "
        "Another person decides, and sees the tax before."
    )
    submit = "Ask for the payout"

    code = text_field("Member's code", most=12)
    amount = AmountField(label="Amount in rupees", min_value=1)
    autofill = forms.BooleanField(
        label="The member wants due instalments paid from it first",
        required=False,
        widget=UnfoldBooleanWidget,
    )
    note = reason_field("Note", required=False)
    form_key = forms.UUIDField(widget=forms.HiddenInput)

    @override
    def prepare(self) -> None:
        self.initial |= {
            "form_key": uuid4(),
            "code": self.request.GET.get("code", "")[:12],
            "autofill": bool(setting_at("payout.autofill", timezone.now())),
        }

    def member(self) -> Member:
        """:raises InvalidInput: nobody has this code"""
        found = Member.objects.filter(code=normal_code(self.cleaned_data["code"])).first()
        if found is None:
            raise InvalidInput.of({"code": ["No member has this code."]})
        return found


class HoldForm(DialogForm):
    title = submit = "Put on hold"
    lead = "It goes nowhere until somebody lets it go; its money stays where it is."
    reason = reason_field()


class LetGoForm(DialogForm):
    title = submit = "Take off hold"
    reason = reason_field("What was found")


@admin.register(Payout)
class PayoutAdmin(BackofficeAdmin):
    list_display = (
        "number",
        "member_name",
        "gross",
        "tds",
        "emi",
        "bank",
        "state_column",
        "held",
        "asked",
        "who_asked",
    )
    list_filter = (
        ("state", StateFilter),
        ("on_hold", BooleanRadioFilter),
        ("requested_at", MomentRangeFilter),
    )
    list_select_related = ("member__customer", "requested_by")
    page_related = (
        "member__customer",
        "bank_account",
        "requested_by",
        "first_approved_by",
        "approved_by",
    )
    ordering = ("-requested_at", "-pk")
    search_fields = ("utr",)
    search_help_text = "Member's name, code, e-mail or phone, or the bank's reference"
    steps = ("approve", "endorse", "reject", "withdraw", "resend")
    bulk_steps = ("approve", "reject")
    resource_class = PayoutResource
    list_before_template = "admin/payouts/list_head.html"
    record_template = "admin/payouts/payout.html"
    empty_sentence = "Nobody has asked for a payout yet."

    @override
    def find(self, rows: QuerySet[Any], text: str) -> QuerySet[Any] | None:
        by_reference = rows.filter(utr=text.strip())
        members = find_members(text).order_by().values("pk")
        return by_reference if by_reference.exists() else rows.filter(member__in=members)

    @override
    def own_urls(self) -> list[URLPattern]:
        return [path("queue/", self.page(self.queue_view), name="payout_queue")]

    def queue_view(self, request: HttpRequest) -> HttpResponse:
        self.require_view(request)
        return queue_page(
            self,
            request,
            payout_case.queue_for(request, timezone.now()),
            title="Payouts to approve",
            refuse="reject",
            case_template="admin/payouts/case.html",
            empty="No payout waits for approval. "
            "One appears here when staff ask for a member's money.",
        )

    @override
    def record_context(self, request: HttpRequest, record: Payout) -> dict[str, Any]:
        buttons = self.buttons(request, record)
        items = record.batch_items.select_related("batch").order_by("pk")
        return {
            "record": record,
            "case": payout_case.case_of(request, record, timezone.now()),
            "buttons": buttons,
            "closed": next((b.sentence for b in buttons if b.name == "approve"), ""),
            "items": list(items),
            "records": list(record.tax_records.order_by("pk")),
            "lines": trail_of(request, [record]),
        }

    @override
    def dialog_buttons(self, request: HttpRequest, record: Any) -> list[Button]:
        """Only the one of the two that makes sense now."""
        hidden = {"hold"} if record.on_hold else {"let_go"}
        if record.state not in MAY_BE_HELD:
            hidden.add("hold")
        return [each for each in super().dialog_buttons(request, record) if each.name not in hidden]

    @dialog(label="Ask for a payout…", right=REQUEST, form=AskForm, place="list")
    def ask(self, request: HttpRequest, form: AskForm) -> HttpResponse:
        try:
            member = form.member()
        except InvalidInput as refusal:
            form.refuse(refusal)
            return draw(request, form)
        asked = form.cleaned_data
        run = partial(
            request_payout,
            member_id=member.pk,
            amount_cents=asked["amount"],
            autofill=asked["autofill"],
            note=asked["note"],
            form_key=asked["form_key"],
        )
        done = lambda made: f"{made} waits for approval; the amount is held."  # noqa: E731
        return self.perform(request, form, run, done=done, go_to=columns.page_url)

    @dialog(label="Hold…", right=HOLD, form=HoldForm)
    def hold(self, request: HttpRequest, form: HoldForm, object_id: str) -> HttpResponse:
        reason = form.cleaned_data["reason"]
        run = partial(hold_payout, payout_id=form.subject.pk, reason=reason)
        return self.perform(request, form, run, done=f"{form.subject} is on hold.")

    @dialog(label="Take off hold…", right=HOLD, form=LetGoForm)
    def let_go(self, request: HttpRequest, form: LetGoForm, object_id: str) -> HttpResponse:
        reason = form.cleaned_data["reason"]
        run = partial(let_go, payout_id=form.subject.pk, reason=reason)
        return self.perform(request, form, run, done=f"{form.subject} may go on.")

    @display(description="Payout")
    def number(self, payout: Payout) -> str:
        return f"Payout {payout.pk}"

    @display(description="Member")
    def member_name(self, payout: Payout) -> SafeString:
        return columns.page_link(payout.member, payout.member)

    @display(description="Gross", ordering="amount_cents", formatting="price")
    def gross(self, payout: Payout) -> SafeString:
        return columns.money(payout.amount_cents, payout.currency)

    @display(description="Tax", formatting="price")
    def tds(self, payout: Payout) -> SafeString:
        return columns.money(payout.tds_cents, payout.currency)

    @display(description="Instalments", formatting="price")
    def emi(self, payout: Payout) -> SafeString:
        return columns.money(payout.emi_cents, payout.currency)

    @display(description="To the bank", formatting="price")
    def bank(self, payout: Payout) -> SafeString:
        return columns.money(payout.bank_cents, payout.currency)

    @display(description="Hold", ordering="on_hold")
    def held(self, payout: Payout) -> SafeString:
        if not payout.on_hold:
            return columns.NOTHING
        return columns.badge("On hold", columns.Tone.NEEDS_YOU, title=payout.hold_reason)

    @display(description="Asked for", ordering="requested_at")
    def asked(self, payout: Payout) -> SafeString:
        return columns.when(payout.requested_at)

    @display(description="Asked by", ordering="requested_by")
    def who_asked(self, payout: Payout) -> SafeString:
        return columns.person(payout.requested_by, role=False)
