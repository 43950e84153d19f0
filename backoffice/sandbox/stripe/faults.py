"""What can go wrong between us and Stripe, told before it happens."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from enum import StrEnum


class Trouble(StrEnum):
    ANSWER_LOST = "answer_lost"  # it takes effect, and the connection closes without an answer
    ERROR_500 = "error_500"  # a fault before anything happened
    ERROR_500_AFTER = "error_500_after"  # it takes effect; a fault is answered, then and again
    RATE_LIMIT = "rate_limit"  # turned away
    FORBIDDEN = "forbidden"  # the key has no right to this
    CONFLICT = "conflict"  # another request with this key is said to be under way
    SLOW = "slow"  # it takes effect, and the answer takes ``seconds``
    RESET = "reset"  # the connection is reset before anything happened


@dataclass(frozen=True, slots=True)
class Fault:
    """Trouble for one request whose path holds ``path``."""

    trouble: Trouble
    path: str = ""
    method: str = "POST"
    seconds: float = 0.0


class Faults:
    """A script of faults; each matching request uses one up, the first in the script first."""

    def __init__(self) -> None:
        self.script: list[Fault] = []
        self._lock = threading.Lock()

    def add(
        self,
        trouble: str,
        *,
        path: str = "",
        method: str = "POST",
        times: int = 1,
        seconds: float = 0.0,
    ) -> None:
        """Add trouble for the next ``times`` requests whose path holds ``path``.

        :raises ValueError: there is no such trouble
        """
        fault = Fault(Trouble(trouble), path, method, seconds)
        with self._lock:
            self.script += [fault] * times

    def take(self, method: str, path: str) -> Fault | None:
        with self._lock:
            for index, fault in enumerate(self.script):
                if fault.method == method and fault.path in path:
                    return self.script.pop(index)
        return None
