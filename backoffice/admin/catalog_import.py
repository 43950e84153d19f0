"""The workbook in the admin: read, compared, shown; nothing changes before it is applied.

The upload is kept only to be given back with remarks: what is applied is the stored change.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST
from unfold.widgets import UnfoldAdminFileFieldWidget

from backoffice.access import require
from backoffice.admin.page import page
from backoffice.admin.plain_forms import PlainForm, moment_field
from backoffice.admin.uploads import keep, kept
from backoffice.resources.files import XLSX_TYPE
from domain.catalog import operations
from domain.catalog.queries import export_workbook
from domain.catalog.workbook import SheetError, WorkbookRefused
from domain.catalog.workbook.bounds import MOST_BYTES
from domain.catalog.workbook.remarks import with_remarks
from domain.common.errors import DomainError
from domain.common.staff_actions import log_action

IMPORT, EXPORT = "domain.import_catalog", "domain.export_catalog"
KIND = "catalog-upload"
MOST_LISTED = 200
NAME_LENGTH = 120


class UploadForm(PlainForm):
    workbook = forms.FileField(
        label="Workbook (.xlsx)",
        help_text="At most 2 MB. Sheets that are left out stay as they are.",
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ".xlsx"}),
    )
    effective_from = moment_field(
        "In force from", "New York time. Empty: as soon as it is applied."
    )
    reason = forms.CharField(
        label="Reason",
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Stands in the audit trail.",
    )
    wide = ("workbook", "reason")


def pages(site: AdminSite) -> list[URLPattern]:
    wrap = site.admin_view
    return [
        path("catalog/import/", wrap(import_page), name="catalog_import"),
        path("catalog/import/remarks/<str:token>/", wrap(remarks), name="catalog_remarks"),
        path("catalog/export/", wrap(require_POST(export)), name="catalog_export"),
    ]


def import_page(request: HttpRequest) -> HttpResponse:
    actor = require(request, IMPORT)
    sent = request.method == "POST"
    form = UploadForm(request.POST, request.FILES) if sent else UploadForm()
    context: dict[str, Any] = {"form": form}
    if sent and form.is_valid():
        upload = form.cleaned_data["workbook"]
        # One byte more than allowed is enough to be refused for its size.
        content = upload.read(MOST_BYTES + 1)
        try:
            prepared = operations.prepare_import(
                content=content,
                file_name=str(upload.name)[-NAME_LENGTH:],
                effective_from=form.cleaned_data["effective_from"],
                reason=form.cleaned_data["reason"],
                actor=actor,
                at=timezone.now(),
            )
        except WorkbookRefused as refused:
            context |= _problems(request, content, refused.errors, str(upload.name))
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            messages.info(request, "Nothing is changed yet. Look at the differences, then apply.")
            url = reverse("admin:domain_changeset_change", args=[prepared.pk])
            return HttpResponseRedirect(url)
    return page(request, "backoffice/catalog/import.html", "Import a workbook", **context)


def _problems(
    request: HttpRequest, content: bytes, errors: Sequence[SheetError], name: str
) -> dict[str, Any]:
    ordered = sorted(errors)
    listed = ordered[:MOST_LISTED]
    token = keep(request, KIND, content) if any(each.row for each in ordered) else ""
    return {
        "file_name": name[-NAME_LENGTH:],
        "count": len(ordered),
        "more": len(ordered) - len(listed),
        "problems": [
            {"sheet": sheet, "errors": list(found)}
            for sheet, found in groupby(listed, key=lambda each: each.sheet)
        ],
        "remarks_url": reverse("admin:catalog_remarks", args=[token]) if token else "",
    }


def remarks(request: HttpRequest, token: str) -> HttpResponse:
    """Give the refused file back with a column that says what is wrong. Reads only."""
    require(request, IMPORT)
    content = kept(request, KIND, token)
    try:
        operations.review_import(content=content, effective_from=None, at=timezone.now())
        errors: Sequence[SheetError] = ()
    except WorkbookRefused as refused:
        errors = refused.errors
    try:
        marked = with_remarks(content, errors)
    except WorkbookRefused as refused:
        raise Http404(str(refused)) from refused
    return _download(marked, "catalog-with-remarks.xlsx")


def export(request: HttpRequest) -> HttpResponse:
    """The catalog in force as the workbook that can be imported again."""
    actor = require(request, EXPORT)
    now = timezone.now()
    log_action(action="export", staff=actor, at=now, subject="catalog, workbook")
    return _download(export_workbook(now), f"catalog-{timezone.localdate(now):%Y-%m-%d}.xlsx")


def _download(content: bytes, name: str) -> HttpResponse:
    return HttpResponse(
        content,
        content_type=XLSX_TYPE,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
