from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

# Servers are started and killed, which takes long and is touched seldom.
pytestmark = pytest.mark.torture
ROOT = Path(__file__).parents[2]
PRELUDE = """
import multiprocessing, os, sys, time
from pathlib import Path
import psycopg
from backoffice.embedded.server import server_in
server = server_in(Path(sys.argv[1]), "shop", {"fsync": "off"})
def ask():
    with psycopg.connect(host=str(server.ensure_running()), user="postgres", dbname="shop") as link:
        return link.execute("select pg_postmaster_start_time()::text").fetchone()[0]
"""


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="bo-") as base:
        yield Path(base) / "pg"


def start(folder: Path, script: str, first: str = "") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", first + PRELUDE + script, str(folder)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen[str]) -> list[str]:
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    return output.split("\n")[:-1]


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def servers(folder: Path) -> list[int]:
    return [
        process.pid
        for process in psutil.process_iter(["cmdline"])
        if str(folder) in (process.info["cmdline"] or []) and "-D" in process.info["cmdline"]
    ]


HOLD = "print(ask(), flush=True); sys.stdin.readline(); print(ask())"


class TestEmbeddedServer:
    def test_starts_at_first_need_and_stops_with_the_last_process(self, folder: Path) -> None:
        first = start(folder, HOLD)
        begun = line(first)
        assert servers(folder)
        second = start(folder, "print(ask())")
        assert finish(second) == [begun]
        assert finish(first) == [begun]
        assert servers(folder) == []

    def test_is_not_stopped_by_a_forked_child(self, folder: Path) -> None:
        script = """
begun = ask()
if (child := os.fork()) == 0:
    assert ask() == begun
    sys.exit(0)
assert os.waitpid(child, 0)[1] == 0
print(ask() == begun)
"""
        assert finish(start(folder, script)) == ["True"]
        assert servers(folder) == []

    def test_is_not_stopped_by_a_child_of_multiprocessing(self, folder: Path) -> None:
        script = """
begun = ask()
context = multiprocessing.get_context("fork")
child = context.Process(target=ask)
child.start(); child.join()
assert child.exitcode == 0
print(ask() == begun)
"""
        assert finish(start(folder, script)) == ["True"]

    def test_outlives_a_parent_whose_forked_child_still_works(self, folder: Path) -> None:
        script = """
begun = ask()
if os.fork() == 0:
    print(os.getpid(), flush=True)
    sys.stdin.readline()
    print(ask() == begun, flush=True)
    sys.exit(0)
"""
        parent = start(folder, script)
        line(parent)
        parent.wait(timeout=30)
        assert servers(folder)
        assert finish(parent) == ["True"]
        assert _gone(folder)

    def test_is_not_stopped_by_a_parent_that_leaves_before_its_child_is_awake(
        self, folder: Path
    ) -> None:
        # Hooks run in the order of their registration: this one before the server's.
        sleepy = """
import os
reads, writes = os.pipe()
def wait_for_the_end_of_the_parent():
    os.close(writes)
    os.read(reads, 1)
os.register_at_fork(after_in_child=wait_for_the_end_of_the_parent)
"""
        script = """
begun = ask()
if os.fork() == 0:
    print(ask() == begun, flush=True)
    sys.exit(0)
"""
        assert finish(start(folder, script, first=sleepy)) == ["True"]
        assert _gone(folder)

    def test_does_not_count_a_killed_process(self, folder: Path) -> None:
        killed = start(folder, HOLD)
        line(killed)
        last = start(folder, HOLD)
        line(last)
        killed.send_signal(signal.SIGKILL)
        killed.wait(timeout=30)
        finish(last)
        assert servers(folder) == []

    def test_starts_for_several_at_once(self, folder: Path) -> None:
        several = [start(folder, HOLD) for _ in range(4)]
        assert len({line(process) for process in several}) == 1
        for process in several:
            finish(process)
        assert servers(folder) == []

    def test_refuses_to_forget_data_in_use(self, folder: Path) -> None:
        user = start(folder, HOLD)
        line(user)
        refused = """
try:
    server.remove()
except RuntimeError as error:
    print("in use" in str(error))
"""
        assert finish(start(folder, refused)) == ["True"]
        finish(user)
        assert finish(start(folder, "server.remove(); print(Path(sys.argv[1]).exists())")) == [
            "False"
        ]


def _gone(folder: Path) -> bool:
    """The child is nobody's to wait for any more; give its exit a moment."""
    for pid in servers(folder):
        psutil.Process(pid).wait(timeout=20)
    return not servers(folder)
