from __future__ import annotations

import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from backoffice.sandbox.stripe import start
from tests.sandbox.conftest import client_of

WISH = {"amount": 5_000, "currency": "usd"}
K1 = {"idempotency_key": "k1"}
PATIENCE = 60


@contextmanager
def command(*arguments: str, stop: int = signal.SIGTERM) -> Iterator[str]:
    """Run the stand-in as a program of its own; gives its address."""
    program = subprocess.Popen(
        [sys.executable, "-m", "backoffice.sandbox.stripe", *arguments],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert program.stdout is not None
    try:
        assert select.select([program.stdout], [], [], PATIENCE)[0]
        yield program.stdout.readline().rpartition(" ")[2].strip()
    finally:
        program.send_signal(stop)
        code = program.wait(PATIENCE)
        program.stdout.close()
    assert code == 0


class TestState:
    def test_outlives_a_restart(self, tmp_path: Path) -> None:
        kept = tmp_path / "stripe.json"
        first = start(state=kept)
        intent = client_of(first.url).payment_intents.create(WISH, K1)
        # A guest pays in a page: no request of ours follows that could save it.
        first.pay(intent.id)
        first.stop()

        second = start(state=kept)
        client = client_of(second.url)
        assert client.payment_intents.retrieve(intent.id).status == "succeeded"
        assert client.payment_intents.create(WISH, K1).id == intent.id
        assert len(second.events) == 3
        second.stop()


class TestCommand:
    @pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
    def test_keeps_its_state_when_told_to_stop(self, tmp_path: Path, stop: int) -> None:
        state = ("--port", "0", "--state", str(tmp_path / "new folder" / "stripe.json"))
        with command(*state, stop=stop) as url:
            intent = client_of(url).payment_intents.create(WISH)
        with command(*state, stop=stop) as url:
            assert client_of(url).payment_intents.retrieve(intent.id).id == intent.id

    def test_says_which_port_is_taken(self) -> None:
        running = start()
        port = running.url.rpartition(":")[2]
        told = subprocess.run(
            [sys.executable, "-m", "backoffice.sandbox.stripe", "--port", port],
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )
        running.stop()
        assert told.returncode == 1
        assert f"Port {port} cannot be used" in told.stderr
