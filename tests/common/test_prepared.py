from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import DEFAULT_DB_ALIAS, DataError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from domain.common.prepared import rows_prepared

pytestmark = pytest.mark.django_db
HALVED = "SELECT %(number)s::int / %(by)s::int"
# A text of its own: one that fails when it is first met stays with the connection's server.
DOUBLED = "SELECT %(number)s::bigint * %(by)s::bigint"


def known(text: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement = %s", [text])
        (count,) = cursor.fetchone()
    return int(count)


def test_is_planned_once_and_everything_else_as_before() -> None:
    assert rows_prepared(DOUBLED, {"number": 8, "by": 2}) == [(16,)]
    assert rows_prepared(DOUBLED, {"number": 9, "by": 3}) == [(27,)]
    assert known("SELECT $1::bigint * $2::bigint") == 1
    assert known("SELECT $1::bigint * $2::bigint") == 1


def test_fails_as_any_statement_does() -> None:
    with pytest.raises(DataError), transaction.atomic():
        rows_prepared(HALVED, {"number": 1, "by": 0})
    assert connection.connection.prepare_threshold is None


def test_is_counted_as_any_statement() -> None:
    with CaptureQueriesContext(connection) as asked:
        rows_prepared(HALVED, {"number": 8, "by": 2})
    assert [each["sql"] for each in asked] == ["SELECT $1::int / $2::int"]


def test_has_one_plan_for_small_and_large_numbers() -> None:
    for number in (2, 70_000, 2**31 - 1):
        rows_prepared(DOUBLED, {"number": number, "by": 2})
    assert known("SELECT $1::bigint * $2::bigint") == 1


def test_takes_values_by_place_too_and_leaves_a_percent_sign_alone() -> None:
    assert rows_prepared("SELECT %s::int, 7 %% 4, %s::int", [1, 2]) == [(1, 3, 2)]


def test_makes_a_connection_anew_that_died_lying_idle() -> None:
    def ask_after_the_end() -> list[tuple[int, ...]]:
        # As in production without a pool, which looks after its connections by itself.
        link = connection.copy(alias="lone")
        connections[DEFAULT_DB_ALIAS] = connections["lone"] = link
        link.settings_dict["OPTIONS"].pop("pool")
        link.settings_dict["CONN_HEALTH_CHECKS"] = True
        [(pid,)] = rows_prepared("SELECT pg_backend_pid()", ())
        link.health_check_done = False  # as the end of a request leaves it
        ended.submit(end, pid).result()
        try:
            return rows_prepared(DOUBLED, {"number": 8, "by": 2})
        finally:
            link.close()

    def end(pid: int) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
        connection.close()

    with ThreadPoolExecutor(1) as asked, ThreadPoolExecutor(1) as ended:
        assert asked.submit(ask_after_the_end).result() == [(16,)]
