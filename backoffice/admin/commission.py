"""Commission runs: compute, look, approve by another person, post; and each pair explained."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar, override

from django.contrib import admin
from django.core.paginator import Page
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.decorators import display

from backoffice.access import holds, require
from backoffice.admin import columns
from backoffice.admin.base import BackofficeAdmin
from backoffice.admin.commission_forms import NewRunForm, WhatIfForm
from backoffice.admin.dialogs import dialog
from backoffice.admin.doors import door
from backoffice.admin.filters import StateFilter
from backoffice.admin.page import fragment, whole_number
from backoffice.admin.paging import BoundedPaginator
from backoffice.admin.settings_overview import said_of
from backoffice.admin.trail import trail_of
from domain.common.money import percent
from domain.flows import commission
from domain.ledger.models import Entry
from domain.network.earning.models import CommissionRun, Pair, RunState
from domain.network.earning.operations.running import what_if
from domain.network.earning.queries.runs import month_before, movers_of, pairs_of, row_of
from domain.network.queries.members import find_members

PAIRS_SHOWN = 50
CURRENCY = "INR"


@admin.register(CommissionRun)
class CommissionRunAdmin(BackofficeAdmin):
    list_display = ("name", "state_column", "until", "paid", "pairs", "gross", "computed")
    list_display_links = ("name",)
    list_filter: ClassVar[list[Any]] = [("state", StateFilter)]
    list_select_related = ("computed_by",)
    page_related = ("computed_by", "approved_by")
    ordering = ("-as_of", "-pk")
    record_template = "admin/commission/run.html"
    steps = ("approve", "post", "compute", "void")
    empty_sentence = "No commission was run yet. Start with New run."

    @display(description="Run", ordering="as_of")
    def name(self, run: CommissionRun) -> str:
        return str(run)

    @display(description="Up to", ordering="as_of")
    def until(self, run: CommissionRun) -> SafeString:
        return columns.day(run.as_of, line="vehicle")

    @display(description="Members paid")
    def paid(self, run: CommissionRun) -> str:
        return f"{run.members:,}"

    @display(description="Gross", ordering="gross_cents", formatting="price")
    def gross(self, run: CommissionRun) -> SafeString:
        return columns.money(run.gross_cents, CURRENCY)

    @display(description="Computed by")
    def computed(self, run: CommissionRun) -> SafeString:
        return columns.person(run.computed_by, role=False)

    @override
    def own_urls(self) -> list[URLPattern]:
        name = "domain_commissionrun_what_if"
        view = self.page(self.what_if_view)
        return [path("<int:object_id>/what-if/", view, name=name)]

    @override
    def record_context(self, request: HttpRequest, record: CommissionRun) -> dict[str, Any]:
        # A run that was made void has let go of its pairs.
        is_void = record.state == RunState.VOID
        pages = BoundedPaginator(found_pairs(record, request.GET.get("q", "")), PAIRS_SHOWN)
        shown: Page[Any] = pages.get_page(whole_number(request.GET.get("page")))
        return {
            "before": month_before(record),
            "movers": movers_of(record) if record.computed_at and not is_void else [],
            "pairs": list(shown.object_list),
            "shown": shown,
            "count": pages.count,
            "asked": request.GET.get("q", ""),
            "rules": [said_of(name, value) for name, value in sorted(record.rules.items())],
            "what_if": WhatIfForm(rules=record.rules),
            "what_if_url": reverse("admin:domain_commissionrun_what_if", args=[record.pk]),
            "ledger_url": ledger_url(request, record),
            "buttons": self.buttons(request, record),
            "lines": trail_of(request, [record]),
        }

    def what_if_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """The run's figures under other settings; nothing is written."""
        self.require_view(request)
        run = self.subject(request, str(object_id))
        form = WhatIfForm(request.GET, rules=run.rules)
        found = None
        if form.is_valid():
            settings = run.rules | form.settings()
            found = what_if(as_of=run.as_of, settings=settings, at=timezone.now())
        return fragment(
            request, "admin/commission/what_if.html", record=run, form=form, found=found
        )

    @dialog(
        label="New run…", right=commission.COMPUTE, form=NewRunForm, icon="calculate",
        place="list",
    )  # fmt: skip
    def new_run(self, request: HttpRequest, form: NewRunForm) -> HttpResponse:
        run = partial(commission.run_month, as_of=form.cleaned_data["as_of"])
        return self.perform(
            request,
            form,
            run,
            done=lambda made: f"{made} is computed. Somebody else has to approve it.",
            go_to=columns.page_url,
        )


def found_pairs(run: CommissionRun, text: str) -> QuerySet[Pair]:
    """A run's pairs, or those of the members that somebody looks for."""
    rows = pairs_of(run)
    return rows.filter(member__in=find_members(text).order_by().values("pk")) if text else rows


def ledger_url(request: HttpRequest, run: CommissionRun) -> str:
    if run.state != "posted" or not holds(request, "domain.view_ledger"):
        return ""
    return reverse("admin:ledger_account", args=["5010", CURRENCY])


@admin.register(Pair)
class PairAdmin(BackofficeAdmin):
    list_display = ("who", "number", "run", "amount", "to_wallet", "to_reserve")
    list_select_related = ("member__customer", "run")
    page_related = (
        "run",
        "member__customer",
        "left_unit__node__member__customer",
        "right_unit__node__member__customer",
    )
    ordering = ("-pk",)
    search_fields = ("member__code",)
    search_help_text = "Referral code, name, e-mail or phone of the member"
    record_template = "admin/commission/pair.html"
    steps = ()
    empty_sentence = "No run has made a pair yet."

    @override
    def find(self, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        return rows.filter(member__in=find_members(text).order_by().values("pk"))

    @display(description="Member", ordering="member__customer__last_name")
    def who(self, pair: Pair) -> str:
        return str(pair.member)

    @display(description="Worth", formatting="price")
    def amount(self, pair: Pair) -> SafeString:
        return columns.money(pair.amount_cents, CURRENCY)

    @display(description="To wallet", formatting="price")
    def to_wallet(self, pair: Pair) -> SafeString:
        return columns.money(pair.to_wallet_cents, CURRENCY)

    @display(description="To reserve", formatting="price")
    def to_reserve(self, pair: Pair) -> SafeString:
        return columns.money(pair.to_reserve_cents, CURRENCY)

    @override
    def record_context(self, request: HttpRequest, record: Pair) -> dict[str, Any]:
        require(request, "domain.view_pair")
        row = row_of(record)
        keys = [row.entry_key, f"recoverable:{row.entry_key}"]
        entry = Entry.objects.filter(key__in=keys).order_by("pk").first()
        sees_wallet = holds(request, "domain.view_wallet")
        return {
            "row": row,
            "why": worth_words(record),
            "wallet_url": reverse("admin:wallet", args=[record.member_id]) if sees_wallet else "",
            "entry_url": door(request, "entry", entry.pk) if entry else "",
        }


def worth_words(pair: Pair) -> str:
    """Why a pair is paid in full, or not."""
    full = pair.run.rules["pair.full_count"]
    share = percent(pair.run.rules["pair.emi_deduction_bps"])
    if pair.number <= full:
        return f"It is one of the first {full} of a lifetime, which are paid in full."
    if pair.active_buyer:
        return f"The member was an Active Buyer on {pair.run.as_of:%d %b %Y}: paid in full."
    return f"After the first {full}, and no Active Buyer: {share} goes to the EMI reserve."
