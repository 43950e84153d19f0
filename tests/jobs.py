"""Run what lies in the queue, here and now."""

from __future__ import annotations

from django.utils.module_loading import import_string
from django_q.models import OrmQ
from django_q.signing import SignedPackage


def run_jobs(*, at_most: int = 200) -> int:
    """Run queued jobs, also those they queue, until none is left; a failing job fails the test.

    Like the worker, take each job off the queue before it runs. Returns how many ran.
    """
    for done in range(at_most):
        row = OrmQ.objects.order_by("pk").first()
        if row is None:
            return done
        job = SignedPackage.loads(row.payload)
        row.delete()
        function = job["func"]
        (import_string(function) if isinstance(function, str) else function)(
            *job["args"], **job["kwargs"]
        )
    raise AssertionError(f"More than {at_most} jobs: does one queue itself for ever?")


def waiting_jobs() -> list[str]:
    """Name the domain's jobs in the queue, oldest first."""
    packages = [SignedPackage.loads(row.payload) for row in OrmQ.objects.order_by("pk")]
    return [str(each["args"][0] if each["args"] else each["func"]) for each in packages]
