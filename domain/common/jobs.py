"""The queue: a table in this database, so a job commits or vanishes with its cause."""

from __future__ import annotations

from uuid import uuid4

from django.utils import timezone
from django.utils.module_loading import import_string
from django_q.conf import Conf
from django_q.models import OrmQ
from django_q.signing import SignedPackage

from domain.common.context import acting, current, new_request_id
from domain.common.inserts import insert_row


def job(task: str, *args: int | str) -> OrmQ:
    """The row, not yet written, that queues ``task`` (a dotted path) once it is committed.

    The library's own table and format, written as we write ours: every booking rings for its
    e-mail. Arguments are ids and keys only: the queue pickles them, and a job must read its row
    anew.
    """
    now = timezone.now()
    package = {
        "id": uuid4().hex,
        "name": task,
        "func": "domain.common.jobs.run",
        "args": (task, list(args), current().request_id),
        "kwargs": {},
        "started": now,
    }
    return OrmQ(key=Conf.CLUSTER_NAME, payload=SignedPackage.dumps(package), lock=now)


def enqueue(task: str, *args: int | str) -> None:
    """Queue ``task`` in the present transaction; see ``job``."""
    insert_row(job(task, *args))


def run(task: str, args: list[int | str], request_id: str = "") -> None:
    with acting(request_id=request_id or new_request_id()):
        import_string(task)(*args)
