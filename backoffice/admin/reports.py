"""Reports: a range, a comparison, one chart, a table whose every figure opens what is behind it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.admin import AdminSite
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from backoffice import (
    buyer_reports,
    membership_reports,
    network_reports,
    report_tables,
    vehicle_reports,
)
from backoffice.access import holds, require
from backoffice.admin.page import page
from backoffice.admin.report_ranges import PRESETS, Days, chosen
from backoffice.report_tables import CURRENCY
from backoffice.reports import Kind, Report, service_name
from backoffice.resources.files import csv_response, xlsx_response
from domain.common.staff_actions import log_action
from domain.reports.entries import Behind, lines_behind, sum_behind
from domain.reports.receivables import AGES, owed_bookings

VIEW, EXPORT = "domain.view_reports", "domain.export_data"
CODES = {"1000", "1010", "2100", "2110", "4000", "4005", "4010", "5000", "5010"}
KINDS: dict[str, Kind] = {
    **report_tables.KINDS,
    **vehicle_reports.KINDS,
    **buyer_reports.KINDS,
    **network_reports.KINDS,
    **membership_reports.KINDS,
}
MOST_LINES = 500
FAMILIES = {
    "card": ("payment",),
    "offline": ("payment",),
    "refunds": ("refund",),
    "disputes": ("dispute",),
    "fees": ("fee",),
}


def pages(site: AdminSite) -> list[URLPattern]:
    wrap = site.admin_view
    return [
        path("reports/", wrap(index), name="reports"),
        path("reports/entries/", wrap(entries), name="report_entries"),
        path("reports/owed/", wrap(owed), name="report_owed"),
        path("reports/<slug:name>/", wrap(show_report), name="report"),
        path("reports/<slug:name>/export/", wrap(require_POST(export)), name="report_export"),
    ]


def _now(currency: str) -> tuple[datetime, date]:
    """The moment, and the day where that currency's business is."""
    now = timezone.now()
    deliveries = currency == CURRENCY
    zone = settings.DELIVERIES_TIME_ZONE if deliveries else settings.VEHICLES_TIME_ZONE
    return now, now.astimezone(ZoneInfo(zone)).date()


def _made(request: HttpRequest, name: str) -> tuple[Report, Days, str, datetime]:
    if name not in KINDS:
        raise Http404
    now, today = _now(KINDS[name].currency)
    days, preset = chosen(request.GET.dict(), today)
    return KINDS[name].make(days, now), days, preset, now


def index(request: HttpRequest) -> TemplateResponse:
    return show_report(request, "revenue")


def show_report(request: HttpRequest, name: str) -> TemplateResponse:
    require(request, VIEW)
    report, days, preset, now = _made(request, name)
    here = reverse("admin:report", args=[name])
    return page(
        request,
        "backoffice/reports/report.html",
        report.title,
        report=report,
        rows=[_cells(report, line) for line in report.lines],
        foot=_cells(report, report.foot),
        headings=[(index in report.numbers, text) for index, text in enumerate(report.headings)],
        days=days,
        before=days.before(),
        ranged=KINDS[name].ranged,
        presets=[
            {"name": key, "label": label, "url": f"{here}?range={key}", "here": key == preset}
            for key, label, _ in PRESETS
        ],
        groups=_groups(name),
        export_url=f"{here}export/?{days.query()}" if holds(request, EXPORT) else "",
        as_of=now,
    )


