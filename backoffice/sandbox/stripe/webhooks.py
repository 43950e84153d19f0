"""Signed events on their way to us: repeated until answered, and mistreated on request."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import queue
import threading
import time
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import urlsplit

from backoffice.sandbox.stripe.wire import Row

TIMEOUT = 10


@dataclass(slots=True)
class Post:
    """How events travel. The demo leaves it alone; tests make it worse.

    Held events wait in ``Sender.held`` for ``Sandbox.deliver``; dropped kinds are never sent.
    """

    copies: int = 1
    hold: bool = False
    delay_seconds: float = 0.0
    drop: Collection[str] = ()
    retries: int = 10
    backoff_seconds: float = 0.2


def sign(payload: str, secret: str, moment: int) -> str:
    digest = hmac.new(secret.encode(), f"{moment}.{payload}".encode(), hashlib.sha256)
    return f"t={moment},v1={digest.hexdigest()}"


class Sender:
    """Delivers events in a thread of its own, the way Stripe does: at least once.

    ``url`` may be changed at any time; without one, nothing is sent. ``deliveries`` lists what was
    tried: the event's type and the status, 0 when nobody answered.
    """

    def __init__(self, url: str | None, secret: str) -> None:
        self.url = url
        self.secret = secret
        self.post = Post()
        self.held: list[Row] = []
        self.deliveries: list[tuple[str, int]] = []
        self._queue: queue.Queue[tuple[int, Row] | None] = queue.Queue()
        self._under_way = 0
        self._arrived = threading.Condition()
        self._stopped = False
        threading.Thread(target=self._work, daemon=True).start()

    def send(self, event: Row) -> None:
        if self.post.hold:
            self.held.append(event)
        elif self.url is not None and event["type"] not in self.post.drop:
            for _ in range(self.post.copies):
                self._later(0, event, self.post.delay_seconds)

    def flush(self, timeout_seconds: float = 10) -> None:
        """Wait until everything that is on its way has arrived or was given up.

        :raises TimeoutError: it takes longer
        """
        with self._arrived:
            if not self._arrived.wait_for(lambda: self._under_way == 0, timeout_seconds):
                raise TimeoutError(f"{self._under_way} events are still on their way.")

    def stop(self) -> None:
        self._stopped = True
        self._queue.put(None)

    def _later(self, attempt: int, event: Row, seconds: float) -> None:
        with self._arrived:
            self._under_way += 1
        if not seconds:
            self._queue.put((attempt, event))
            return
        timer = threading.Timer(seconds, self._queue.put, [(attempt, event)])
        timer.daemon = True
        timer.start()

    def _work(self) -> None:
        while (job := self._queue.get()) is not None and not self._stopped:
            attempt, event = job
            status = self.deliver(event)
            if not 200 <= status < 300 and attempt < self.post.retries:
                self._later(attempt + 1, event, self.post.backoff_seconds * 2**attempt)
            with self._arrived:
                self._under_way -= 1
                self._arrived.notify_all()

    def deliver(self, event: Row, *, secret: str | None = None, at: float | None = None) -> int:
        """Post one event now; returns the status, 0 when nobody answered.

        ``secret`` and ``at`` forge the signature and its moment.
        """
        if self.url is None:
            return 0
        payload = json.dumps(event)
        signed_at = int(time.time() if at is None else at)
        address = urlsplit(self.url)
        link = http.client.HTTPConnection(address.hostname or "", address.port, timeout=TIMEOUT)
        headers = {
            "Content-Type": "application/json",
            "Stripe-Signature": sign(payload, secret or self.secret, signed_at),
        }
        try:
            link.request("POST", address.path or "/", payload, headers)
            status = link.getresponse().status
        except (OSError, http.client.HTTPException):
            status = 0
        finally:
            link.close()
        self.deliveries.append((event["type"], status))
        return status
