"""Many threads at the same moment, each with a connection of its own."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Barrier

import pytest
from django.contrib.auth.models import Group
from django.db import connection, models

from domain.common.workflow import door
from domain.staff.models import Staff
from tests.conftest import triggers_off

THREADS, ROUNDS = 32, 25
# Fewer show that a lock is missing; a pause makes sure of it.
FEW_THREADS, FEW_ROUNDS = 8, 4


@dataclass
class Outcome:
    """What the threads of one round came back with, and what they raised."""

    results: list[object] = field(default_factory=list)
    errors: list[Exception] = field(default_factory=list)

    def raised(self) -> Counter[str]:
        return Counter(type(error).__name__ for error in self.errors)


def in_rounds[T](
    prepare: Callable[[], T],
    act: Callable[[T, int], object],
    *,
    threads: int = THREADS,
    rounds: int = ROUNDS,
) -> Iterator[tuple[T, Outcome]]:
    """For each round prepare something, then let all threads act on it at once."""
    barrier = Barrier(threads)

    def one(thing: T, number: int) -> object:
        connection.ensure_connection()
        barrier.wait(timeout=60)
        try:
            return act(thing, number)
        except Exception as error:  # whatever it is, it is the outcome
            return error

    with ThreadPoolExecutor(threads) as pool:
        for _ in range(rounds):
            thing, outcome = prepare(), Outcome()
            for result in pool.map(lambda number, each=thing: one(each, number), range(threads)):
                (outcome.errors if isinstance(result, Exception) else outcome.results).append(
                    result  # type: ignore[arg-type]
                )
            yield thing, outcome
        closing = Barrier(threads)

        def close(_: int) -> None:
            closing.wait(timeout=60)
            connection.close()

        list(pool.map(close, range(threads)))


def unlocked(model: type[models.Model], pk: int) -> models.Model:
    """The door's ``lock`` without its lock."""
    return model._default_manager.get(pk=pk)


def without_locks(monkeypatch: pytest.MonkeyPatch, *modules: object) -> None:
    for module in (door, *modules):
        monkeypatch.setattr(module, "lock", unlocked)


@contextmanager
def without_check(table: str, name: str) -> Iterator[None]:
    """Take a CHECK away; who uses it leaves no row that breaks it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE conname = %s AND conrelid = %s::regclass",
            [name, table],
        )
        (definition,) = cursor.fetchone()
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")


@contextmanager
def without_constraint(table: str, name: str) -> Iterator[None]:
    """Take a protection of the database away, and empty what was broken before it comes back."""
    with without_check(table, name):
        try:
            yield
        finally:
            with triggers_off(), connection.cursor() as cursor:
                cursor.execute(f"TRUNCATE {table} CASCADE")


def staff(count: int) -> list[Staff]:
    people = []
    for number in range(count):
        person = Staff.objects.create_user(f"p{number}", f"p{number}@staff.example", is_staff=True)
        person.groups.add(Group.objects.get(name="finance_manager"))
        people.append(Staff.objects.get(pk=person.pk))
    return people


def slow[**P, T](call: Callable[P, T], seconds: float = 0.05) -> Callable[P, T]:
    """Make sure that others come in between."""

    def wait(*args: P.args, **named: P.kwargs) -> T:
        result = call(*args, **named)
        time.sleep(seconds)
        return result

    return wait
