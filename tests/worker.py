"""The worker as it is shipped: a process of its own, on the database of the tests."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection

ROOT = Path(__file__).parents[1]


@contextmanager
def running_worker(*, stripe_url: str, public_url: str, mails: Path) -> Iterator[None]:
    """Run ``manage.py qcluster``; the e-mails it sends land as files in a folder."""
    connection.ensure_connection()
    database = connection.settings_dict
    process = subprocess.Popen(
        [sys.executable, "manage.py", "qcluster"],
        cwd=ROOT,
        env=os.environ
        | {
            "DJANGO_SETTINGS_MODULE": "backoffice.settings",
            "BACKOFFICE_ENV": "test",
            "DATABASE_URL": f"postgres://{database['USER']}@/{database['HOST']}/{database['NAME']}",
            "EMAIL_URL": f"filemail:///{mails}",
            "PUBLIC_URL": public_url,
            "STRIPE_API_BASE": stripe_url,
            "WORKERS": "1",
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def until[T](ask: Callable[[], T], *, seconds: float = 45) -> T:
    """Wait until something is so, and return it."""
    deadline = time.monotonic() + seconds
    while not (found := ask()):
        if time.monotonic() > deadline:
            raise AssertionError(f"Not so within {seconds:.0f} s.")
        time.sleep(0.1)
    return found
