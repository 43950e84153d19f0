"""The base of every screen: shows records, and changes them through operations only.

A screen is a subclass with words in it::

    @admin.register(Refund)
    class RefundAdmin(BackofficeAdmin):
        list_display = ["number", "state_column", "amount", "requested"]
        list_filter = [("state", ChoicesDropdownFilter)]
        search_fields = ["booking__number"]          # or override ``find``
        steps = ["approve", "deny", "withdraw"]      # default: every step staff may take
        bulk_steps = ["approve"]                     # list actions that lead to the plan page
        page_related = ["payment", "booking"]        # select_related for one record

What comes with it:

* nobody adds, changes or deletes here, superusers included; seeing asks ``view_…``;
* each step is a button on the record's page (grey with “why not?” when it is not open) and a
  dialog that shows the plan (``steps.py``, ``step_forms.py``); ``perform_step`` runs it
  through the one door. Hooks: ``step_params`` (what the step is told), ``take_step`` (an
  operation of its own in place of ``transit``), ``done_sentence``, ``step_forms`` (a
  ``StepForm`` that asks for more);
* other dialogs: ``@dialog`` (``dialogs.py``) and ``perform``;
* no list counts a large table (``paging.py``): up to 10,000 rows exactly, "10,000+" above;
* ``prepare_rows`` attaches what columns need to the rows of a page, in one query for all;
* every list exports as filtered (``exports.py``; do not mix ``ExportMixin`` in again);
* a record's page of its own: ``record_template``, filled by ``record_context``;
* columns: ``columns.py``; filters: ``filters.py``; own pages: ``page_context`` and ``own_urls``.

``request.user`` is ``person(request)``, rights are ``holds(request, "domain.…")`` and
``require(request, …)`` of ``backoffice.access``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, override

from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin as UnfoldModelAdmin
from unfold.decorators import display

from backoffice.access import person
from backoffice.admin import columns
from backoffice.admin.acting import ActingAdmin
from backoffice.admin.exports import ExportMixin
from backoffice.admin.filters import chips
from backoffice.admin.paging import BoundedPaginator, PreparedList, without_indentation
from backoffice.admin.step_forms import StepForm
from backoffice.admin.steps import Button
from domain.common.workflow import Stateful


class BackofficeAdmin(ExportMixin, ActingAdmin):
    empty_sentence: ClassVar[str] = "Nothing is here yet."
    # The template of a page of our own for a record, in place of the framework's form.
    record_template: ClassVar[str] = ""
    # Columns without a filter of their own by which other pages link to this list.
    linked_lookups: ClassVar[Sequence[str]] = ()
    # Name of an address that adds up the list as it is filtered, asked for after the page.
    totals_url_name: ClassVar[str] = ""

    show_full_result_count = False
    list_per_page = 50
    empty_value_display = columns.NOTHING
    list_max_show_all = 0
    paginator = BoundedPaginator
    list_fullwidth = True
    list_filter_submit = True
    actions_selection_counter = True
    change_form_outer_before_template = "admin/parts/steps.html"

    # --- Nobody writes rows here ------------------------------------------------------------------

    @override
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @override
    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    @override
    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    # --- Lists ------------------------------------------------------------------------------------

    @display(description="State", ordering="state")
    def state_column(self, record: Stateful) -> SafeString:
        return columns.state_badge(record)

    # The box that ticks all keeps its heading; those of the rows are drawn without a template each.
    @display(description=UnfoldModelAdmin.action_checkbox.short_description)
    def action_checkbox(self, obj: Model) -> SafeString:
        return columns.tick_box(obj.pk)

    @override
    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[PreparedList]:
        """Rows pass through ``prepare_rows`` before their columns are drawn."""
        return PreparedList

    @property
    def totals_url(self) -> str:
        return reverse(f"admin:{self.totals_url_name}") if self.totals_url_name else ""

    def find(self, rows: QuerySet[Any], text: str) -> QuerySet[Any] | None:
        """Search by more than ``search_fields``; None leaves it to them."""
        del rows, text
        return None

    @override
    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        found = self.find(queryset, search_term) if search_term else None
        if found is not None:
            return found, False
        answer: tuple[QuerySet[Any], bool] = super().get_search_results(
            request, queryset, search_term
        )
        return answer

    @override
    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Only what the list offers: asking for rows by the beginning of a secret spells it out."""
        return self._is_offered(lookup) and bool(
            super().lookup_allowed(lookup, value, request)  # type: ignore[arg-type]
        )

    def _is_offered(self, lookup: str) -> bool:
        filters = [each[0] if isinstance(each, tuple) else each for each in self.list_filter]
        names = [getattr(each, "parameter_name", each) for each in filters]
        offered = {*names, *self.linked_lookups}
        parts = lookup.split("__")
        if parts[0] not in {each.name for each in self.opts.get_fields()}:
            return True  # a filter's own parameter; a column it is not
        return any("__".join(parts[:count]) in offered for count in range(1, len(parts) + 1))

    # --- Pages ------------------------------------------------------------------------------------

    def record_context(self, request: HttpRequest, record: Any) -> dict[str, Any]:
        """What ``record_template`` shows beside ``record``; its ``title`` when it has another."""
        del request, record
        return {}

    def record_page(
        self, request: HttpRequest, object_id: str | None, more: dict[str, Any]
    ) -> HttpResponse:
        self.require_view(request)
        record = self.subject(request, object_id) if object_id else None
        if record is None:
            raise Http404(f"There is no such {self.opts.verbose_name}.")
        shown = {"title": str(record), "record": record, **self.record_context(request, record)}
        context = self.page_context(request, **shown)
        return TemplateResponse(request, self.record_template, context | more)

    @override
    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        context = {**(extra_context or {})}
        if self.record_template:
            return self.record_page(request, object_id, context)
        record = self.subject(request, object_id) if object_id else None
        if record is not None and self.has_view_permission(request, record):
            context |= {"buttons": self.buttons(request, record), "record": record}
        answer: HttpResponse = super().changeform_view(request, object_id, form_url, context)
        return answer

    @override
    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        answer = super().changelist_view(request, extra_context)
        if isinstance(answer, TemplateResponse) and answer.context_data:
            changelist = answer.context_data.get("cl")
            answer.context_data["chips"] = list(chips(changelist)) if changelist else []
            answer.add_post_render_callback(without_indentation)
        return answer

    def own_urls(self) -> list[URLPattern]:
        """Further pages of this screen; wrap each view in ``self.page``."""
        return []

    def page(self, view: Callable[..., Any]) -> Callable[..., Any]:
        wrapped: Callable[..., Any] = self.admin_site.admin_view(view)
        return wrapped

    @override
    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_why_not"
        view = self.page(self.why_not_view)
        return [
            path("<int:object_id>/why-not/<str:step>/", view, name=name),
            *self.own_urls(),
            *super().get_urls(),
        ]

    def page_context(self, request: HttpRequest, *, title: str, **more: Any) -> dict[str, Any]:
        """What a page of ours needs beside its own content."""
        return {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": title,
            "person": person(request),
            "show_back_button": True,
            **more,
        }


__all__ = ["BackofficeAdmin", "BoundedPaginator", "Button", "StepForm"]
