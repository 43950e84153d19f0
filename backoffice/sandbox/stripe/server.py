"""The HTTP side: Stripe's API under /v1, and a few pages for people."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import struct
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from secrets import token_hex
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from backoffice.sandbox.stripe import pages
from backoffice.sandbox.stripe.api import Dropped
from backoffice.sandbox.stripe.keys import Answer
from backoffice.sandbox.stripe.wire import ApiError, read_form

if TYPE_CHECKING:
    from backoffice.sandbox.stripe.sandbox import Sandbox

MOST = 1024 * 1024
KEY = re.compile(r"Bearer [sr]k_test_\w+")
# Closing with this set sends a reset instead of a goodbye.
RESET = struct.pack("ii", 1, 0)


def make_server(sandbox: Sandbox, port: int) -> ThreadingHTTPServer:
    handler = type("SandboxHandler", (Handler,), {"sandbox": sandbox})
    return Server(("127.0.0.1", port), handler)


class Server(ThreadingHTTPServer):
    daemon_threads = True
    # Tests come thirty-two at a time; five may wait by default.
    request_queue_size = 128

    def __init__(self, *args: Any) -> None:
        self.connections: set[socket.socket] = set()
        super().__init__(*args)

    def process_request(self, request: Any, client_address: Any) -> None:
        self.connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self.connections.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        """Close kept connections as well, or a stopped server would go on answering."""
        super().server_close()
        for each in list(self.connections):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is part of the plan."""


class Handler(BaseHTTPRequestHandler):
    sandbox: Sandbox
    protocol_version = "HTTP/1.1"
    # Small answers must not wait for more to come.
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._serve("GET")

    def do_POST(self) -> None:
        self._serve("POST")

    def _serve(self, method: str) -> None:
        length = self.headers.get("Content-Length") or "0"
        if not length.isdigit() or int(length) > MOST:
            self.close_connection = True
            self._refuse(ApiError(413, "The request is too large."))
            return
        body = self.rfile.read(int(length)).decode(errors="replace")
        address = urlsplit(self.path)
        try:
            asked = read_form(address.query if method == "GET" else body)
            if address.path.startswith("/v1/"):
                self._api(method, address.path, asked)
            else:
                status, html = pages.serve(self.sandbox, method, address.path, asked)
                self._page(status, html)
        except ApiError as error:
            self._refuse(error)
        except Dropped as drop:
            self._drop(reset=drop.reset)

    def _api(self, method: str, path: str, asked: dict[str, Any]) -> None:
        # A live key has no business here: it is refused like a wrong one.
        if not KEY.fullmatch(self.headers.get("Authorization") or ""):
            raise ApiError(401, "Invalid API key provided.")
        key = self.headers.get("Idempotency-Key")
        self._json(self.sandbox.api.answer(method, path, asked, key))

    def _drop(self, *, reset: bool) -> None:
        self.close_connection = True
        if reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            self.connection.close()

    def _page(self, status: int, html: str) -> None:
        if status != 303:
            self._send(status, "text/html; charset=utf-8", html.encode())
            return
        self.send_response(303)
        self.send_header("Location", html)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _refuse(self, error: ApiError) -> None:
        self._json(Answer(error.status, error.body))

    def _json(self, answer: Answer) -> None:
        body = json.dumps(answer.body).encode()
        self._send(answer.status, "application/json", body, replayed=answer.replayed)

    def _send(self, status: int, kind: str, body: bytes, *, replayed: bool = False) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Request-Id", f"req_{token_hex(7)}")
        if replayed:
            self.send_header("Idempotent-Replayed", "true")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet: the demo has enough to say."""
