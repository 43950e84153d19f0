"""What can go wrong between us and Stripe, told before it happens."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Trouble(StrEnum):
    ANSWER_LOST = "answer_lost"  # it takes effect, and the connection closes without an answer
    ERROR_500 = "error_500"  # a fault before anything happened
    ERROR_500_AFTER = "error_500_after"  # it takes effect, and a fault is answered
    RATE_LIMIT = "rate_limit"  # turned away
    SLOW = "slow"  # it takes effect, and the answer takes ``seconds``
    RESET = "reset"  # the connection closes before anything happened


@dataclass(frozen=True, slots=True)
class Fault:
    """Trouble for the next ``times`` requests whose path holds ``path``."""

    trouble: str
    path: str = ""
    method: str = "POST"
    times: int = 1
    seconds: float = 0.0


class Faults:
    """A script of faults; each matching request uses one up."""

    def __init__(self) -> None:
        self.script: list[Fault] = []

    def add(
        self,
        trouble: str,
        *,
        path: str = "",
        method: str = "POST",
        times: int = 1,
        seconds: float = 0.0,
    ) -> None:
        self.script += [Fault(trouble, path, method, 1, seconds)] * times

    def take(self, method: str, path: str) -> Fault | None:
        for index, fault in enumerate(self.script):
            if fault.method == method and fault.path in path:
                return self.script.pop(index)
        return None
