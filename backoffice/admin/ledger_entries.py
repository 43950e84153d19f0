"""The journal, and entries made by hand: drafted by one person, posted by another."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any, override

from django.contrib import admin
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe
from unfold.contrib.filters.admin import DropdownFilter
from unfold.decorators import display

from backoffice.admin import columns
from backoffice.admin.base import BackofficeAdmin
from backoffice.admin.dialogs import (
    AmountField,
    DialogForm,
    choice_field,
    date_field,
    dialog,
    draw,
    reason_field,
    text_field,
)
from backoffice.admin.doors import door, numbered, type_label
from backoffice.admin.filters import DayRangeFilter, StateFilter
from backoffice.admin.trail import trail_of
from backoffice.resources.base import ListResource, field, money
from domain.bookings.models import Booking
from domain.common.errors import InvalidInput
from domain.common.money import show
from domain.flows.closing import close_month, why_not_closed
from domain.ledger.chart import CHART, CURRENCIES, Per
from domain.ledger.models import Entry, LedgerPeriod, ManualEntry, Transfer
from domain.ledger.operations.by_hand import request_manual_entry

VIEW = "domain.view_ledger"
EVENTS = (
    *("payment.captured", "payment.surplus", "payment.applied", "fee.stripe"),
    *("refund.completed", "refund.unapplied", "refund.reversed", "refund.unapplied_reversed"),
    *("booking.cancelled_fee", "booking.revenue", "dispute.lost", "manual"),
    *("booking.delivered", "booking.expired_forfeited", "booking.expired_to_wallet"),
    *("booking.expired_to_booking", "booking.returned_to_member", "receipt.to_wallet"),
    *("payout.requested", "payout.approved", "payout.rejected", "payout.completed"),
    *("payout.returned", "payout.bounced", "payout.back_to_hold", "payout.resent"),
    "tds.deposited",
)
BREAK = mark_safe("<br>")


class EventFilter(DropdownFilter):
    title = "event"
    parameter_name = "event"

    @override
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(each, columns.event_words(each)) for each in EVENTS]

    @override
    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(event=self.value()) if self.value() else queryset


@admin.register(Entry)
class EntryAdmin(BackofficeAdmin):
    view_right = VIEW
    list_display = ("key", "event_name", "dated", "moved", "booking_link", "who", "memo")
    list_filter = (EventFilter, ("effective_on", DayRangeFilter))
    list_select_related = ("booking",)
    page_related = ("booking", "reverses")
    ordering = ("-effective_on", "-pk")
    search_fields = ("=key", "=booking__number")
    search_help_text = "An entry's key or a booking number"
    record_template = "admin/ledger/entry.html"
    empty_sentence = "Nothing is posted yet: the first payment makes the first entry."

    @override
    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = Transfer.objects.select_related("debit", "credit").order_by("pk")
        found: QuerySet[Any] = super().get_queryset(request)
        return found.prefetch_related(Prefetch("transfers", rows))

    @override
    def record_context(self, request: HttpRequest, record: Any) -> dict[str, Any]:
        reversed_by = Entry.objects.filter(reverses=record).first()
        named = f"{type_label(record.source_type)} {record.source_id}" if record.source_id else ""
        return {
            "title": record.key,
            "transfers": [
                (row, CHART[row.debit.code], CHART[row.credit.code])
                for row in record.transfers.all()
            ],
            "source": named,
            "source_url": door(request, record.source_type, record.source_id),
            "reversed_by": reversed_by,
        }

    @display(description="Who", ordering="actor_label")
    def who(self, entry: Entry) -> str:
        return entry.actor_label

    @display(description="Event", ordering="event")
    def event_name(self, entry: Entry) -> str:
        return columns.event_words(entry.event)

    @display(description="Dated", ordering="effective_on")
    def dated(self, entry: Entry) -> SafeString:
        return columns.day(entry.effective_on, weekday=False)

    @display(description="Moved")
    def moved(self, entry: Entry) -> SafeString:
        return format_html_join(
            BREAK,
            "{} <span class='bo-money'>{}</span>",
            [
                (
                    columns.moved(row.debit.code, row.credit.code),
                    show(row.amount_cents, row.currency),
                )
                for row in entry.transfers.all()
            ],
        )

    @display(description="Booking", ordering="booking__number")
    def booking_link(self, entry: Entry) -> SafeString:
        return numbered(entry.booking)


class DraftForm(DialogForm):
    """An entry by hand, shown as it will be posted once another person approves it."""

    title = "Draft an entry by hand"
    lead = "It is posted when another person approves it, and can only be corrected by a reversal."
    submit = "Ask for approval"
    wide = True

    debit_code = choice_field("Debit")
    credit_code = choice_field("Credit")
    amount = AmountField(label="Amount", min_value=0)
    currency = choice_field("Currency", [(each, each) for each in CURRENCIES])
    effective_on = date_field("Dated")
    booking = text_field("Booking number", required=False, most=12)
    reason = reason_field()

    @override
    def prepare(self) -> None:
        accounts = [("", "Choose …")] + [
            (each.code, f"{each.code} {each.name}")
            for each in CHART.values()
            if each.per != Per.MEMBER
        ]
        self.fields["debit_code"].choices = accounts
        self.fields["credit_code"].choices = accounts
        self.fields["booking"].help_text = "Needed for accounts kept per booking (1200, 2300)."
        self.initial.setdefault("effective_on", timezone.localdate())
        for name in ("debit_code", "credit_code"):
            if self.request.GET.get(name) in CHART:
                self.initial[name] = self.request.GET[name]


class LockForm(DialogForm):
    title = "Lock a month"
    lead = "Nothing can be dated into a locked month any more. It cannot be unlocked."
    submit = "Lock the month"
    is_danger = True

    month = choice_field("Month")

    @override
    def prepare(self) -> None:
        locked = set(LedgerPeriod.objects.values_list("month", flat=True))
        open_months = [each for each in past_months(timezone.localdate()) if each not in locked]
        kept_open = {each: why for each in open_months if (why := why_not_closed(each))}
        self.fields["month"].choices = [
            (each.isoformat(), f"{each:%B %Y}{' (has open cases)' if each in kept_open else ''}")
            for each in open_months
        ]
        self.can_submit = bool(open_months)
        if kept_open:
            self.fields["month"].help_text = kept_open[min(kept_open)]


def past_months(today: date, count: int = 12) -> list[date]:
    found, first = [], today.replace(day=1)
    for _ in range(count):
        first = (
            first.replace(year=first.year - 1, month=12)
            if first.month == 1
            else (first.replace(month=first.month - 1))
        )
        found.append(first)
    return found


class ManualResource(ListResource):
    amount = money("amount_cents", "Amount")
    why = field("reason", "Reason")


@admin.register(ManualEntry)
class ManualEntryAdmin(BackofficeAdmin):
    view_right = VIEW
    list_display = (
        *("number", "accounts", "amount", "dated", "state_column"),
        *("who_asked", "requested", "why"),
    )
    list_filter = (("state", StateFilter), ("effective_on", DayRangeFilter))
    list_select_related = ("requested_by",)
    page_related = ("booking", "requested_by", "decided_by")
    ordering = ("-requested_at", "-pk")
    bulk_steps = ("approve", "deny")
    resource_class = ManualResource
    record_template = "admin/ledger/manual.html"
    empty_sentence = (
        "No entry was made by hand. “Draft an entry…” above begins one; another person posts it."
    )

    @override
    def record_context(self, request: HttpRequest, record: Any) -> dict[str, Any]:
        return {
            "buttons": self.buttons(request, record),
            "debit": CHART[record.debit_code],
            "credit": CHART[record.credit_code],
            "entry": Entry.objects.filter(key=f"manual:{record.pk}").first(),
            "lines": trail_of(request, [record]),
        }

    @display(description="Dated", ordering="effective_on")
    def dated(self, entry: ManualEntry) -> SafeString:
        return columns.day(entry.effective_on, weekday=False)

    @dialog(
        label="Draft an entry…",
        right="domain.request_manual_entry",
        form=DraftForm,
        place="list",
    )
    def draft(self, request: HttpRequest, form: DraftForm) -> HttpResponse:
        data = form.cleaned_data
        number = data["booking"].strip().upper()
        booking = Booking.objects.filter(number=number).first() if number else None
        if number and booking is None:
            form.refuse(InvalidInput.of({"booking": [f"There is no booking {number}."]}))
            return draw(request, form)
        work = partial(
            request_manual_entry,
            debit_code=data["debit_code"],
            credit_code=data["credit_code"],
            currency=data["currency"],
            amount_cents=data["amount"],
            effective_on=data["effective_on"],
            reason=data["reason"],
            booking_id=booking.pk if booking else None,
        )
        said = "Drafted. Somebody with the right to approve entries has to post it."
        return self.perform(request, form, work, done=said, go_to=columns.page_url)

    @dialog(
        label="Lock a month…",
        right="domain.lock_period",
        form=LockForm,
        place="list",
    )
    def lock_month(self, request: HttpRequest, form: LockForm) -> HttpResponse:
        month = date.fromisoformat(form.cleaned_data["month"])
        work = partial(close_month, month=month)
        return self.perform(request, form, work, done=f"{month:%B %Y} is locked.")

    @display(description="Entry")
    def number(self, manual: ManualEntry) -> str:
        return f"Manual entry {manual.pk}"

    @display(description="Accounts")
    def accounts(self, manual: ManualEntry) -> SafeString:
        return columns.moved(manual.debit_code, manual.credit_code)

    @display(description="Amount", ordering="amount_cents", formatting="price")
    def amount(self, manual: ManualEntry) -> SafeString:
        return columns.money(manual.amount_cents, manual.currency)

    @display(description="Drafted by", ordering="requested_by")
    def who_asked(self, manual: ManualEntry) -> SafeString:
        return columns.person(manual.requested_by, role=False)

    @display(description="Drafted", ordering="requested_at")
    def requested(self, manual: ManualEntry) -> SafeString:
        return columns.when(manual.requested_at)

    @display(description="Why")
    def why(self, manual: ManualEntry) -> str:
        return manual.reason[:120]
