"""Growing parts of the company side by side, each in a process of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import connection, get_context
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Barrier

from django.db import connections

type Meet = Callable[[], object]
type Part = Callable[[Meet], None]


class NotGrown(Exception):
    """A part ended before it was grown; its own process has said why."""


@contextmanager
def beside(parts: Sequence[Part]) -> Iterator[None]:
    """Grow parts while the block runs, and wait for them. A part meets the others as it is told.

    Forked, as each would need seconds of its own to load what is loaded here already.

    :raises NotGrown: one of them failed; the others were ended
    """
    fork = get_context("fork")
    meeting = fork.Barrier(len(parts))
    # Nobody may share a connection.
    connections.close_all()
    processes = [fork.Process(target=_grow, args=(part, meeting), daemon=True) for part in parts]
    for each in processes:
        each.start()
    try:
        yield
        _wait(processes)
    finally:
        for each in processes:
            each.terminate()
            each.join()


def _grow(part: Part, meeting: Barrier) -> None:
    try:
        part(meeting.wait)
    except BaseException:
        # Nobody waits for one who never comes.
        meeting.abort()
        raise
    finally:
        connections.close_all()


def _wait(processes: Sequence[BaseProcess]) -> None:
    running = list(processes)
    while running:
        connection.wait([each.sentinel for each in running])
        if any(each.exitcode for each in processes):
            raise NotGrown
        running = [each for each in running if each.is_alive()]
