"""The books: trial balance, one account with its running balance, and each entry."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from backoffice.access import holds, require
from backoffice.admin.doors import door, type_label
from backoffice.admin.page import PER_PAGE, page
from backoffice.resources.cells import Cell
from backoffice.resources.files import csv_response, xlsx_response
from domain.bookings.models import Booking
from domain.common.money import to_amount
from domain.common.staff_actions import log_action
from domain.ledger.chart import CHART, CURRENCIES, ChartAccount, Kind
from domain.ledger.models import LedgerPeriod, ManualEntry, ManualState
from domain.ledger.queries import (
    AccountRow,
    AccountTotal,
    Cursor,
    account_page,
    cursor_after,
    trial_balance,
)

VIEW = "domain.view_ledger"
KINDS = {
    Kind.ASSET: "Assets",
    Kind.LIABILITY: "Liabilities",
    Kind.INCOME: "Income",
    Kind.EXPENSE: "Expenses",
}
BATCH = 500


def pages(site: AdminSite) -> list[URLPattern]:
    account = "ledger/account/<str:code>/<str:currency>/"
    return [
        path("ledger/", site.admin_view(trial), name="ledger"),
        path("ledger/export/", site.admin_view(export_trial), name="ledger_export"),
        path(account, site.admin_view(account_view), name="ledger_account"),
        path(f"{account}export/", site.admin_view(export_account), name="ledger_account_export"),
    ]


@dataclass(frozen=True, slots=True)
class Asked:
    """Which books, and up to which day; None is up to now and beyond."""

    currency: str
    as_of: date | None

    @property
    def query(self) -> str:
        return f"?as_of={self.as_of.isoformat()}" if self.as_of else ""


def asked_of(request: HttpRequest, currency: str = "") -> Asked:
    data = request.GET if request.method == "GET" else request.POST
    chosen = currency or data.get("currency", CURRENCIES[0])
    if chosen not in CURRENCIES:
        raise Http404("The books are not kept in this currency.")
    try:
        as_of = date.fromisoformat(data.get("as_of", ""))
    except ValueError:
        as_of = None
    return Asked(chosen, as_of)


def trial(request: HttpRequest) -> HttpResponse:
    require(request, VIEW)
    asked = asked_of(request)
    totals = trial_balance(currency=asked.currency, as_of=asked.as_of)
    groups = [
        (title, rows, sum(row.balance_cents for row in rows))
        for kind, title in KINDS.items()
        if (rows := [row for row in totals if row.account.kind == kind and _used(row)])
    ]
    debit = sum(row.debit_cents for row in totals)
    credit = sum(row.credit_cents for row in totals)
    return page(
        request,
        "admin/ledger/trial.html",
        "Ledger",
        asked=asked,
        currencies=CURRENCIES,
        groups=groups,
        unused=[row.account for row in totals if not _used(row)],
        debit=debit,
        credit=credit,
        balanced=debit == credit,
        may_export=holds(request, "domain.export_data"),
        export_url=reverse("admin:ledger_export"),
        locked=list(LedgerPeriod.objects.select_related("locked_by").order_by("-month")[:6]),
        waiting=ManualEntry.objects.filter(state=ManualState.REQUESTED).count(),
        buttons=_buttons(request),
    )


def _used(row: AccountTotal) -> bool:
    return bool(row.debit_cents or row.credit_cents)


def _buttons(request: HttpRequest) -> list[tuple[str, str]]:
    """The dialogs of the ledger that this person may open."""
    found = []
    if holds(request, "domain.request_manual_entry"):
        found.append(("Draft an entry…", reverse("admin:domain_manualentry_draft")))
    if holds(request, "domain.lock_period"):
        found.append(("Lock a month…", reverse("admin:domain_manualentry_lock_month")))
    return found


@dataclass(frozen=True, slots=True)
class Shown:
    """A line of an account with the doors to what caused it."""

    row: AccountRow
    entry_url: str
    source: str
    source_url: str
    booking: str
    booking_url: str
    other: ChartAccount


def account_view(request: HttpRequest, code: str, currency: str) -> HttpResponse:
    require(request, VIEW)
    account = _account(code)
    asked = asked_of(request, currency)
    before = _cursor(request)
    rows = account_page(code, currency, as_of=asked.as_of, before=before, limit=PER_PAGE + 1)
    more, rows = len(rows) > PER_PAGE, rows[:PER_PAGE]
    following = cursor_after(rows) if more else None
    return page(
        request,
        "admin/ledger/account.html",
        f"{code} {account.name}",
        account=account,
        kind=KINDS[account.kind],
        asked=asked,
        currencies=CURRENCIES,
        rows=shown_rows(request, rows),
        balance=rows[0].balance_cents if rows and before is None else None,
        first_page=before is None,
        older=_sealed(following) if following else "",
        may_export=holds(request, "domain.export_data"),
        export_url=reverse("admin:ledger_account_export", args=[code, currency]),
        back_url=reverse("admin:ledger") + asked.query,
    )


def _account(code: str) -> ChartAccount:
    if code not in CHART:
        raise Http404("There is no such account.")
    return CHART[code]


def _sealed(cursor: Cursor) -> str:
    """Carry a page's end in an address: signed, so that a balance cannot be made up."""
    return signing.dumps([cursor.day.isoformat(), cursor.transfer_id, cursor.balance_cents])


