"""One request at a time: what it asks, what it does, and what goes wrong on the way."""

from __future__ import annotations

import threading

from backoffice.sandbox.stripe.customers import Customers
from backoffice.sandbox.stripe.faults import Fault, Faults, Trouble
from backoffice.sandbox.stripe.intents import Intents
from backoffice.sandbox.stripe.keys import Answer, Keys, fingerprint
from backoffice.sandbox.stripe.refunds import Refunds
from backoffice.sandbox.stripe.store import Store
from backoffice.sandbox.stripe.wire import ApiError, Row, expand, metadata_of, only_known

KINDS = {
    "payment_intents": "payment_intent",
    "charges": "charge",
    "refunds": "refund",
    "disputes": "dispute",
    "events": "event",
    "balance_transactions": "balance_transaction",
    "customers": "customer",
}
# Rows whose metadata may be changed afterwards.
CHANGEABLE = frozenset({"payment_intents", "refunds", "charges"})


class Dropped(Exception):
    """The connection ends without an answer: closed, or ``reset`` the hard way."""

    def __init__(self, *, reset: bool = False) -> None:
        super().__init__()
        self.reset = reset


class Api:
    def __init__(
        self, store: Store, faults: Faults, intents: Intents, refunds: Refunds, customers: Customers
    ) -> None:
        self.store = store
        self.faults = faults
        self.intents = intents
        self.refunds = refunds
        self.customers = customers
        self.keys = Keys(store)
        self.requests: list[tuple[str, str, Row]] = []
        self.stopped = threading.Event()

    def answer(self, method: str, path: str, asked: Row, key: str | None) -> Answer:
        """Answer one request, faults and all.

        :raises Dropped: the fault script ends the connection
        """
        with self.store.lock:
            self.requests.append((method, path, asked))
        fault = self.faults.take(method, path)
        if fault and (refused := _before(fault)):
            return refused
        try:
            if key and method == "POST":
                answer = self._once(key, path, asked, fault)
            else:
                answer = self._run(method, path, asked, fault)[0]
        except ApiError as error:
            answer = Answer(error.status, error.body)
        if fault and fault.trouble == Trouble.ANSWER_LOST:
            raise Dropped
        return answer

    def _once(self, key: str, path: str, asked: Row, fault: Fault | None) -> Answer:
        request = fingerprint(path, asked)
        if kept := self.keys.begin(key, request):
            return kept
        try:
            answer, executed = self._run("POST", path, asked, fault)
            if executed:
                self.keys.keep(key, request, answer)
        finally:
            self.keys.release(key)
        return answer

    def _run(self, method: str, path: str, asked: Row, fault: Fault | None) -> tuple[Answer, bool]:
        answer, executed = self._execute(method, path, dict(asked))
        if fault and fault.trouble == Trouble.SLOW:
            self.stopped.wait(fault.seconds)
        if fault and fault.trouble == Trouble.ERROR_500_AFTER:
            # Stripe keeps faults under the key as well, and answers them again.
            return _fault(500, "api_error", "Something went wrong on our end."), True
        return answer, executed

    def _execute(self, method: str, path: str, asked: Row) -> tuple[Answer, bool]:
        """Run a request; one refused before it did anything is not kept under its key."""
        paths = asked.pop("expand", [])
        try:
            with self.store.lock:
                row = self._route(method, path.strip("/").split("/")[1:], asked)
                answer = expand(row, paths if isinstance(paths, list) else [paths], self.store.rows)
                if method == "POST":
                    self.store.changed()
        except ApiError as error:
            return Answer(error.status, error.body), error.executed
        return Answer(200, answer), True

    def _route(self, method: str, parts: list[str], asked: Row) -> Row:
        name, *rest = parts or [""]
        if name in KINDS:
            if method == "GET" and len(rest) < 2:
                return self._read(name, rest, asked)
            if method == "POST" and len(rest) == 0:
                makers = {
                    "payment_intents": self.intents.create,
                    "refunds": self.refunds.create,
                    "customers": self.customers.create,
                }
                if name in makers:
                    return makers[name](asked)
            if method == "POST" and len(rest) == 1 and name in CHANGEABLE:
                return self._change(name, rest[0], asked)
            if method == "POST" and len(rest) == 2 and name == "payment_intents":
                verbs = {"confirm": self.intents.confirm, "cancel": self.intents.cancel}
                if rest[1] in verbs:
                    return verbs[rest[1]](self.store.get("payment_intent", rest[0]), asked)
        raise ApiError(404, f"Unrecognized request URL ({method}: /v1/{'/'.join(parts)}).")

    def _read(self, name: str, rest: list[str], asked: Row) -> Row:
        if not rest:
            return self.store.page(f"/v1/{name}", KINDS[name], asked)
        only_known(asked, ())
        return self.store.get(KINDS[name], rest[0])

    def _change(self, name: str, row_id: str, asked: Row) -> Row:
        only_known(asked, ("metadata",))
        row = self.store.get(KINDS[name], row_id)
        row["metadata"] = metadata_of(asked, row["metadata"])
        return row


def _before(fault: Fault) -> Answer | None:
    """Give the answer to a request that is turned away before it did anything.

    :raises Dropped: there is no answer
    """
    match fault.trouble:
        case Trouble.RESET:
            raise Dropped(reset=True)
        case Trouble.ERROR_500:
            return _fault(500, "api_error", "Something went wrong on our end.")
        case Trouble.RATE_LIMIT:
            return _fault(429, "invalid_request_error", "Too many requests.", "rate_limit")
        case Trouble.FORBIDDEN:
            return _fault(403, "invalid_request_error", "This key has no right to do this.")
        case Trouble.CONFLICT:
            message = "There is currently another in-progress request using this key."
            return _fault(409, "invalid_request_error", message, "idempotency_key_in_use")
        case _:
            return None


def _fault(status: int, kind: str, message: str, code: str | None = None) -> Answer:
    return Answer(status, ApiError(status, message, type=kind, code=code).body)
