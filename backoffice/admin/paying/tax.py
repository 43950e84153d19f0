"""The register of tax withheld, a tax year member by member, and a member's statement."""

from __future__ import annotations

from datetime import datetime
from typing import Any, override

from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import DropdownFilter
from unfold.decorators import display

from backoffice.access import holds, person, require
from backoffice.admin import columns
from backoffice.admin.base import BackofficeAdmin
from backoffice.admin.compliance.revealing import UNMASK
from backoffice.admin.exports import EXPORT
from backoffice.admin.filters import DayRangeFilter
from backoffice.admin.page import page, whole_number
from backoffice.admin.settings_overview import said_of
from backoffice.resources.base import ListResource, field, money
from backoffice.resources.cells import Cell
from backoffice.resources.files import csv_response
from domain.common.money import percent, to_amount
from domain.common.staff_actions import log_action
from domain.compliance.rules import PanStatus, mask_pan
from domain.network.queries.members import find_members, member_of
from domain.payouts.member_statement import member_statement
from domain.payouts.models import TaxQuarter, TaxRecord
from domain.payouts.queries.days import tax_day
from domain.payouts.queries.yearly import MemberYear, member_years
from domain.payouts.rules.calendar import Quarter, fy_name, year_of
from domain.payouts.rules.tax import BELOW_THRESHOLD, LOWER_CERTIFICATE, NO_PAN

VIEW = "domain.view_taxrecord"
FIRST_YEAR = 2020
MOST_SHOWN = 500
MOST_QUARTERS = 40
ONLY = {
    "": "Everybody",
    "near": "Near the threshold",
    "no_pan": "Without a valid PAN",
    "gap": "Less withheld than published law says",
    "shortfall": "With a shortfall",
}

FIGURES = {
    "Credited": "credited_cents",
    "In the register": "paid_cents",
    "Liable": "liable_cents",
    "Withheld": "tds_cents",
    "Shortfall": "shortfall_cents",
    "By law": "law_cents",
    "Gap": "gap_cents",
}


class QuarterFilter(DropdownFilter):
    title = parameter_name = "quarter"

    @override
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        quarters = TaxQuarter.objects.order_by("-year", "-number")[:MOST_QUARTERS]
        return [(f"{each.year}-{each.number}", str(each)) for each in quarters]

    @override
    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        year, _, number = (self.value() or "").partition("-")
        if not year:
            return queryset
        if not (year.isdigit() and number.isdigit()):
            return queryset.none()
        return queryset.filter(year=int(year[:4]), quarter=int(number[:1]))


class PanFilter(DropdownFilter):
    title, parameter_name = "PAN", "pan_status"

    @override
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(each.value, each.value.title()) for each in PanStatus]

    @override
    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(pan_status=self.value()) if self.value() else queryset


class RemarkFilter(DropdownFilter):
    title = parameter_name = "remark"

    @override
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            (LOWER_CERTIFICATE, "A: lower-deduction certificate"),
            (NO_PAN, "C: higher rate without PAN"),
            (BELOW_THRESHOLD, "Y: below the threshold"),
        ]

    @override
    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(remark=self.value()) if self.value() else queryset


class RecordResource(ListResource):
    base = money("base_cents", "Paid or credited")
    liable = money("liable_cents", "Liable")
    tds = money("tds_cents", "Tax withheld")
    deducted = field("deducted_on", "Deducted on")
    pan_shown = field("pan", "PAN")


