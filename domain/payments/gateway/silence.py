"""While Stripe is silent, not everybody waits for it: whoever waits holds a thread of ours."""

from __future__ import annotations

from threading import Lock
from time import monotonic

# So many answers in a row that did not come in time are enough to stop asking, for so long.
ENOUGH = 3
REST_SECONDS = 10.0


class Silence:
    """What one process knows of it, from its own questions."""

    def __init__(self) -> None:
        self._guard = Lock()
        self._in_a_row = 0
        self._rests_until = 0.0

    def lasts(self) -> bool:
        """Whether not to ask now. After each rest one may ask, on whose answer the rest depends."""
        with self._guard:
            if self._in_a_row < ENOUGH:
                return False
            if monotonic() < self._rests_until:
                return True
            self._rests_until = monotonic() + REST_SECONDS
            return False

    def note(self, *, timed_out: bool) -> None:
        with self._guard:
            self._in_a_row = self._in_a_row + 1 if timed_out else 0
            self._rests_until = monotonic() + REST_SECONDS
