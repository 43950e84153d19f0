"""Idempotency keys: the same request under the same key has one effect and one answer."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass

from backoffice.sandbox.stripe.store import Store
from backoffice.sandbox.stripe.wire import ApiError, Row

LIVES = 24 * 3600
LONGEST = 255


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: Row
    replayed: bool = False


class Keys:
    """Answers are kept for a day of the store's clock; one request at a time holds a key."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._busy: set[str] = set()

    def begin(self, key: str, request: str) -> Answer | None:
        """Take a key, or give the answer that it had before.

        :raises ApiError: the key is held, or was used for another request
        """
        if len(key) > LONGEST:
            raise ApiError(400, f"Idempotency keys may have {LONGEST} characters.")
        with self.store.lock:
            if key in self._busy:
                message = "There is currently another in-progress request using this key."
                raise ApiError(409, message, code="idempotency_key_in_use")
            kept = self.store.answers.get(key)
            if kept is None or self.store.clock() - kept["at"] > LIVES:
                self._busy.add(key)
                return None
        if kept["request"] != request:
            message = (
                "Keys for idempotent requests can only be used with the same parameters they "
                "were first used with."
            )
            raise ApiError(400, message, type="idempotency_error")
        return Answer(kept["status"], copy.deepcopy(kept["body"]), replayed=True)

    def keep(self, key: str, request: str, answer: Answer) -> None:
        with self.store.lock:
            self.store.answers[key] = {
                "request": request,
                "status": answer.status,
                "body": copy.deepcopy(answer.body),
                "at": self.store.clock(),
            }

    def release(self, key: str) -> None:
        with self.store.lock:
            self._busy.discard(key)


def fingerprint(path: str, asked: Row) -> str:
    return json.dumps([path, asked], sort_keys=True)
