"""Each state is reachable by its audit rows, and the last row gives the current state."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection

from domain.common.integrity import Breach
from domain.common.workflow.stateful import REGISTERED, Stateful

# Windowed in the database: one pass a table, whatever its size.
REPLAY = """
WITH trail AS (
    SELECT subject_id, version, from_state, to_state,
           lag(to_state, 1, '') OVER w AS before, lag(version, 1, 0) OVER w AS previous
    FROM domain_auditentry WHERE subject_type = %s
    WINDOW w AS (PARTITION BY subject_id ORDER BY version)
), broken AS (
    SELECT subject_id, 'its audit rows do not follow each other' AS why FROM trail
    WHERE from_state <> before OR version <> previous + 1
), ends AS (
    SELECT DISTINCT ON (subject_id) subject_id, to_state, version FROM trail
    ORDER BY subject_id, version DESC
)
SELECT subject_id, why FROM broken
UNION
SELECT s.{key}, CASE
    WHEN e.subject_id IS NULL THEN 'it has no audit row'
    WHEN e.to_state <> s.state
        THEN 'its state is ' || s.state || ' but its audit says ' || e.to_state
    ELSE 'its version is ' || s.version || ' but its audit says ' || e.version END
FROM {table} s LEFT JOIN ends e ON e.subject_id = s.{key}
WHERE e.subject_id IS NULL OR e.to_state <> s.state OR e.version <> s.version
LIMIT 100
"""


def replay_breaches(model: type[Stateful]) -> Iterator[Breach]:
    with connection.cursor() as cursor:
        table = connection.ops.quote_name(model._meta.db_table)
        key = connection.ops.quote_name(str(model._meta.pk.column))
        cursor.execute(REPLAY.format(table=table, key=key), [model.subject_type])
        for pk, why in cursor.fetchall():
            yield Breach("S2", f"{model._meta.verbose_name} {pk}", f"The replay differs: {why}.")


def all_replay_breaches() -> Iterator[Breach]:
    for model in REGISTERED.values():
        yield from replay_breaches(model)
