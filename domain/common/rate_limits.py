"""Counting calls, exactly, over all processes.

The counters lie in the shared cache: in its table, where one statement adds and reads, or in
Redis. Django's own ``incr`` reads and then writes when the cache is a table, so that calls at
the same moment would be counted once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from django.conf import settings
from django.core.cache import cache
from django.db import connection

# The count need not survive a crash, so its commit does not wait for the disk.
COUNT = """
WITH quick AS (SELECT set_config('synchronous_commit', 'off', true))
INSERT INTO {table} AS known (cache_key, value, expires) SELECT %(key)s, '1', %(ends)s FROM quick
ON CONFLICT (cache_key) DO UPDATE SET
    value = CASE WHEN known.expires <= %(at)s THEN '1' ELSE (known.value::bigint + 1)::text END,
    expires = CASE WHEN known.expires <= %(at)s THEN excluded.expires ELSE known.expires END
RETURNING value::bigint, expires
"""


@dataclass(frozen=True, slots=True)
class Calls:
    """``count`` includes this call; ``seconds_left`` until counting starts anew."""

    count: int
    seconds_left: int


def count_call(*, key: str, seconds: int, at: datetime) -> Calls:
    """Count a call under a key. Counting starts with its first call and lasts ``seconds``."""
    if settings.REDIS_URL:
        return _in_redis(f"calls:{key}", seconds)
    table = connection.ops.quote_name(str(settings.CACHES["default"]["LOCATION"]))
    ends = at + timedelta(seconds=seconds)
    with connection.cursor() as cursor:
        cursor.execute(
            COUNT.format(table=table), {"key": f"calls:{key}"[:255], "ends": ends, "at": at}
        )
        count, expires = cursor.fetchone()
    return Calls(count, max(1, ceil((expires - at).total_seconds())))


def _in_redis(key: str, seconds: int) -> Calls:
    cache.add(key, 0, timeout=seconds)
    try:
        return Calls(cache.incr(key), seconds)
    except ValueError:  # it ran out in between
        cache.set(key, 1, timeout=seconds)
        return Calls(1, seconds)
