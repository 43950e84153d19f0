"""Whether this process runs, and whether it can do its work."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django_q.status import Stat
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.errors import refusal
from api.schema import ErrorAnswer, describes
from api.views import PublicView

logger = logging.getLogger(__name__)


class LiveAnswer(serializers.Serializer[Any]):
    status = serializers.ChoiceField(choices=["live"])


class ReadyAnswer(serializers.Serializer[Any]):
    status = serializers.ChoiceField(choices=["ready"])


class LiveView(PublicView):
    throttle_classes = ()

    @describes("health_live", "The process is up", LiveAnswer, unlimited=True, tag="Health")
    def get(self, request: Request) -> Response:
        return Response({"status": "live"})


class ReadyView(PublicView):
    throttle_classes = ()

    @describes(
        "health_ready",
        "Database, migrations, queue and storage are at work",
        ReadyAnswer,
        differing={503: ErrorAnswer},
        unlimited=True,
        tag="Health",
    )
    def get(self, request: Request) -> Response:
        problems = {name: [told] for name, check in CHECKS.items() if (told := ask(name, check))}
        if problems:
            return refusal(503, f"Not ready: {', '.join(problems)}.", "not_ready", problems)
        return Response({"status": "ready"})


def ask(name: str, check: Callable[[], str]) -> str:
    """Return what is wrong, in words that give nothing away; the log has the rest."""
    try:
        return check()
    except Exception:
        logger.exception("%s is not ready", name.capitalize())
        return f"The {name} does not answer."


def database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return ""


def migrations() -> str:
    missing = migrations_on_disk() - set(MigrationRecorder(connection).applied_migrations())
    return f"{len(missing)} migrations have not run." if missing else ""


@cache
def migrations_on_disk() -> frozenset[tuple[str, str]]:
    return frozenset(MigrationLoader(None, ignore_no_migrations=True).disk_migrations)


def queue() -> str:
    """The queue's cluster renews its word every second, and it lapses after three."""
    return "" if Stat.get_all() else "No worker has given a sign of life."


def storage() -> str:
    folder = Path(settings.MEDIA_ROOT)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder) as file:
        file.write(b"ready")
    return ""


CHECKS: dict[str, Callable[[], str]] = {
    "database": database,
    "migrations": migrations,
    "queue": queue,
    "storage": storage,
}
