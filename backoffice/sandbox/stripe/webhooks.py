"""Signed events on their way to us: repeated until answered, and mistreated on request."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import queue
import threading
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from backoffice.sandbox.stripe.wire import Row

RETRIES = 5
TIMEOUT = 10


@dataclass(slots=True)
class Post:
    """How events travel; tests change it, the demo leaves it alone."""

    copies: int = 1
    hold: bool = False
    held: list[Row] = field(default_factory=list)


def sign(payload: str, secret: str, moment: int) -> str:
    digest = hmac.new(secret.encode(), f"{moment}.{payload}".encode(), hashlib.sha256)
    return f"t={moment},v1={digest.hexdigest()}"


class Sender:
    """Delivers events in a thread of its own, the way Stripe does: at least once."""

    def __init__(self, url: str | None, secret: str) -> None:
        self.url = url
        self.secret = secret
        self.post = Post()
        self.deliveries: list[tuple[str, int]] = []
        self._queue: queue.Queue[tuple[int, Row] | None] = queue.Queue()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def send(self, event: Row) -> None:
        if self.url is None:
            return
        if self.post.hold:
            self.post.held.append(event)
            return
        for _ in range(self.post.copies):
            self._queue.put((0, event))

    def flush(self) -> None:
        """Wait until everything that is on its way has arrived or was given up."""
        self._queue.join()

    def stop(self) -> None:
        self._queue.put(None)

    def _work(self) -> None:
        while (job := self._queue.get()) is not None:
            attempt, event = job
            status = self.deliver(event)
            if not 200 <= status < 300 and attempt < RETRIES:
                delay = 0.2 * 2**attempt
                timer = threading.Timer(delay, self._queue.put, [(attempt + 1, event)])
                timer.daemon = True
                timer.start()
            self._queue.task_done()

    def deliver(self, event: Row) -> int:
        """Post one event now; returns the status, 0 when nobody answered."""
        payload = json.dumps(event)
        address = urlsplit(self.url or "")
        link = http.client.HTTPConnection(address.hostname or "", address.port, timeout=TIMEOUT)
        try:
            link.request(
                "POST",
                address.path,
                payload,
                {
                    "Content-Type": "application/json",
                    "Stripe-Signature": sign(payload, self.secret, int(time.time())),
                },
            )
            status = link.getresponse().status
        except OSError:
            status = 0
        finally:
            link.close()
        self.deliveries.append((event["type"], status))
        return status
