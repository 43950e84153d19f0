"""One transaction for an operation and all it calls."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.db import transaction


def inside_transaction() -> bool:
    """Whether a transaction of ours is open; a test case's own wrapper is not counted."""
    blocks = transaction.get_connection().atomic_blocks
    return any(not block._from_testcase for block in blocks)  # noqa: SLF001  # as Django's durable


def in_transaction[**P, T](operation: Callable[P, T]) -> Callable[P, T]:
    """Run an operation in a transaction of its own, or join the caller's.

    Joining takes no savepoint, two round trips saved for each: an operation that fails
    fails its caller's transaction too. Who wants to go on after a refusal wraps the call in
    ``transaction.atomic()``, as plans do for each row.
    """

    @wraps(operation)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        with transaction.atomic(savepoint=not inside_transaction()):
            return operation(*args, **kwargs)

    return run
