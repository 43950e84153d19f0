"""Pages of large tables."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, override

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.functional import cached_property
from unfold.views import ChangeList

MOST_COUNTED = 10_000
INDENTATION = re.compile(rb"\n\s+")

if TYPE_CHECKING:
    Pages = Paginator[Any]
else:
    Pages = Paginator  # Django's own takes no type argument at run time


class BoundedPaginator(Pages):
    """Counts at most so many rows: what is behind them is for a filter to bring forward."""

    template_name = "admin/parts/pages.html"

    @cached_property
    def count(self) -> int:
        return min(self.counted, MOST_COUNTED)

    @cached_property
    def counted(self) -> int:
        rows: Any = self.object_list
        if isinstance(rows, QuerySet):
            return rows.order_by()[: MOST_COUNTED + 1].count()
        return len(rows)

    @property
    def there_are_more(self) -> bool:
        return self.counted > MOST_COUNTED


class PreparedList(ChangeList):
    """A list whose rows get what their columns need in one go, not row by row."""

    @override
    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list: Any = list(self.result_list)
        # There is no other count than this one, so nothing offers to "show all".
        self.full_result_count = self.result_count
        self.model_admin.prepare_rows(request, self.result_list)


def without_indentation(response: TemplateResponse) -> None:
    """A fifth of a list page is the templates' own indentation; nothing in it is preformatted."""
    response.content = INDENTATION.sub(b"\n", response.content)
