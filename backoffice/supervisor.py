"""Run several programs as one: prefixed output, one ends and all end, nothing is left behind."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from types import FrameType

PATIENCE_SECONDS = 12
PR_SET_PDEATHSIG = 1


@dataclass
class Supervisor:
    say: Callable[[str], object]
    _running: dict[str, subprocess.Popen[str]] = field(default_factory=dict)
    _stop: threading.Event = field(default_factory=threading.Event)
    _mouth: threading.Lock = field(default_factory=threading.Lock)

    def run(
        self,
        programs: Mapping[str, Sequence[str]],
        *,
        environment: Mapping[str, str],
        when_up: Callable[[], bool],
        once_up: Callable[[], None],
    ) -> int:
        """Run until a signal comes or a program ends; 0 when it was a signal."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._ask_to_stop)
        try:
            for name, command in programs.items():
                self._running[name] = _start(command, environment)
            for name, program in self._running.items():
                threading.Thread(target=self._pump, args=(name, program), daemon=True).start()
            return self._watch(when_up, once_up)
        finally:
            self._end_all()

    def _watch(self, when_up: Callable[[], bool], once_up: Callable[[], None]) -> int:
        up = False
        while not self._stop.wait(0.2):
            ended = [name for name, program in self._running.items() if program.poll() is not None]
            if ended:
                self._tell(f"{', '.join(ended)} ended by itself; stopping the rest.")
                return 1
            if not up and when_up():
                up = True
                once_up()
        return 0

    def _pump(self, name: str, program: subprocess.Popen[str]) -> None:
        if program.stdout is not None:
            for line in program.stdout:
                self._tell(f"{name:7}| {line.rstrip()}")

    def _tell(self, line: str) -> None:
        # Two programs speaking at once would mix their lines; nobody listening is no reason to die.
        with self._mouth, suppress(BrokenPipeError):
            self.say(line)

    def _ask_to_stop(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self._stop.set()

    def _end_all(self) -> None:
        for program in self._running.values():
            if program.poll() is None:
                program.terminate()
        deadline = time.monotonic() + PATIENCE_SECONDS
        for program in self._running.values():
            with suppress(subprocess.TimeoutExpired):
                program.wait(max(0.1, deadline - time.monotonic()))
            # Each runs in a group of its own, so this reaches what it may have left behind.
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(program.pid, signal.SIGKILL)


def _start(command: Sequence[str], environment: Mapping[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603
        command,
        env=dict(environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        bufsize=1,
        # Ctrl-C reaches the whole group of the terminal: the children are told by us alone.
        start_new_session=True,
        # Run before any thread is started here, which is when this is safe.
        preexec_fn=_end_with_parent,  # noqa: PLW1509
    )


def _end_with_parent() -> None:
    """Ask the kernel for a signal when the parent is killed and can tell nobody."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
