"""The HTTP side: Stripe's API under /v1, and a few pages for people."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from secrets import token_hex
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from backoffice.sandbox.stripe import pages
from backoffice.sandbox.stripe.wire import Row, read_form

if TYPE_CHECKING:
    from backoffice.sandbox.stripe.sandbox import Sandbox

MOST = 1024 * 1024


def make_server(sandbox: Sandbox, port: int) -> ThreadingHTTPServer:
    handler = type("SandboxHandler", (Handler,), {"sandbox": sandbox})
    server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    server.daemon_threads = True
    return server


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
        address = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        if length > MOST:
            self._json(413, {"error": {"message": "Too large."}})
            return
        body = self.rfile.read(length).decode()
        asked = read_form(address.query if method == "GET" else body)
        if address.path.startswith("/v1/"):
            self._api(method, address.path, asked)
        else:
            self._page(method, address.path, asked)

    def _api(self, method: str, path: str, asked: Row) -> None:
        from backoffice.sandbox.stripe.sandbox import Dropped  # noqa: PLC0415  # it starts us

        if not (self.headers.get("Authorization") or "").startswith("Bearer sk_"):
            message = "You did not provide an API key."
            self._json(401, {"error": {"type": "invalid_request_error", "message": message}})
            return
        key = self.headers.get("Idempotency-Key")
        try:
            status, answer, replayed = self.sandbox.answer(method, path, asked, key)
        except Dropped:
            self.close_connection = True
            return
        self._json(status, answer, replayed=replayed)

    def _page(self, method: str, path: str, asked: Row) -> None:
        status, html = pages.serve(self.sandbox, method, path, asked)
        if status == 303:
            self.send_response(303)
            self.send_header("Location", html)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self._send(status, "text/html; charset=utf-8", html.encode())

    def _json(self, status: int, answer: Row, *, replayed: bool = False) -> None:
        self._send(status, "application/json", json.dumps(answer).encode(), replayed=replayed)

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
