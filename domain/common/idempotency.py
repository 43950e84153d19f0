"""Answers kept by key, so that a repeated request has one effect and one answer.

:source: docs/policies/api.md, "Idempotency"
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import ClassVar

from django.db import DatabaseError, IntegrityError, connection, models, transaction

from domain.common.errors import Conflict

KEPT_FOR = timedelta(hours=48)
PATIENCE_MS = 25_000


class IdempotencyKey(models.Model):
    """One client key in one scope. ``response_body`` is empty until the answer is known."""

    scope = models.CharField(max_length=60)
    key = models.CharField(max_length=255)
    request_digest = models.CharField(max_length=64)
    subject_id = models.BigIntegerField(null=True)
    response_status = models.PositiveSmallIntegerField(null=True)
    response_body = models.TextField(blank=True)
    created_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["scope", "key"], name="idempotency_key_once")
        ]
        indexes: ClassVar = [models.Index(fields=["created_at"], name="idempotency_age")]

    def __str__(self) -> str:
        return f"{self.scope} {self.key}"


class KeyReused(Conflict):
    code = "idempotency_key_reused"


class KeyInUse(Conflict):
    code = "idempotency_key_in_use"


@dataclass(frozen=True, slots=True)
class Call:
    """A request under a client's key; without a key every call stands for itself."""

    scope: str
    key: str
    digest: str

    @classmethod
    def of(cls, scope: str, key: str, asked: object) -> Call:
        """``asked`` is the parsed body: order and white space make no other request."""
        if not key:
            return cls(scope, "", "")
        plain = json.dumps(asked, sort_keys=True, separators=(",", ":"))
        return cls(scope, key, sha256(plain.encode()).hexdigest())


@dataclass(frozen=True, slots=True)
class Answer:
    subject_id: int
    status: int
    body: str


def answer_once(
    call: Call,
    *,
    make: Callable[[], int],
    answer: Callable[[int], tuple[int, str]],
    at: datetime,
) -> Answer:
    """Have one effect and one answer for a key, however often and how close together it comes.

    ``make`` runs in one transaction with the keeping of the key and returns the id of what it
    made; a refusal keeps nothing. ``answer`` turns that id into a status and a body, outside
    any transaction; when it fails, or the process dies, the next call answers for what was made.

    The unique key and the "first answer stays" of ``_keep`` carry this; the lock only lets a
    second caller wait for the first instead of doing its work again.

    :raises KeyReused: the key came with another body before
    :raises KeyInUse: the first call is still running
    """
    if not call.key:
        subject_id = make()
        return Answer(subject_id, *answer(subject_id))
    with _one_at_a_time(f"{call.scope} {call.key}"):
        row = _find(call) or _begin(call, make, at)
        if row.request_digest != call.digest:
            raise KeyReused("This Idempotency-Key came with another request before. Use a new one.")
        subject_id = row.subject_id or 0
        if row.response_status is None:
            row = _keep(row, *answer(subject_id))
        return Answer(subject_id, row.response_status or 0, row.response_body)


def forget_old_keys(*, at: datetime) -> int:
    """Delete the keys nobody will repeat any more; returns how many."""
    return IdempotencyKey.objects.filter(created_at__lt=at - KEPT_FOR).delete()[0]


def _find(call: Call) -> IdempotencyKey | None:
    return IdempotencyKey.objects.filter(scope=call.scope, key=call.key).first()


def _begin(call: Call, make: Callable[[], int], at: datetime) -> IdempotencyKey:
    try:
        with transaction.atomic():
            return IdempotencyKey.objects.create(
                scope=call.scope,
                key=call.key,
                request_digest=call.digest,
                subject_id=make(),
                created_at=at,
            )
    except IntegrityError:
        # Another process was faster although the lock was ours: what we made is undone.
        if row := _find(call):
            return row
        raise


def _keep(row: IdempotencyKey, status: int, body: str) -> IdempotencyKey:
    waiting = IdempotencyKey.objects.filter(pk=row.pk, response_status=None)
    if waiting.update(response_status=status, response_body=body):
        row.response_status, row.response_body = status, body
        return row
    return IdempotencyKey.objects.get(pk=row.pk)


@contextmanager
def _one_at_a_time(name: str) -> Iterator[None]:
    """Hold a lock of this session, which ends with the process, over a stretch without a
    transaction. It is given back before the connection returns to its pool.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [name])
        if not cursor.fetchone()[0]:
            _wait(name)
    try:
        yield
    finally:
        _release(name)


def _wait(name: str) -> None:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = {PATIENCE_MS}")
            cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [name])
    except DatabaseError as error:
        raise KeyInUse("The first request with this key is still running. Try again.") from error


def _release(name: str) -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [name])
    except DatabaseError:
        # The session is broken: ending it gives the lock back.
        if connection.connection is not None:
            connection.connection.close()
