"""Dying at a chosen statement."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction


class Killed(BaseException):
    """The process ends here. No handler for errors may swallow it."""


class KillAt:
    """Let ``number`` statements through and die before the next."""

    def __init__(self, number: int) -> None:
        self.left = number
        self.struck = False

    def __call__(
        self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any
    ) -> Any:
        # What Django sends to end a transaction goes through whoever dies.
        if sql.startswith(("ROLLBACK", "RELEASE", "SAVEPOINT")):
            return execute(sql, params, many, context)
        if self.left == 0 and not self.struck:
            self.struck = True
            raise Killed
        self.left -= 1
        return execute(sql, params, many, context)


@contextmanager
def forgotten() -> Iterator[None]:
    """Undo all that is done inside, where operations behave as if no transaction were open."""
    with transaction.atomic():
        connection.atomic_blocks[-1]._from_testcase = True
        try:
            yield
        finally:
            transaction.set_rollback(True)


def dies_at(number: int, flow: Callable[[], object]) -> bool:
    """Run a flow that dies at a statement; False when it ended before that."""
    kill = KillAt(number)
    try:
        with connection.execute_wrapper(kill):
            flow()
    except Killed:
        return True
    return kill.struck
