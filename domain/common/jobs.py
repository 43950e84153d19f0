"""The queue: a table in this database, so a job commits or vanishes with its cause."""

from __future__ import annotations

from django.utils.module_loading import import_string
from django_q.tasks import async_task

from domain.common.context import acting, current, new_request_id


def enqueue(task: str, *args: int | str) -> None:
    """Queue ``task`` (a dotted path) in the present transaction.

    Arguments are ids only: the queue pickles them, and a job must read its row anew.
    """
    async_task("domain.common.jobs.run", task, list(args), current().request_id, task_name=task)


def run(task: str, args: list[int | str], request_id: str = "") -> None:
    with acting(request_id=request_id or new_request_id()):
        import_string(task)(*args)
