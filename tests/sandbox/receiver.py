"""Somebody who receives webhooks, and answers as told."""

from __future__ import annotations

import json
import threading
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PATIENCE = 30


class Receiver:
    """``statuses`` are answered one by one, then 200."""

    def __init__(self) -> None:
        self.statuses: deque[int] = deque()
        self.bodies: list[bytes] = []
        self.signatures: list[str] = []
        self._came = threading.Condition()
        handler = type("ReceiverHandler", (Handler,), {"receiver": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/hooks"
        serve = {"poll_interval": 0.02}
        threading.Thread(target=self._server.serve_forever, kwargs=serve, daemon=True).start()

    def take(self, body: bytes, signature: str) -> int:
        with self._came:
            self.bodies.append(body)
            self.signatures.append(signature)
            self._came.notify_all()
            return self.statuses.popleft() if self.statuses else 200

    def wait_for(self, count: int) -> list[dict[str, Any]]:
        with self._came:
            assert self._came.wait_for(lambda: len(self.bodies) >= count, PATIENCE)
        return self.events()

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(body) for body in self.bodies]

    def types(self) -> list[str]:
        return [event["type"] for event in self.events()]

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class Handler(BaseHTTPRequestHandler):
    receiver: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(self.receiver.take(body, self.headers["Stripe-Signature"]))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""
