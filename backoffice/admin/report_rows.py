"""Pages of the rows behind a report's figure, and the register of members, also as a file."""

from __future__ import annotations

from django.contrib.admin import AdminSite
from django.http import Http404, HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from backoffice import network_rows, vehicle_rows
from backoffice.access import holds, require
from backoffice.admin.page import page
from backoffice.admin.report_ranges import chosen
from backoffice.report_rows import INR, MOST, Asked, Rows, member_link, rows_of
from backoffice.reports import MEMBERS, Value, right_of_rows
from backoffice.resources.cells import Cell
from backoffice.resources.files import csv_response
from domain.common.staff_actions import log_action
from domain.compliance.days import day_of
from domain.compliance.rules import mask_pan
from domain.reports.membership import STANDINGS, Registered, registered, standings, whole_register

VIEW, EXPORT = "domain.view_reports", "domain.export_data"
PAGES = {**vehicle_rows.PAGES, **network_rows.PAGES}
REGISTER = (
    *("Code", "Member", "Sponsor", "Joined", "Agreement signed", "KYC valid until"),
    *("PAN", "Bank account", "Standing", "Ended"),
)


def pages(site: AdminSite) -> list[URLPattern]:
    wrap = site.admin_view
    return [
        path("reports/rows/register/", wrap(register), name="report_register"),
        path(
            "reports/rows/register/export/",
            wrap(require_POST(export_register)),
            name="report_register_export",
        ),
        path("reports/rows/<slug:name>/", wrap(rows), name="report_rows"),
    ]


def rows(request: HttpRequest, name: str) -> TemplateResponse:
    require(request, VIEW)
    if name not in PAGES:
        raise Http404
    require(request, right_of_rows(name))
    now = timezone.now()
    words = request.GET.dict()
    days, _ = chosen(words, day_of(now))
    return _shown(request, PAGES[name](Asked(words, days, now)))


def _shown(request: HttpRequest, found: Rows, export_url: str = "") -> TemplateResponse:
    return page(
        request,
        "backoffice/reports/rows.html",
        found.title,
        found=found,
        rows=[
            [(index in found.numbers, value) for index, value in enumerate(line.values)]
            for line in found.lines
        ],
        headings=[(index in found.numbers, text) for index, text in enumerate(found.headings)],
        more=found.count - len(found.lines),
        currency=INR,
        export_url=export_url,
    )


# --- The register ---------------------------------------------------------------------------------


def _standing(request: HttpRequest) -> str:
    asked = request.GET.get("standing", "")
    return asked if asked in STANDINGS else ""


def register(request: HttpRequest) -> TemplateResponse:
    """The register in the order of joining; whoever looks is noted."""
    actor, now = require(request, VIEW), timezone.now()
    require(request, MEMBERS)
    standing = _standing(request)
    log_action(action="viewed register", staff=actor, at=now, subject="register of members")
    lines = [_line(row) for row in registered(at=now, standing=standing, limit=MOST)]
    count = sum(row.members for row in standings(at=now) if standing in {"", row.name})
    about = STANDINGS[standing][0] if standing else "All members"
    found = rows_of("Register of members", about, REGISTER, lines, count, None, numbers=set())
    export = reverse("admin:report_register_export") + f"?standing={standing}"
    return _shown(request, found, export if holds(request, EXPORT) else "")


def _line(row: Registered) -> tuple[Value, ...]:
    code, name, *rest = _cells(row)
    return (f"{code}", member_link(row.member_id, f"{name}"), *(_value(cell) for cell in rest))


def _value(cell: Cell) -> Value:
    return f"{cell:%d %b %Y}" if hasattr(cell, "year") else f"{cell or '–'}"


def export_register(request: HttpRequest) -> HttpResponseBase:
    """The whole register as a file, however many members there are."""
    actor, now = require(request, VIEW), timezone.now()
    require(request, MEMBERS)
    require(request, EXPORT)
    standing = _standing(request)
    facts = {"standing": standing or "all"}
    log_action(action="export", staff=actor, at=now, subject="register of members", facts=facts)
    found = whole_register(at=now, standing=standing)
    return csv_response(f"register-{day_of(now)}", REGISTER, map(_cells, found))


def _cells(row: Registered) -> list[Cell]:
    return [
        row.code,
        row.name,
        row.sponsor,
        day_of(row.joined_at),
        row.signed_on,
        row.known_until,
        mask_pan(row.pan) if row.pan else "",
        "verified" if row.has_account else "",
        STANDINGS[row.standing][0],
        day_of(row.ended_at) if row.ended_at else None,
    ]
