"""The queue: a table in this database, so a job commits or vanishes with its cause."""

from __future__ import annotations

from django.utils import timezone
from django.utils.module_loading import import_string
from django_q.brokers.orm import ORM
from django_q.conf import Conf
from django_q.models import OrmQ
from django_q.tasks import async_task

from domain.common.context import acting, current, new_request_id
from domain.common.inserts import insert_rows


class Kept(ORM):
    """Keeps a row of the library's own table for us to write, as we write ours."""

    row: OrmQ

    def __init__(self) -> None:
        self.list_key = Conf.CLUSTER_NAME

    def enqueue(self, task: str) -> None:
        self.row = OrmQ(key=self.list_key, payload=task, lock=timezone.now())


def job(task: str, *args: int | str) -> OrmQ:
    """The row, not yet written, that queues ``task`` (a dotted path) once it is committed.

    Arguments are ids only: the queue pickles them, and a job must read its row anew.
    """
    kept = Kept()
    asked = (task, list(args), current().request_id)
    async_task("domain.common.jobs.run", *asked, task_name=task, broker=kept)
    return kept.row


def enqueue(task: str, *args: int | str) -> None:
    """Queue ``task`` in the present transaction; see ``job``."""
    insert_rows([job(task, *args)])


def run(task: str, args: list[int | str], request_id: str = "") -> None:
    with acting(request_id=request_id or new_request_id()):
        import_string(task)(*args)
