"""What the library's pools of connections do not do by themselves.

A forked child must not touch the connections of its parent's pool. The queue forks its workers from
a process that has already spoken to the database. Django keeps one pool per process and alias in a
class attribute, which a fork copies together with its open sockets.

After a restart of the database all connections of a pool are dead. The pool finds out one by one,
and waits twice as long after each: eight of them cost a request ten seconds and then its answer.

To ask each connection whether it lives, before it is lent, costs as much as a short answer's own
query. A server says nothing unasked but that it ends, or news of its own: so one that answered a
moment ago, and from which nothing waits to be read, is lent at once. One that lay idle for longer
is asked, for what lies between may have forgotten it without a word.
"""

from __future__ import annotations

import os
import select
from time import monotonic
from typing import Any

import psycopg
from django.db.backends.postgresql.base import DatabaseWrapper
from psycopg_pool import ConnectionPool

# Kept alive on purpose: collecting them would try to stop threads that did not survive the fork.
_inherited: list[dict[str, Any]] = []


_check = ConnectionPool.check_connection
# For so many seconds nothing on the way forgets a connection.
FRESH = 30


def pools() -> dict[str, ConnectionPool[Any]]:
    found: dict[str, ConnectionPool[Any]] = vars(DatabaseWrapper)["_connection_pools"]
    return found


def forget_pools() -> None:
    _inherited.append(dict(pools()))
    pools().clear()


def check_connection(connection: psycopg.Connection[Any]) -> None:
    """Where one connection of a pool is dead, let all that lie idle be made anew."""
    lent, now = vars(connection).get("lent_at"), monotonic()
    vars(connection)["lent_at"] = now
    try:
        if lent is None or now - lent > FRESH or _has_something_to_say(connection):
            _check(connection)
    except psycopg.OperationalError:
        for pool in list(pools().values()):
            pool.drain()
        raise


def _has_something_to_say(connection: psycopg.Connection[Any]) -> bool:
    news = select.poll()
    news.register(connection.fileno(), select.POLLIN)
    return bool(news.poll(0))


os.register_at_fork(after_in_child=forget_pools)
# Django names this check itself and takes no other from the settings.
ConnectionPool.check_connection = staticmethod(check_connection)  # type: ignore[method-assign, assignment]
