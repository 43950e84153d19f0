"""The stand-in as a whole: requests in, effects, events out; and the controls for tests."""

from __future__ import annotations

import copy
import json
import threading
import time
from collections.abc import Callable
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

from backoffice.sandbox.stripe.faults import Faults, Trouble
from backoffice.sandbox.stripe.intents import Intents
from backoffice.sandbox.stripe.refunds import Refunds
from backoffice.sandbox.stripe.store import Store
from backoffice.sandbox.stripe.webhooks import Sender
from backoffice.sandbox.stripe.wire import ApiError, Row, expand, only_known

API_VERSION = "2026-10-28.endive"
KEY_LIVES = 24 * 3600
SECRET = "whsec_standin"  # noqa: S105  # the stand-in's own, known to everybody
KINDS = {
    "payment_intents": "payment_intent",
    "charges": "charge",
    "refunds": "refund",
    "disputes": "dispute",
    "events": "event",
    "balance_transactions": "balance_transaction",
    "customers": "customer",
}


class Dropped(Exception):
    """The connection closes without an answer."""


class Sandbox:
    """One stand-in. ``requests`` and ``events`` are what it saw and what it told."""

    def __init__(
        self,
        *,
        webhook: str | None = None,
        secret: str = SECRET,
        clock: Callable[[], float] = time.time,
        state: Path | None = None,
    ) -> None:
        self.store = Store(clock, state)
        self.sender = Sender(webhook, secret)
        self.faults = Faults()
        self.intents = Intents(self.store, self._tell)
        self.refunds = Refunds(self.store, self._tell)
        self.requests: list[tuple[str, str, Row]] = []
        self.url = ""
        self._busy: set[str] = set()
        self._server: ThreadingHTTPServer | None = None

    # --- requests ---------------------------------------------------------------------------

    def answer(self, method: str, path: str, asked: Row, key: str | None) -> tuple[int, Row, bool]:
        """Answer one request: status, body, and whether it was replayed from its key.

        :raises Dropped: the fault script closes the connection
        """
        fault = self.faults.take(method, path)
        trouble = fault.trouble if fault else ""
        if trouble == Trouble.RESET:
            raise Dropped
        if trouble == Trouble.ERROR_500:
            return 500, _error("api_error", "Something went wrong on our end."), False
        if trouble == Trouble.RATE_LIMIT:
            return 429, _error("rate_limit_error", "Too many requests."), False
        status, body, replayed = self._answer(method, path, asked, key)
        if trouble == Trouble.ANSWER_LOST:
            raise Dropped
        if trouble == Trouble.ERROR_500_AFTER:
            return 500, _error("api_error", "Something went wrong on our end."), False
        if fault and trouble == Trouble.SLOW:
            time.sleep(fault.seconds)
        return status, body, replayed

    def _answer(self, method: str, path: str, asked: Row, key: str | None) -> tuple[int, Row, bool]:
        with self.store.lock:
            self.requests.append((method, path, asked))
            print_of = json.dumps([path, asked], sort_keys=True)
            if key and method == "POST" and (kept := self._kept(key)):
                if kept["request"] != print_of:
                    message = (
                        "Keys for idempotent requests can only be used with the same "
                        "parameters they were first used with."
                    )
                    return 400, _error("idempotency_error", message), False
                return kept["status"], copy.deepcopy(kept["body"]), True
            status, body, executed = self._execute(method, path, dict(asked))
            if key and method == "POST" and executed:
                self.store.answers[key] = {
                    "request": print_of,
                    "status": status,
                    "body": copy.deepcopy(body),
                    "at": self.store.clock(),
                }
            if method == "POST":
                self.store.save()
            return status, body, False

    def _kept(self, key: str) -> dict[str, Any] | None:
        kept = self.store.answers.get(key)
        if kept is None or self.store.clock() - kept["at"] > KEY_LIVES:
            return None
        return kept

    def _execute(self, method: str, path: str, asked: Row) -> tuple[int, Row, bool]:
        """Run a request; one refused before it did anything is not kept under its key."""
        paths = asked.pop("expand", [])
        try:
            row = self._route(method, path.strip("/").split("/")[1:], asked)
            return 200, expand(row, paths, self.store.rows), True
        except ApiError as error:
            return error.status, error.body, error.status == 402

    def _route(self, method: str, parts: list[str], asked: Row) -> Row:
        kind = KINDS.get(parts[0] if parts else "")
        if kind is None:
            raise ApiError(404, f"Unrecognized request URL ({method}: /v1/{'/'.join(parts)}).")
        if method == "GET" and len(parts) == 1:
            return self.store.page(f"/v1/{parts[0]}", kind, asked)
        if method == "GET" and len(parts) == 2:
            return self.store.get(kind, parts[1])
        made = {"payment_intents": self.intents.create, "refunds": self.refunds.create}
        if method == "POST" and len(parts) == 1 and parts[0] in made:
            return made[parts[0]](asked)
        if method == "POST" and parts[0] == "payment_intents" and len(parts) == 3:
            intent = self.store.get(kind, parts[1])
            verbs = {"confirm": self.intents.confirm, "cancel": self.intents.cancel}
            if parts[2] in verbs:
                return verbs[parts[2]](intent, asked)
        if method == "POST" and len(parts) == 2 and parts[0] in {"payment_intents", "refunds"}:
            only_known(asked, ("metadata",))
            row = self.store.get(kind, parts[1])
            row["metadata"].update(asked.get("metadata") or {})
            return row
        raise ApiError(404, f"Unrecognized request URL ({method}: /v1/{'/'.join(parts)}).")

    # --- events -----------------------------------------------------------------------------

    def _tell(self, kind: str, row: Row) -> None:
        event = self.store.new(
            "evt",
            "event",
            type=kind,
            api_version=API_VERSION,
            data={"object": copy.deepcopy(row)},
            pending_webhooks=1,
            request={"id": None, "idempotency_key": None},
        )
        self.sender.send(copy.deepcopy(event))

    @property
    def events(self) -> list[Row]:
        return list(reversed(self.store.all("event")))

    # --- controls ---------------------------------------------------------------------------

    def pay(self, intent_id: str, card: str = "4242424242424242") -> Row:
        """Pay an intent as a guest's browser would.

        :raises ApiError: the card is declined, or the intent cannot be paid
        """
        with self.store.lock:
            intent = self.store.get("payment_intent", intent_id)
            return copy.deepcopy(self.intents.confirm(intent, {"payment_method": card}))

    def authenticate(self, intent_id: str, *, passed: bool = True) -> Row:
        with self.store.lock:
            intent = self.store.get("payment_intent", intent_id)
            return copy.deepcopy(self.intents.authenticate(intent, passed=passed))

    def dashboard_refund(self, intent_id: str, amount: int) -> Row:
        """Refund in Stripe's own dashboard: no metadata of ours."""
        with self.store.lock:
            given = {"payment_intent": intent_id, "amount": str(amount)}
            return copy.deepcopy(self.refunds.create(given))

    def dispute(self, intent_id: str) -> Row:
        with self.store.lock:
            intent = self.store.get("payment_intent", intent_id)
            charge = self.store.get("charge", intent["latest_charge"])
            return copy.deepcopy(self.refunds.dispute(charge))

    def close_dispute(self, dispute_id: str, status: str) -> Row:
        with self.store.lock:
            dispute = self.store.get("dispute", dispute_id)
            return copy.deepcopy(self.refunds.close_dispute(dispute, status))

    def fail_refund(self, refund_id: str) -> Row:
        with self.store.lock:
            return copy.deepcopy(self.refunds.fail(self.store.get("refund", refund_id)))

    def made(self, kind: str) -> list[Row]:
        """Every row of a kind (``payment_intent``, ``refund``, …), the oldest first."""
        return list(reversed(self.store.all(kind)))

    def stop(self) -> None:
        self.sender.stop()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    def listen(self, port: int) -> ThreadingHTTPServer:
        from backoffice.sandbox.stripe.server import make_server  # noqa: PLC0415  # it serves us

        self._server = make_server(self, port)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        return self._server


def _error(kind: str, message: str) -> Row:
    return {"error": {"type": kind, "message": message}}


def start(
    *,
    port: int = 0,
    webhook: str | None = None,
    secret: str = SECRET,
    clock: Callable[[], float] = time.time,
    state: Path | None = None,
) -> Sandbox:
    """Run a stand-in in a thread of this process; ``sandbox.url`` is its address."""
    sandbox = Sandbox(webhook=webhook, secret=secret, clock=clock, state=state)
    server = sandbox.listen(port)
    threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
    ).start()
    return sandbox