def _cursor(request: HttpRequest) -> Cursor | None:
    text = request.GET.get("before", "")
    if not text:
        return None
    try:
        day, transfer_id, balance = signing.loads(text)
    except signing.BadSignature as error:
        raise Http404("This page of the account does not exist.") from error
    return Cursor(date.fromisoformat(day), transfer_id, balance)


def shown_rows(request: HttpRequest, rows: list[AccountRow]) -> list[Shown]:
    ids = {row.booking_id for row in rows if row.booking_id}
    numbers = dict(Booking.objects.filter(pk__in=ids).values_list("pk", "number")) if ids else {}
    return [
        Shown(
            row=row,
            entry_url=door(request, "entry", row.entry_id),
            source=_source(row),
            source_url=door(request, row.source_type, row.source_id),
            booking=numbers.get(row.booking_id or 0, ""),
            booking_url=door(request, "booking", row.booking_id),
            other=CHART[row.other_code],
        )
        for row in rows
    ]


def _source(row: AccountRow) -> str:
    """Name what an entry came from; a booking is named by its number beside it."""
    if row.source_id is None or row.source_type == "booking":
        return ""
    return f"{type_label(row.source_type)} {row.source_id}"


# --- Files ----------------------------------------------------------------------------------------


@require_POST
def export_trial(request: HttpRequest) -> HttpResponseBase:
    staff = require(request, "domain.export_data")
    require(request, VIEW)
    asked = asked_of(request)
    log_action(
        action="export", staff=staff, at=timezone.now(), subject=f"trial balance {asked.currency}"
    )
    header = ("Account", "Name", "Kind", "Debit", "Credit", "Balance", "Currency")
    rows: Iterator[tuple[Cell, ...]] = (
        (
            row.account.code,
            row.account.name,
            KINDS[row.account.kind],
            *(
                to_amount(cents, row.currency)
                for cents in (row.debit_cents, row.credit_cents, row.balance_cents)
            ),
            row.currency,
        )
        for row in trial_balance(currency=asked.currency, as_of=asked.as_of)
    )
    until = asked.as_of.isoformat() if asked.as_of else "now"
    name = f"trial-balance-{asked.currency}-{until}"
    write = xlsx_response if request.POST.get("format") == "xlsx" else csv_response
    return write(name, header, rows)


@require_POST
def export_account(request: HttpRequest, code: str, currency: str) -> HttpResponseBase:
    """The whole account as a stream, the newest first, each line with the balance after it."""
    staff = require(request, "domain.export_data")
    require(request, VIEW)
    _account(code)
    asked = asked_of(request, currency)
    if request.POST.get("format") == "xlsx":
        messages.warning(request, "An account can be long: it is exported as CSV.")
        return redirect("admin:ledger_account", code, currency)
    subject = f"account {code} {currency}"
    log_action(action="export", staff=staff, at=timezone.now(), subject=subject)
    header = ("Day", "Entry", "Event", "Other account", "Change", "Balance", "Currency")
    more = ("Source", "Who", "Memo")
    return csv_response(f"account-{code}-{currency}", (*header, *more), _account_rows(code, asked))


def _account_rows(code: str, asked: Asked) -> Iterator[tuple[Cell, ...]]:
    before: Cursor | None = None
    while rows := account_page(code, asked.currency, as_of=asked.as_of, before=before, limit=BATCH):
        for row in rows:
            yield _account_cells(row, asked.currency)
        if len(rows) < BATCH:
            return
        before = cursor_after(rows)


def _account_cells(row: AccountRow, currency: str) -> tuple[Any, ...]:
    return (
        row.effective_on,
        row.key,
        row.event,
        row.other_code,
        to_amount(row.change_cents, currency),
        to_amount(row.balance_cents, currency),
        currency,
        f"{row.source_type} {row.source_id or ''}".strip(),
        row.actor_label,
        row.memo,
    )
