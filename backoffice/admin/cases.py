"""Money without a home and discrepancies: left the queue, right both sides and what to do."""

from __future__ import annotations

from functools import partial
from typing import Any, override

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.decorators import display

from backoffice.admin import case_view, columns
from backoffice.admin.base import BackofficeAdmin
from backoffice.admin.dialogs import DialogForm, dialog, reason_field, text_field
from backoffice.admin.doors import numbered
from backoffice.admin.filters import ChoicesDropdownFilter, MomentRangeFilter, StateFilter
from backoffice.admin.page import fragment
from backoffice.admin.trail import trail_of
from backoffice.resources.base import ListResource, field, money
from domain.flows import cases, deposits
from domain.flows.proposals import draft_proposal
from domain.payments.models import CaseState, MoneyCase
from domain.payments.operations.cases import take_case

RESOLVE = cases.RESOLVE


class CaseResource(ListResource):
    amount = money("amount_cents", "Amount")
    opened = field("opened_at", "Opened")
    told = field("sentence", "What happened")


class TakeForm(DialogForm):
    title = "Take this case"
    lead = "It becomes yours; colleagues see that you work on it."
    submit = "Take it"


class ResolutionForm(DialogForm):
    """A way to resolve a case; its effect is told before it is done."""

    way: str = ""
    reason = reason_field()

    @override
    def prepare(self) -> None:
        self.title = self.submit
        ways = {
            each.name: each
            for each in case_view.resolutions(self.request, self.subject, timezone.now())
        }
        way = ways.get(self.way)
        self.can_submit = way is not None and not way.why
        if way is None:
            self.lead = "This case is not resolved in this way."
        else:
            self.lead = way.why or f"{' '.join(way.sentences)}"


class ReactivateForm(ResolutionForm):
    way, submit = "reactivate", "Reactivate the booking"


class MoveForm(ResolutionForm):
    way, submit = "move", "Move to a booking"

    booking_number = text_field("Booking number", most=12, help_text="As much must be due on it.")
    field_order = ("booking_number", "reason")


class RefundForm(ResolutionForm):
    way, submit = "refund", "Request a refund"


class DepositForm(ResolutionForm):
    way, submit = "deposit", "Send it back"


class MoveDepositForm(MoveForm):
    way = "move_deposit"


class WalletForm(ResolutionForm):
    way, submit = "wallet", "Keep it for the buyer"


class CloseForm(ResolutionForm):
    way, submit = "close", "Close the case"


class ProposeForm(ResolutionForm):
    way, submit = "propose", "Draft the proposed entry"


class ReopenForm(ResolutionForm):
    way, submit = "reopen", "Open the case again"


