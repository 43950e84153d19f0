"""A queue of what waits for approval: left what waits, right the case.

Decided, one gives way to the next by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse

from backoffice.admin.page import page, whole_number

if TYPE_CHECKING:
    from backoffice.admin.base import BackofficeAdmin

QUEUE_LENGTH = 100


@dataclass(frozen=True, slots=True)
class Waiting:
    """A record in the queue; ``why`` says why it is not this person's to decide."""

    record: Any
    whose: object
    note: str
    why: str


def queue_page(
    screen: BackofficeAdmin, request: HttpRequest, queue: Sequence[Waiting], **words: str
) -> HttpResponse:
    """Show a queue in words of its own: ``title``, ``refuse`` (the other step), ``case_template``
    and ``empty``, what is said when nothing waits.
    """
    kind = screen.model.subject_type
    one = chosen(queue, whole_number(request.GET.get(kind), 0))
    record = screen.subject(request, one.pk) if one is not None else None
    open_ids = [str(each.record.pk) for each in queue if not each.why]
    return page(
        request,
        "admin/parts/queue.html",
        **screen.page_context(request, **words),
        **({"record": None} if record is None else screen.record_context(request, record)),
        kind=kind,
        queue=queue,
        open_ids=",".join(open_ids),
        open_count=len(open_ids),
    )


def chosen(queue: Sequence[Waiting], pk: int) -> Any:
    """The record asked for while it waits, else the one that follows it, else the oldest."""
    by_id = {each.record.pk: each.record for each in queue}
    if pk in by_id or not queue:
        return by_id.get(pk)
    open_ones = [each.record for each in queue if not each.why] or list(by_id.values())
    decided = type(open_ones[0]).objects.filter(pk=pk).values_list("requested_at", "pk").first()
    later = [each for each in open_ones if decided and (each.requested_at, each.pk) > decided]
    return (later or open_ones)[0]
