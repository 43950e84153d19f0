"""Pages of large tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.utils.functional import cached_property

MOST_COUNTED = 10_000

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