def _groups(here: str) -> list[tuple[str, list[dict[str, Any]]]]:
    """Every report by what it is about, as the line of tabs shows them."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for name, kind in KINDS.items():
        tab = {
            "label": kind.title,
            "url": reverse("admin:report", args=[name]),
            "here": name == here,
        }
        groups.setdefault(kind.group, []).append(tab)
    return list(groups.items())


def _cells(report: Report, line: Any) -> dict[str, Any]:
    return {
        "is_subtotal": line.is_subtotal,
        "cells": [(index in report.numbers, value) for index, value in enumerate(line.values)],
    }


def export(request: HttpRequest, name: str) -> HttpResponseBase:
    actor = require(request, VIEW)
    require(request, EXPORT)
    report, days, _, now = _made(request, name)
    kind = "xlsx" if request.POST.get("format") == "xlsx" else "csv"
    rows = report.rows()
    log_action(
        action="export",
        staff=actor,
        at=now,
        subject=f"report {report.name}, {kind.upper()}",
        facts={"rows": len(rows), "since": f"{days.since}", "until": f"{days.until}"},
    )
    write = xlsx_response if kind == "xlsx" else csv_response
    stem = f"{report.name}-{days.since}-{days.until}"
    return write(stem, [*report.headings, "Currency"], rows)


def entries(request: HttpRequest) -> TemplateResponse:
    """The transfers behind a figure, and their sum, which is the figure."""
    require(request, VIEW)
    asked, days = _behind(request)
    lines = lines_behind(asked, limit=MOST_LINES)
    count, cents = sum_behind(asked)
    return page(
        request,
        "backoffice/reports/entries.html",
        "Behind the figure",
        lines=lines,
        count=count,
        more=count - len(lines),
        cents=cents,
        currency=asked.currency,
        days=days,
        about=_about(asked),
        sees_bookings=holds(request, "domain.view_booking"),
    )


def _behind(request: HttpRequest) -> tuple[Behind, Days]:
    currency = "INR" if request.GET.get("currency") == "INR" else CURRENCY
    _, today = _now(currency)
    days, _ = chosen(request.GET.dict(), today)
    codes = tuple(code for code in request.GET.get("codes", "").split(",") if code in CODES)
    if not codes:
        raise Http404
    service, vehicle = request.GET.get("service"), request.GET.get("vehicle")
    event, but = request.GET.get("event"), request.GET.get("but")
    kind = request.GET.get("kind", "")
    return Behind(
        since=days.since,
        until=days.until,
        currency=currency,
        codes=codes,
        service="" if service == "none" else service,
        vehicle="" if vehicle == "none" else vehicle,
        events=(event,) if event else None,
        but=(but,) if but else None,
        families=FAMILIES.get(kind),
        rest=kind == "other",
        credits_count_up=request.GET.get("sign") == "income",
    ), days


def _about(asked: Behind) -> str:
    parts = [f"accounts {', '.join(asked.codes)}"]
    if asked.service is not None:
        parts.append(service_name(asked.service))
    if asked.vehicle is not None:
        parts.append(asked.vehicle or "without a booking")
    if asked.events:
        parts.append(f"{', '.join(asked.events)} entries")
    if asked.but:
        parts.append(f"without {', '.join(asked.but)}")
    if asked.families:
        parts.append(f"{' and '.join(asked.families)} entries")
    return " · ".join(parts)


def owed(request: HttpRequest) -> HttpResponse:
    """The bookings behind a figure of the receivables, the largest debt first."""
    require(request, VIEW)
    now, _ = _now(CURRENCY)
    text = request.GET.get("age", "")
    age = int(text) if text in {"0", "1", "2", "3"} else None
    service = request.GET.get("service", "")[:40]
    bookings = owed_bookings(at=now, currency=CURRENCY, service=service, age=age, limit=MOST_LINES)
    parts = [service_name(service)] if service else []
    parts += [AGES[age]] if age is not None else []
    return page(
        request,
        "backoffice/reports/owed.html",
        "Owed by guests",
        bookings=bookings,
        cents=sum(each.due_cents for each in bookings),
        is_cut=len(bookings) == MOST_LINES,
        about=" · ".join(parts) or "every open booking",
        currency=CURRENCY,
        sees_bookings=holds(request, "domain.view_booking"),
        services={each.service: service_name(each.service) for each in bookings},
    )
