"""The stand-in as a whole: requests in, effects, events out; and the controls for tests."""

from __future__ import annotations

import copy
import threading
import time
from collections.abc import Callable, Sequence
from http.server import ThreadingHTTPServer
from pathlib import Path
from random import Random

from backoffice.sandbox.stripe.api import Api
from backoffice.sandbox.stripe.customers import Customers
from backoffice.sandbox.stripe.disputes import Disputes
from backoffice.sandbox.stripe.faults import Faults
from backoffice.sandbox.stripe.intents import Intents
from backoffice.sandbox.stripe.refunds import Refunds
from backoffice.sandbox.stripe.server import make_server
from backoffice.sandbox.stripe.store import Store
from backoffice.sandbox.stripe.webhooks import Post, Sender
from backoffice.sandbox.stripe.wire import Row

# What stripe 16.1 asks for.
API_VERSION = "2026-10-28.endive"
SECRET = "whsec_standin"  # noqa: S105  # the stand-in's own, known to everybody


class Sandbox:
    """One stand-in: what Stripe holds, and what a test can do to it.

    Set ``store.clock`` to move its time, ``store.livemode`` to have it speak of real money, and
    ``sender.url`` to say where events are posted.
    """

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
        self.disputes = Disputes(self.store, self._tell)
        self.intents = Intents(self.store, self._tell, self.disputes.open)
        self.refunds = Refunds(self.store, self._tell)
        customers = Customers(self.store, self._tell)
        self.api = Api(self.store, self.faults, self.intents, self.refunds, customers)
        self.url = ""
        self._server: ThreadingHTTPServer | None = None

    def _tell(self, kind: str, row: Row) -> None:
        event = self.store.new(
            "evt",
            "event",
            api_version=API_VERSION,
            data={"object": copy.deepcopy(row)},
            pending_webhooks=1,
            request={"id": None, "idempotency_key": None},
            type=kind,
        )
        self.store.changed()
        self.sender.send(copy.deepcopy(event))

    # --- what it saw, holds and told --------------------------------------------------------

    @property
    def requests(self) -> list[tuple[str, str, Row]]:
        """Every request: method, path, parameters."""
        return self.api.requests

    @property
    def events(self) -> list[Row]:
        return self.made("event")

    def made(self, kind: str) -> list[Row]:
        """Every row of a kind (``payment_intent``, ``refund``, …), the oldest first."""
        with self.store.lock:
            return copy.deepcopy(self.store.all(kind)[::-1])

    # --- what others do ---------------------------------------------------------------------

    def pay(self, intent_id: str, card: str = "4242424242424242") -> Row:
        """Pay an intent as a guest's browser would.

        :raises ApiError: the card is declined, or the intent cannot be paid
        """
        with self.store.lock:
            intent = self.store.get("payment_intent", intent_id)
            return copy.deepcopy(self.intents.confirm(intent, {"payment_method": card}))

    def authenticate(self, intent_id: str, *, passed: bool = True) -> Row:
        """Finish 3-D Secure as the cardholder's bank would."""
        with self.store.lock:
            intent = self.store.get("payment_intent", intent_id)
            return copy.deepcopy(self.intents.authenticate(intent, passed=passed))

    def dashboard_refund(self, intent_id: str, amount: int) -> Row:
        """Refund in Stripe's own dashboard: no metadata of ours."""
        with self.store.lock:
            given = {"payment_intent": intent_id, "amount": str(amount)}
            return copy.deepcopy(self.refunds.create(given))

    def settle_refund(self, refund_id: str) -> Row:
        """Let a refund end as its card was made to: it arrives, or it comes back."""
        with self.store.lock:
            return copy.deepcopy(self.refunds.settle(self.store.get("refund", refund_id)))

    def fail_refund(self, refund_id: str) -> Row:
        """Let a refund come back, whatever the card."""
        with self.store.lock:
            return copy.deepcopy(self.refunds.fail(self.store.get("refund", refund_id)))

    def dispute(self, intent_id: str) -> Row:
        with self.store.lock:
            intent = self.store.get("payment_intent", intent_id)
            charge = self.store.get("charge", intent["latest_charge"] or "")
            return copy.deepcopy(self.disputes.open(charge))

    def close_dispute(self, dispute_id: str, status: str) -> Row:
        """Let the bank decide: ``won`` or ``lost``."""
        with self.store.lock:
            dispute = self.store.get("dispute", dispute_id)
            return copy.deepcopy(self.disputes.close(dispute, status))

    # --- events -----------------------------------------------------------------------------

    @property
    def post(self) -> Post:
        """How events travel: ``hold``, ``copies``, ``delay_seconds``, ``drop``."""
        return self.sender.post

    def deliver(
        self,
        events: Sequence[Row] | None = None,
        *,
        copies: int = 1,
        shuffle: Random | None = None,
        secret: str | None = None,
        at: float | None = None,
    ) -> list[int]:
        """Post events now, one after the other, and return the statuses, 0 for no answer.

        Without ``events`` it posts those that were held. ``secret`` and ``at`` forge signatures.
        """
        chosen = list(events if events is not None else self.sender.held) * copies
        if events is None:
            self.sender.held.clear()
        if shuffle is not None:
            shuffle.shuffle(chosen)
        return [self.sender.deliver(event, secret=secret, at=at) for event in chosen]

    # --- running ----------------------------------------------------------------------------

    def listen(self, port: int) -> ThreadingHTTPServer:
        """Take a port of the loopback, 0 for any; the caller serves.

        :raises OSError: the port is taken
        """
        server = self._server = make_server(self, port)
        self.url = f"http://127.0.0.1:{server.server_address[1]}"
        return server

    def stop(self) -> None:
        """Close every connection, send nothing more, and write the state a last time."""
        self.api.stopped.set()
        self.sender.stop()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
        self.store.close()


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
        target=server.serve_forever, kwargs={"poll_interval": 0.005}, daemon=True
    ).start()
    return sandbox