@admin.register(TaxRecord)
class TaxRecordAdmin(BackofficeAdmin):
    list_display = (
        "deducted",
        "member_name",
        "pan_shown",
        "code",
        "base",
        "liable",
        "rate",
        "tds",
        "remark",
        "what",
    )
    list_filter = (QuarterFilter, PanFilter, RemarkFilter, ("deducted_on", DayRangeFilter))
    list_select_related = ("member__customer", "payout")
    page_related = ("member__customer", "payout", "certificate", "reverses")
    ordering = ("-deducted_on", "-pk")
    search_fields = ("pan",)
    search_help_text = "Member's name or code, or the PAN"
    resource_class = RecordResource
    # The file has whole PANs.
    export_rights = (EXPORT, UNMASK)
    list_before_template = "admin/tax/register_head.html"
    record_template = "admin/tax/record.html"
    empty_sentence = "Nothing was withheld yet."

    @override
    def find(self, rows: QuerySet[Any], text: str) -> QuerySet[Any] | None:
        by_pan = rows.filter(pan=text.strip().upper())
        if by_pan.exists():
            return by_pan
        return rows.filter(member__in=find_members(text).order_by().values("pk"))

    @override
    def own_urls(self) -> list[URLPattern]:
        statement = self.page(self.statement_view)
        return [
            path("year/", self.page(self.year_view), name="tax_year"),
            path("statement/<int:member_id>/<int:year>/", statement, name="tax_statement"),
        ]

    @override
    def record_context(self, request: HttpRequest, record: TaxRecord) -> dict[str, Any]:
        allocations = record.allocations.select_related("challan").order_by("pk")
        return {
            "title": f"Tax of {record.deducted_on:%d %b %Y}",
            "pan": record.pan if holds(request, UNMASK) else mask_pan(record.pan),
            "allocations": list(allocations),
            "quarter": Quarter(record.year, record.quarter),
            "rules": [said_of(name, value) for name, value in sorted(record.rules.items())],
            "taken_back": getattr(record, "reversed_by", None),
        }

    def year_view(self, request: HttpRequest) -> HttpResponseBase:
        """Everybody's totals of a tax year, beside what the published law would have withheld."""
        require(request, VIEW)
        at = timezone.now()
        this_year = year_of(tax_day(at))
        year = whole_number(request.GET.get("year"), this_year, most=9_998)
        only = request.GET.get("only", "")
        rows = [each for each in member_years(year) if _asked(each, only)]
        if request.method == "POST":
            require(request, EXPORT)
            return self._export(request, year, rows, at)
        return page(
            request,
            "admin/tax/year.html",
            **self.page_context(request, title=f"Tax year {fy_name(year)}"),
            year=year,
            years=[(each, fy_name(each)) for each in range(this_year, FIRST_YEAR - 1, -1)],
            only=only,
            choices=ONLY.items(),
            rows=rows[:MOST_SHOWN],
            more=max(len(rows) - MOST_SHOWN, 0),
            totals=_totals(rows),
            may_export=holds(request, EXPORT),
        )

    def _export(
        self, request: HttpRequest, year: int, rows: list[MemberYear], at: datetime
    ) -> HttpResponseBase:
        name = f"tax-year-{fy_name(year)}"
        log_action(action="export", staff=person(request), at=at, subject=name)
        return csv_response(name, ("Member", "PAN", *FIGURES), (_cells(each) for each in rows))

    def statement_view(self, request: HttpRequest, member_id: int, year: int) -> HttpResponse:
        """A member's own paper on a tax year; it is no certificate."""
        require(request, VIEW)
        at = timezone.now()
        if not FIRST_YEAR <= year <= year_of(tax_day(at)):
            raise Http404("There is no such tax year.")
        member = member_of(member_id)
        content = member_statement(member, year, at)
        log_action(
            action="export",
            staff=person(request),
            at=at,
            subject=f"tax statement of member {member.pk}",
        )
        name = f"tax-{member.code}-{fy_name(year)}.pdf"
        return HttpResponse(
            content,
            content_type="application/pdf",
            headers={
                "Content-Disposition": f'attachment; filename="{name}"',
                "X-Content-Type-Options": "nosniff",
            },
        )

    @display(description="Day", ordering="deducted_on")
    def deducted(self, record: TaxRecord) -> SafeString:
        return columns.day(record.deducted_on, line="vehicle", weekday=False)

    @display(description="Member")
    def member_name(self, record: TaxRecord) -> SafeString:
        return columns.page_link(record.member, record.member)

    @display(description="PAN")
    def pan_shown(self, record: TaxRecord) -> str:
        return mask_pan(record.pan) if record.pan_status == "VALID" else record.pan_status.lower()

    @display(description="Section, code")
    def code(self, record: TaxRecord) -> str:
        return f"{record.section}, {record.payment_code}"

    @display(description="Paid or credited", ordering="base_cents", formatting="price")
    def base(self, record: TaxRecord) -> SafeString:
        return columns.money(record.base_cents, "INR")

    @display(description="Liable", formatting="price")
    def liable(self, record: TaxRecord) -> SafeString:
        return columns.money(record.liable_cents, "INR")

    @display(description="Rate", ordering="rate_bps")
    def rate(self, record: TaxRecord) -> str:
        return percent(record.rate_bps)

    @display(description="Tax", ordering="tds_cents", formatting="price")
    def tds(self, record: TaxRecord) -> SafeString:
        return columns.money(record.tds_cents, "INR")

    @display(description="Of")
    def what(self, record: TaxRecord) -> SafeString | str:
        if record.payout is None:
            return record.source
        text = f"Payout {record.payout_id}{', taken back' if record.reverses_id else ''}"
        return columns.page_link(record.payout, text)


def _asked(row: MemberYear, only: str) -> bool:
    return {
        "near": row.near_threshold,
        "no_pan": row.pan_status != "VALID",
        "gap": row.gap_cents > 0,
        "shortfall": row.shortfall_cents > 0,
    }.get(only, True)


def _totals(rows: list[MemberYear]) -> dict[str, int]:
    return {
        name.removesuffix("_cents"): sum(getattr(row, name) for row in rows)
        for name in FIGURES.values()
    }


def _cells(row: MemberYear) -> list[Cell]:
    figures = (to_amount(getattr(row, name), "INR") for name in FIGURES.values())
    return [str(row.member), row.pan_status, *figures]
