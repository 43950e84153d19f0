"""Certificates from a file: read, shown line by line, entered as shown, given back with remarks."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from unfold.widgets import UnfoldAdminFileFieldWidget

from backoffice.access import person, require
from backoffice.admin.page import page
from backoffice.admin.plain_forms import PlainForm
from backoffice.admin.uploads import keep, kept
from backoffice.resources.cells import plain
from backoffice.resources.files import csv_response, xlsx_response
from domain.catalog.workbook import SheetError, WorkbookRefused
from domain.catalog.workbook.bounds import MOST_BYTES
from domain.common.errors import DomainError
from domain.payouts.certificate_files import MOST_ROWS, is_sheet, rows_of
from domain.payouts.operations.certificate_import import (
    PlannedCertificate,
    add_certificates,
    plan_certificates,
    remarks_on,
)

ADD = "domain.add_tax_certificate"
SALT, KEPT_SECONDS = "certificates shown", 60 * 60
MOST_LISTED = 200
KIND = "certificates-upload"


class UploadForm(PlainForm):
    file = forms.FileField(
        label="The certificates (CSV or .xlsx)",
        help_text="With the columns member code or PAN, number, rate, from, to and limit. "
        f"At most {MOST_ROWS} certificates and 2 MB.",
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ".csv,.xlsx"}),
    )
    wide = ("file",)


def import_page(request: HttpRequest, frame: dict[str, Any]) -> HttpResponse:
    """The upload, what it would enter, and entering that: what was shown, never the file."""
    actor = require(request, ADD)
    if "shown" in request.POST:
        return _enter(request)
    sent = request.method == "POST"
    form = UploadForm(request.POST, request.FILES) if sent else UploadForm()
    context: dict[str, Any] = {**frame, "form": form}
    if sent and form.is_valid():
        # One byte more than allowed is enough to be refused for its size.
        content = form.cleaned_data["file"].read(MOST_BYTES + 1)
        try:
            rows = plan_certificates(content=content, actor=actor, at=timezone.now())
        except WorkbookRefused as refusal:
            context |= _problems(refusal.errors)
        else:
            context |= _shown(rows, actor.pk)
        if "rows" in context or any(each.row for each in context["errors"]):
            token = keep(request, KIND, content)
            context["remarks_url"] = reverse("admin:certificate_remarks", args=[token])
    return page(request, "admin/tax/certificate_import.html", **context)


def remarks(request: HttpRequest, token: str) -> HttpResponseBase:
    """The file with one more column: what is wrong with each row, or what it does. Reads only."""
    actor = require(request, ADD)
    content = kept(request, KIND, token)
    said = remarks_on(content=content, actor=actor, at=timezone.now())
    heading, *rows = [[plain(cell) for cell in row] for row in rows_of(content)]
    width = max(map(len, (heading, *rows)))
    marked = (
        [*row, *[None] * (width - len(row)), said.get(number, "")]
        for number, row in enumerate(rows, start=2)
    )
    names = [str(cell or "") for cell in (*heading, *[None] * (width - len(heading)))]
    respond = xlsx_response if is_sheet(content) else csv_response
    return respond("certificates-with-remarks", [*names, said.get(1, "Remarks")], marked)


def _problems(errors: tuple[SheetError, ...]) -> dict[str, Any]:
    return {"errors": errors[:MOST_LISTED], "more": max(len(errors) - MOST_LISTED, 0)}


def _shown(rows: list[PlannedCertificate], actor_id: int) -> dict[str, Any]:
    kept = [
        {**asdict(row), "valid_from": f"{row.valid_from}", "valid_to": f"{row.valid_to}"}
        for row in rows
    ]
    new = sum(not row.known for row in rows)
    shown = signing.dumps({"by": actor_id, "rows": kept}, salt=SALT, compress=True)
    return {"rows": rows, "new": new, "shown": shown}


def _enter(request: HttpRequest) -> HttpResponse:
    """Enter what was shown to this person; whoever changes it breaks its signature."""
    actor, back = person(request), reverse("admin:certificate_import")
    try:
        told = signing.loads(request.POST["shown"], salt=SALT, max_age=KEPT_SECONDS)
    except signing.BadSignature:
        messages.error(request, "What was shown is older than an hour. Upload the file again.")
        return HttpResponseRedirect(back)
    if told["by"] != actor.pk:
        messages.error(request, "Somebody else was shown this. Upload the file yourself.")
        return HttpResponseRedirect(back)
    try:
        made = add_certificates(rows=list(map(_row, told["rows"])), actor=actor, at=timezone.now())
    except DomainError as refusal:
        messages.error(request, f"Nothing was entered. {refusal}")
        return HttpResponseRedirect(back)
    count = len(made)
    waits = "1 certificate waits" if count == 1 else f"{count} certificates wait"
    messages.success(request, f"{waits} for a second person.")
    return HttpResponseRedirect(reverse("admin:domain_lowerdeductioncertificate_changelist"))


def _row(kept: dict[str, Any]) -> PlannedCertificate:
    days = {name: date.fromisoformat(kept[name]) for name in ("valid_from", "valid_to")}
    return PlannedCertificate(**(kept | days))
