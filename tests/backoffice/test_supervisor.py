from __future__ import annotations

import signal
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from django.core.management import CommandError

from backoffice.management.commands.demo import refuse_busy_ports

ROOT = Path(__file__).parents[2]
SCRIPT = r"""
import os, sys
from backoffice.supervisor import Supervisor
def say(line): print(line, flush=True)
sleeper = "import os,time; os.write(1, b'%d\\n' % os.getpid()); time.sleep(60)"
family = "import os,time; os.fork(); os.write(1, b'%d\\n' % os.getpid()); time.sleep(60)"
programs = {name: [sys.executable, "-c", code] for name, code in
            {"one": sleeper, "two": family, **dict(zip(["third"], sys.argv[1:]))}.items()}
sys.exit(Supervisor(say).run(programs, environment=os.environ, when_up=lambda: True,
         once_up=lambda: None))
"""


def start(*third: str) -> tuple[subprocess.Popen[str], list[psutil.Process]]:
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, *third], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    found: list[psutil.Process] = []
    while len(found) < 3:
        name, _, rest = process.stdout.readline().partition("|")
        if name.strip() in {"one", "two"}:
            found.append(psutil.Process(int(rest)))
    return process, found


@pytest.mark.torture
class TestSupervisor:
    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_leaves_nothing_behind_when_asked_to_stop(self, number: signal.Signals) -> None:
        process, children = start()
        process.send_signal(number)
        assert process.wait(timeout=30) == 0
        assert psutil.wait_procs(children, timeout=10)[1] == []

    @pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children of the death")
    def test_ends_its_children_even_when_killed(self) -> None:
        process, children = start()
        process.kill()
        process.wait(timeout=30)
        # A grandchild is its own parent's to end, as the servers we run do.
        direct = [child for child in children if child.ppid() != children[1].pid]
        gone, _ = psutil.wait_procs(direct, timeout=10)
        assert len(gone) >= 2
        for child in children:
            if child.is_running():
                child.kill()

    def test_ends_all_when_one_ends(self) -> None:
        process, children = start("import time; time.sleep(2)")
        assert process.wait(timeout=30) == 1
        assert psutil.wait_procs(children, timeout=10)[1] == []


class TestRefuseBusyPorts:
    def test_says_which_port_and_what_to_type(self) -> None:
        with socket.socket() as taken, socket.socket() as other:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            other.bind(("127.0.0.1", 0))
            port, free = taken.getsockname()[1], other.getsockname()[1]
            other.close()
            with pytest.raises(CommandError, match=f"Port {port} is not free.*STRIPE_PORT="):
                refuse_busy_ports(free, port)

    def test_refuses_one_port_for_both(self) -> None:
        with pytest.raises(CommandError, match="must differ"):
            refuse_busy_ports(8000, 8000)
