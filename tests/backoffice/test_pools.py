from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection

from backoffice import pools

ROOT = Path(__file__).parents[2]
# The parent speaks to the database first, as the queue's does, and then forks.
SCRIPT = """
import os, sys
from pathlib import Path
from backoffice.embedded.server import server_in
server_in(Path(sys.argv[1]), "shop", {"fsync": "off"}).ensure_running()
import django
django.setup()
from django.db import connection
from backoffice import pools
def backend():
    with connection.cursor() as cursor:
        cursor.execute("select pg_backend_pid()")
        return cursor.fetchone()[0]
assert connection.settings_dict["ENGINE"] == "django.db.backends.postgresql"
assert connection.pool is not None
backend()
with connection.cursor() as cursor:
    cursor.execute("select pid from pg_stat_activity where backend_type = 'client backend'")
    ours = {pid for (pid,) in cursor.fetchall()}
connection.close()
read, write = os.pipe()
if (child := os.fork()) == 0:
    connection.close()
    os.write(write, str(backend()).encode())
    connection.close()
    connection.close_pool()
    sys.exit(0)
assert os.waitpid(child, 0)[1] == 0
assert int(os.read(read, 20)) not in ours, "the child took its parent's connection"
backend()
with connection.cursor() as cursor:
    cursor.execute("show lock_timeout")
    print(cursor.fetchone()[0])
connection.close()

import psycopg
from threading import Barrier, Thread
from time import monotonic
together = Barrier(6)
def ask():
    backend()
    together.wait()
    connection.close()
threads = [Thread(target=ask) for _ in range(6)]
[each.start() for each in threads] and [each.join() for each in threads]
with psycopg.connect(f"host={sys.argv[1]} user=postgres", autocommit=True) as other:
    ended = "select pg_terminate_backend(pid) from pg_stat_activity where datname = 'shop'"
    assert len(other.execute(ended).fetchall()) == 6
    left = "select count(*) from pg_stat_activity where datname = 'shop'"
    while other.execute(left).fetchone()[0]:
        pass
began = monotonic()
backend()
assert monotonic() - began < 2, "one dead connection after the other was tried"
connection.close()
connection.close_pool()
"""


@pytest.mark.torture
def test_forks_and_restarts_of_the_database_leave_a_pool_that_works() -> None:
    with tempfile.TemporaryDirectory(prefix="bo-") as base:
        folder = Path(base) / "pg"
        result = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", SCRIPT, str(folder)],
            cwd=ROOT,
            env={
                "PATH": os.environ["PATH"],
                "BACKOFFICE_ENV": "test",
                "DJANGO_SETTINGS_MODULE": "backoffice.settings",
                "DATABASE_URL": f"postgres://postgres@/shop?host={folder}",
            },
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip() == "3s"


@pytest.mark.django_db
def test_only_a_connection_with_something_to_say_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[psycopg.Connection[Any]] = []
    monkeypatch.setattr(pools, "_check", asked.append)
    connection.ensure_connection()
    address = connection.connection.info.dsn
    with psycopg.connect(address, autocommit=True) as link:
        pools.check_connection(link)
        pools.check_connection(link)
        assert asked.pop() == link
        assert asked == []
        monkeypatch.setattr(pools, "FRESH", -1)
        pools.check_connection(link)
        assert asked.pop() == link
        monkeypatch.undo()
        monkeypatch.setattr(pools, "_check", asked.append)
        pools.check_connection(link)
        assert asked == []
        with psycopg.connect(address, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s, 10000)", [link.info.backend_pid])
        pools.check_connection(link)
        assert asked == [link]
    with pytest.raises(psycopg.OperationalError):
        pools.check_connection(link)
