"""Private documents on the page of what they belong to: handed in, opened, removed.

Opened they come as a download and nothing else, after the right was asked, and each view is
written down. No address leads to a file itself.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_POST
from unfold.widgets import UnfoldAdminFileFieldWidget

from backoffice.access import holds, require
from backoffice.admin.base import BackofficeAdmin
from backoffice.admin.plain_forms import PlainForm
from domain.common.errors import DomainError
from domain.common.staff_actions import StaffAction
from domain.compliance.files import LARGEST_FILE
from domain.compliance.models import DocumentKind, PrivateDocument
from domain.compliance.operations.files import (
    OPEN_RIGHT,
    OWNERS,
    VIEWED,
    add_document,
    log_subject,
    open_document,
    remove_document,
)

MOST_VIEWS = 200


class DocumentForm(PlainForm):
    kind = forms.ChoiceField(label="What it is", choices=DocumentKind.choices)
    file = forms.FileField(
        label="File",
        help_text=f"JPEG, PNG or PDF, at most {LARGEST_FILE // 1024**2} MiB. It is made anew.",
        # The framework's script writes the file's name into this widget, and fails without it.
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": "image/jpeg,image/png,application/pdf"}),
    )
    valid_until = forms.DateField(
        label="Valid until",
        required=False,
        help_text="As it says on the document; empty when it has no end.",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


class DocumentsAdmin(BackofficeAdmin):
    """A screen whose records have private documents."""

    document_kinds: ClassVar[tuple[DocumentKind, ...]] = tuple(DocumentKind)

    def own_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        add = self.page(require_POST(self.document_add_view))
        shown = self.page(require_GET(self.document_view))
        remove = self.page(require_POST(self.document_remove_view))
        one = "<int:object_id>/documents/<int:document_id>/"
        return [
            *super().own_urls(),
            path("<int:object_id>/documents/", add, name=f"{name}_documents"),
            path(one, shown, name=f"{name}_document"),
            path(f"{one}remove/", remove, name=f"{name}_document_remove"),
        ]

    # --- What the page shows ----------------------------------------------------------------------

    def documents_context(self, request: HttpRequest, record: Any) -> dict[str, Any]:
        owner = OWNERS[self.model]
        takes = record.state in owner.states and holds(request, owner.right)
        documents = self._documents(record).select_related("uploaded_by").order_by("pk")
        return {
            "documents": [self._row(record, each, may_remove=takes) for each in documents],
            "views": views_of([each.pk for each in documents]),
            "may_open": holds(request, OPEN_RIGHT),
            "takes_documents": takes,
            "document_form": self.document_form(),
            "document_add_url": self.url_of("documents", record.pk),
        }

    def document_form(self, *given: Any) -> DocumentForm:
        form = DocumentForm(*given)
        kind: Any = form.fields["kind"]
        kind.choices = [(each.value, each.label) for each in self.document_kinds]
        return form

    def _documents(self, record: Any) -> Any:
        return PrivateDocument.objects.filter(**{OWNERS[self.model].field: record})

    def _row(self, record: Any, document: PrivateDocument, *, may_remove: bool) -> dict[str, Any]:
        where = (record.pk, document.pk)
        erased = document.erased_at is not None
        return {
            "row": document,
            "url": "" if erased else self.url_of("document", *where),
            "remove_url": self.url_of("document_remove", *where)
            if may_remove and not erased
            else "",
        }

    # --- What can be done -------------------------------------------------------------------------

    def document_add_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        actor = require(request, OWNERS[self.model].right)
        record = self._record(request, object_id)
        form = self.document_form(request.POST, request.FILES)
        if form.is_valid():
            try:
                add_document(
                    to=record,
                    kind=form.cleaned_data["kind"],
                    # One byte more than allowed is enough to be refused for its size.
                    content=form.cleaned_data["file"].read(LARGEST_FILE + 1),
                    name=form.cleaned_data["file"].name,
                    valid_until=form.cleaned_data["valid_until"],
                    actor=actor,
                    at=timezone.now(),
                )
            except DomainError as refusal:
                form.refuse(refusal)
            else:
                messages.success(request, "The document is kept.")
                return self._to_documents(record)
        shown = {"document_form": form}
        return self.changeform_view(request, str(object_id), extra_context=shown)

    def document_view(self, request: HttpRequest, object_id: int, document_id: int) -> HttpResponse:
        """Hand out one document as a file to keep, never as a page of ours."""
        actor = require(request, OPEN_RIGHT)
        record = self._record(request, object_id)
        self._document(record, document_id)
        try:
            document, content = open_document(
                document_id=document_id, actor=actor, at=timezone.now()
            )
        except DomainError as gone:
            messages.error(request, str(gone))
            return self._to_documents(record)
        return HttpResponse(
            content,
            content_type=document.media_type,
            headers={
                "Content-Disposition": content_disposition_header(
                    as_attachment=True, filename=document.name
                )
                or "attachment",
                "X-Content-Type-Options": "nosniff",
                "Content-Security-Policy": "default-src 'none'; sandbox",
            },
        )

    def document_remove_view(
        self, request: HttpRequest, object_id: int, document_id: int
    ) -> HttpResponse:
        actor = require(request, OWNERS[self.model].right)
        record = self._record(request, object_id)
        document = self._document(record, document_id)
        reason = request.POST.get("reason", "")
        try:
            remove_document(document_id=document.pk, reason=reason, actor=actor, at=timezone.now())
        except DomainError as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, "The document is erased.")
        return self._to_documents(record)

    def _record(self, request: HttpRequest, object_id: int) -> Any:
        self.require_view(request)
        record = self.subject(request, object_id)
        if record is None:
            raise Http404
        return record

    def _document(self, record: Any, document_id: int) -> PrivateDocument:
        """:raises Http404: the document belongs to something else"""
        document: PrivateDocument | None = self._documents(record).filter(pk=document_id).first()
        if document is None:
            raise Http404
        return document

    def _to_documents(self, record: Any) -> HttpResponseRedirect:
        return HttpResponseRedirect(f"{self.url_of('change', record.pk)}#documents")


def views_of(document_ids: list[int]) -> list[dict[str, Any]]:
    """Who opened which of some documents, the newest first."""
    names = {log_subject(pk): pk for pk in document_ids}
    seen = StaffAction.objects.filter(action=VIEWED, subject__in=list(names))
    grouped: dict[tuple[str, str], list[StaffAction]] = defaultdict(list)
    for each in seen.select_related("staff").order_by("-at")[:MOST_VIEWS]:
        who = each.staff.display_name() if each.staff else ""
        grouped[each.subject, who].append(each)
    return [
        {"document": names[subject], "who": who, "at": rows[0].at, "count": len(rows)}
        for (subject, who), rows in grouped.items()
    ]
