"""Counting calls, exactly, over all processes.

The counters lie in the shared cache: in its table, where one statement adds and reads, or in
Redis. Django's own ``incr`` reads and then writes when the cache is a table, so that calls at
the same moment would be counted once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from threading import Lock

from django.conf import settings
from django.core.cache import cache
from django.db import connection

# The count need not survive a crash, so its commit does not wait for the disk.
COUNT = """
WITH quick AS (SELECT set_config('synchronous_commit', 'off', true))
INSERT INTO {table} AS known (cache_key, value, expires)
SELECT %(key)s, %(calls)s::text, %(ends)s FROM quick
ON CONFLICT (cache_key) DO UPDATE SET
    value = CASE WHEN known.expires <= %(at)s THEN excluded.value
        ELSE (known.value::bigint + excluded.value::bigint)::text END,
    expires = CASE WHEN known.expires <= %(at)s THEN excluded.expires ELSE known.expires END
RETURNING value::bigint, expires
"""
# A process takes a hundredth of a limit at a time, so that a high one costs next to nothing and a
# low one is counted call by call. What it took and did not use is lost to others, never exceeded.
PART = 100
MOST_SHARES = 10_000


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a call is within its limit, and the seconds until counting starts anew."""

    allowed: bool
    seconds_left: int


@dataclass(slots=True)
class _Share:
    left: int
    ends: datetime


_shares: dict[str, _Share] = {}
_lock = Lock()


def allow_call(*, key: str, limit: int, seconds: int, at: datetime) -> Verdict:
    """Count a call under a key. Counting starts with its first call and lasts ``seconds``."""
    part = max(1, limit // PART)
    if part > 1 and _from_share(key, at):
        return Verdict(allowed=True, seconds_left=seconds)
    count, ends = _add(key, part, seconds, at)
    # Of the part just taken, so many calls are within the limit.
    within = min(part, limit - (count - part))
    if within > 1:
        with _lock:
            if len(_shares) > MOST_SHARES:
                _shares.clear()
            _shares[key] = _Share(within - 1, ends)
    return Verdict(within > 0, max(1, ceil((ends - at).total_seconds())))


def forget_shares() -> None:
    """Start anew: for tests, whose counters vanish with their transactions."""
    with _lock:
        _shares.clear()


def _from_share(key: str, at: datetime) -> bool:
    with _lock:
        share = _shares.get(key)
        if share is None or share.left < 1 or share.ends <= at:
            return False
        share.left -= 1
        return True


def _add(key: str, calls: int, seconds: int, at: datetime) -> tuple[int, datetime]:
    """Add calls to a counter; returns the count with them and the end of counting."""
    ends = at + timedelta(seconds=seconds)
    if settings.REDIS_URL:
        return _add_in_redis(f"calls:{key}", calls, seconds), ends
    table = connection.ops.quote_name(str(settings.CACHES["default"]["LOCATION"]))
    asked: dict[str, str | int | datetime] = {
        "key": f"calls:{key}"[:255],
        "calls": calls,
        "ends": ends,
        "at": at,
    }
    with connection.cursor() as cursor:
        cursor.execute(COUNT.format(table=table), asked)
        counted: tuple[int, datetime] = cursor.fetchone()
    return counted


def _add_in_redis(key: str, calls: int, seconds: int) -> int:
    cache.add(key, 0, timeout=seconds)
    try:
        return cache.incr(key, calls)
    except ValueError:  # it ran out in between
        cache.set(key, calls, timeout=seconds)
        return calls