@admin.register(MoneyCase)
class MoneyCaseAdmin(BackofficeAdmin):
    list_display = (
        "kind_label",
        "told",
        "amount",
        "state_column",
        "owner_name",
        "opened",
        "booking_link",
    )
    list_filter = (
        ("state", StateFilter),
        ("kind", ChoicesDropdownFilter),
        ("opened_at", MomentRangeFilter),
    )
    list_select_related = ("booking", "owner")
    page_related = ("booking__customer", "booking__guest", "payment", "owner")
    ordering = ("state", "opened_at", "pk")
    search_fields = ("booking__number", "sentence")
    # Each way to resolve a case has a dialog of its own; the bare step would leave its money.
    steps = ()
    resource_class = CaseResource
    list_before_template = "admin/cases/list_head.html"
    record_template = "admin/cases/case.html"
    empty_sentence = (
        "All money has a home: late, surplus or unexplained money and every difference with "
        "Stripe would be a case here."
    )

    @override
    def own_urls(self) -> list[URLPattern]:
        return [
            path("queue/", self.page(self.queue_view), name="case_queue"),
            path("<int:object_id>/sides/", self.page(self.sides_view), name="case_sides"),
        ]

    def queue_view(self, request: HttpRequest) -> HttpResponse:
        """Open the oldest case that nobody has taken, else the oldest."""
        self.require_view(request)
        waiting = MoneyCase.objects.filter(state=CaseState.OPEN).order_by("opened_at", "pk")
        first = waiting.filter(owner=None).first() or waiting.first()
        return redirect(columns.page_url(first) if first else self.url_of("changelist"))

    @override
    def record_context(self, request: HttpRequest, record: Any) -> dict[str, Any]:
        now = timezone.now()
        queue = MoneyCase.objects.filter(state=CaseState.OPEN).select_related("owner", "booking")
        return {
            "queue": list(queue.order_by("opened_at", "pk")[: case_view.QUEUE_LENGTH]),
            "ways": case_view.resolutions(request, record, now),
            "take_url": self.url_of("take", record.pk) if self._may_take(request, record) else "",
            "sides": case_view.sides_of(record),
            "candidates": case_view.candidates(record),
            "refunds": list(record.refunds.order_by("-pk")),
            "lines": trail_of(request, [record]),
        }

    def _may_take(self, request: HttpRequest, case: MoneyCase) -> bool:
        mine = case.owner_id == request.user.pk
        return case.state == CaseState.OPEN and not mine and request.user.has_perm(RESOLVE)

    def sides_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Both sides again, with what Stripe says now. Reads only, and holds no lock meanwhile."""
        self.require_view(request)
        case = self.subject(request, object_id)
        if case is None:
            raise Http404("There is no such case.")
        told, trouble = case_view.ask_stripe(case)
        return fragment(
            request,
            "admin/cases/sides.html",
            sides=case_view.sides_of(case, told),
            trouble=trouble,
            asked=True,
            record=case,
        )

    # --- What can be done -------------------------------------------------------------------------

    @dialog(label="Take", right=RESOLVE, form=TakeForm)
    def take(self, request: HttpRequest, form: TakeForm, object_id: str) -> HttpResponse:
        work = partial(take_case, case_id=int(object_id))
        return self.perform(request, form, work, done="The case is yours.")

    @dialog(label="Reactivate", right=cases.REACTIVATE, form=ReactivateForm)
    def reactivate(self, request: HttpRequest, form: DialogForm, object_id: str) -> HttpResponse:
        work = partial(cases.reactivate_with_money, case_id=int(object_id), reason=_why(form))
        return self.perform(request, form, work, done=_resolved)

    @dialog(label="Move", right=RESOLVE, form=MoveForm)
    def move(self, request: HttpRequest, form: DialogForm, object_id: str) -> HttpResponse:
        number = form.cleaned_data["booking_number"]
        work = partial(
            cases.move_money, case_id=int(object_id), booking_number=number, reason=_why(form)
        )
        return self.perform(request, form, work, done=_resolved)

    @dialog(label="Refund", right=RESOLVE, form=RefundForm)
    def refund(self, request: HttpRequest, form: DialogForm, object_id: str) -> HttpResponse:
        work = partial(cases.refund_money, case_id=int(object_id), reason=_why(form))
        said = "{} requested; another person approves it."
        return self.perform(request, form, work, done=said.format)

    @dialog(label="Send back", right=RESOLVE, form=DepositForm)
    def deposit(self, request: HttpRequest, form: DialogForm, object_id: str) -> HttpResponse:
        work = partial(deposits.send_deposit_back, case_id=int(object_id), reason=_why(form))
        return self.perform(request, form, work, done=_resolved)

    @dialog(label="Move the deposit", right=RESOLVE, form=MoveDepositForm)
    def move_deposit(self, request: HttpRequest, form: DialogForm, object_id: str) -> HttpResponse:
        number = form.cleaned_data["booking_number"]
        work = partial(
            deposits.move_deposit, case_id=int(object_id), booking_number=number, reason=_why(form)
        )
        return self.perform(request, form, work, done=_resolved)

    @dialog(label="Keep for the buyer", right=RESOLVE, form=WalletForm)
    def wallet(self, request: HttpRequest, form: DialogForm, object_id: str) -> HttpResponse:
        work = partial(deposits.keep_for_member, case_id=int(object_id), reason=_why(form))
        return self.perform(request, form, work, done=_resolved)

    @dialog(label="Close", right=RESOLVE, form=CloseForm, danger=True)
    def close(self, request: HttpRequest, form: DialogForm, object_id: str) -> HttpResponse:
        work = partial(cases.close_case, case_id=int(object_id), reason=_why(form))
        return self.perform(request, form, work, done="The case is closed.")

    @dialog(label="Draft entry", right="domain.request_manual_entry", form=ProposeForm)
    def propose(self, request: HttpRequest, form: DialogForm, object_id: str) -> HttpResponse:
        work = partial(draft_proposal, case_id=int(object_id), reason=_why(form))
        said = "{} is drafted; another person posts it."
        return self.perform(request, form, work, done=said.format)

    @dialog(label="Open again", right=RESOLVE, form=ReopenForm)
    def reopen(self, request: HttpRequest, form: DialogForm, object_id: str) -> HttpResponse:
        work = partial(cases.reopen_case, case_id=int(object_id), reason=_why(form))
        return self.perform(request, form, work, done="The case is open again.")

    # --- Columns ----------------------------------------------------------------------------------

    @display(description="Case", ordering="kind")
    def kind_label(self, case: MoneyCase) -> str:
        return case.get_kind_display()

    @display(description="What happened")
    def told(self, case: MoneyCase) -> str:
        return case.sentence

    @display(description="Amount", ordering="amount_cents", formatting="price")
    def amount(self, case: MoneyCase) -> SafeString:
        return columns.money(case.amount_cents, case.currency)

    @display(description="Owner", ordering="owner")
    def owner_name(self, case: MoneyCase) -> SafeString:
        return columns.person(case.owner, role=False)

    @display(description="Age", ordering="opened_at")
    def opened(self, case: MoneyCase) -> SafeString:
        return columns.age(case.opened_at)

    @display(description="Booking", ordering="booking__number")
    def booking_link(self, case: MoneyCase) -> SafeString:
        return numbered(case.booking)


def _why(form: DialogForm) -> str:
    return str(form.cleaned_data["reason"])


def _resolved(case: MoneyCase) -> str:
    return f"{case} is resolved. {case.resolution}"
