"""Every list as a file: as filtered, with the columns shown, by those who may, and logged.

An export is a POST, because it writes a line into the staff action log.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import batched
from typing import TYPE_CHECKING, Any, ClassVar, cast

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import label_for_field, lookup_field
from django.contrib.admin.views.main import ChangeList
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponseBase, HttpResponseNotAllowed
from django.http.response import HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.text import capfirst

from backoffice.access import MissingRight, holds
from backoffice.menu import titles
from backoffice.resources.base import ListResource, MoneyWidget
from backoffice.resources.cells import Cell, plain
from backoffice.resources.files import MOST_XLSX_ROWS, csv_response, xlsx_response
from domain.common.staff_actions import log_action
from domain.staff.models import Staff

EXPORT = "domain.export_data"
BATCH = 500
FORMATS = {"csv": csv_response, "xlsx": xlsx_response}
NOT_COLUMNS = {"action_checkbox"}

if TYPE_CHECKING:
    Screen = ModelAdmin[Any]
else:
    Screen = ModelAdmin  # Django's own takes no type argument at run time


@dataclass(frozen=True, slots=True)
class Column:
    """A column of an exported file."""

    name: str
    label: str
    value: Callable[[Any], Cell]


class ExportMixin(Screen):
    """Adds the export of the list. Values come from ``resource_class`` where it names the
    column, else from the column function's own ``export_value``, else from what it shows.
    """

    resource_class: ClassVar[type[ListResource] | None] = None
    # All of them are needed.
    export_rights: ClassVar[tuple[str, ...]] = (EXPORT,)

    def has_export_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request) and not self._missing_rights(request)

    def _missing_rights(self, request: HttpRequest) -> list[str]:
        return [each for each in self.export_rights if not holds(request, each)]

    def prepare_rows(self, request: HttpRequest, rows: Sequence[Model]) -> None:
        """Attach what columns need to a batch of rows, in as few queries as possible."""

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_export"
        view = self.admin_site.admin_view(self.export_view)
        return [path("export/", view, name=name), *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        # Django says "Select … to view", of which the first and the last word say nothing.
        title = titles().get(request.path) or capfirst(str(self.opts.verbose_name_plural))
        context = {"title": title, **(extra_context or {})}
        if self.has_export_permission(request):
            name = f"admin:{self.opts.app_label}_{self.opts.model_name}_export"
            query = request.GET.urlencode()
            context["export_url"] = reverse(name) + (f"?{query}" if query else "")
        return super().changelist_view(request, context)

    def export_view(self, request: HttpRequest) -> HttpResponseBase:
        if not self.has_export_permission(request):
            raise MissingRight((*self._missing_rights(request), *self.export_rights)[0])
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        try:
            changelist = self.get_changelist_instance(request)
        except IncorrectLookupParameters:
            return self._back(request, "This filter is not understood; set it again.")
        count = changelist.queryset.count()
        kind = request.POST.get("format", "csv")
        if kind not in FORMATS:
            return self._back(request, "Choose CSV or Excel.")
        if kind == "xlsx" and count > MOST_XLSX_ROWS:
            return self._back(
                request,
                f"{count:,} rows are more than an Excel file holds here ({MOST_XLSX_ROWS:,}). "
                "Export them as CSV, which has no limit, or narrow the filter.",
            )
        return self._file(request, changelist, kind=kind, count=count)

    def _back(self, request: HttpRequest, sentence: str) -> HttpResponseBase:
        messages.warning(request, sentence)
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"
        return HttpResponseRedirect(reverse(name))

    def _file(
        self, request: HttpRequest, changelist: ChangeList, *, kind: str, count: int
    ) -> HttpResponseBase:
        now = timezone.now()
        columns = self.export_columns(request)
        log_action(
            action="export",
            staff=cast("Staff", request.user),
            at=now,
            subject=f"{self.opts.verbose_name_plural}, {kind.upper()}",
            facts={
                "rows": count,
                "columns": [column.name for column in columns],
                "filter": {key: request.GET.getlist(key) for key in request.GET},
            },
        )
        rows = self._rows(request, changelist.queryset, columns)
        plural = str(self.opts.verbose_name_plural).replace(" ", "-")
        name = f"{plural}-{timezone.localtime(now):%Y-%m-%d-%H%M}"
        return FORMATS[kind](name, [column.label for column in columns], rows)

    def _rows(
        self, request: HttpRequest, found: QuerySet[Any], columns: Sequence[Column]
    ) -> Iterator[list[Cell]]:
        for batch in batched(found.iterator(chunk_size=BATCH), BATCH):
            self.prepare_rows(request, batch)
            for row in batch:
                yield [column.value(row) for column in columns]

    def export_columns(self, request: HttpRequest) -> list[Column]:
        """The list's columns as shown; beside amounts, the currency they are in."""
        resource = self.resource_class() if self.resource_class else None
        names = [
            name if isinstance(name, str) else name.__name__
            for name in self.get_list_display(request)
        ]
        columns = [self._column(name, resource) for name in names if name not in NOT_COLUMNS]
        amounts = resource is not None and any(
            isinstance(resource.fields[name].widget, MoneyWidget)
            for name in names
            if name in resource.fields
        )
        if amounts and "currency" not in names:
            columns.append(Column("currency", "Currency", lambda row: str(row.currency)))
        return columns

    def _column(self, name: str, resource: ListResource | None) -> Column:
        label = str(label_for_field(name, self.model, self))
        if resource is not None and name in resource.fields:
            return Column(name, label, lambda row: resource.cell(name, row))
        own = getattr(getattr(self, name, None), "export_value", None)
        if own is not None:
            return Column(name, label, own)
        return Column(name, label, lambda row: self._shown(name, row))

    def _shown(self, name: str, row: Model) -> Cell:
        field, _, value = lookup_field(name, row, self)
        if field is not None and getattr(field, "flatchoices", None):
            return str(dict(field.flatchoices).get(value, value))
        return plain(value)
