"""Certificates from a file: read, shown line by line, entered as shown."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from unfold.widgets import UnfoldAdminFileFieldWidget

from backoffice.access import person, require
from backoffice.admin.page import page
from backoffice.admin.plain_forms import PlainForm
from domain.catalog.workbook import SheetError, WorkbookRefused
from domain.catalog.workbook.bounds import MOST_BYTES
from domain.common.errors import DomainError
from domain.payouts.certificate_files import MOST_ROWS
from domain.payouts.operations.certificate_import import (
    PlannedCertificate,
    add_certificates,
    plan_certificates,
)

ADD = "domain.add_tax_certificate"
SALT, KEPT_SECONDS = "certificates shown", 60 * 60
MOST_LISTED = 200


class UploadForm(PlainForm):
    file = forms.FileField(
        label="The certificates (CSV or .xlsx)",
        help_text="With the columns member code or PAN, number, rate, from, to and limit. "
        f"At most {MOST_ROWS} certificates and 2 MB.",
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ".csv,.xlsx"}),
    )
    wide = ("file",)


def import_page(request: HttpRequest, frame: dict[str, Any]) -> HttpResponse:
    """The upload, what it would enter, and entering that: the file itself is not kept."""
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
    return page(request, "admin/tax/certificate_import.html", **context)


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
