"""A forked child must not touch the connections of its parent's pool.

The queue forks its workers from a process that has already spoken to the database. Django keeps one
pool per process and alias in a class attribute, which a fork copies together with its open sockets.
"""

from __future__ import annotations

import os
from typing import Any

from django.db.backends.postgresql.base import DatabaseWrapper

# Kept alive on purpose: collecting them would try to stop threads that did not survive the fork.
_inherited: list[dict[str, Any]] = []


def forget_pools() -> None:
    pools: dict[str, Any] = vars(DatabaseWrapper)["_connection_pools"]
    _inherited.append(dict(pools))
    pools.clear()


os.register_at_fork(after_in_child=forget_pools)
