"""What the stand-in remembers: rows by id, in the order in which they were made."""

from __future__ import annotations

import copy
import json
import threading
from collections.abc import Callable
from pathlib import Path
from secrets import token_hex
from typing import Any

from backoffice.sandbox.stripe.wire import ApiError, Row, only_known, whole

LIST_LIMIT = 100
COMPARE: dict[str, Callable[[int, int], bool]] = {
    "gt": int.__gt__,
    "gte": int.__ge__,
    "lt": int.__lt__,
    "lte": int.__le__,
}
PAGING = ("limit", "starting_after", "ending_before")
FILTERS = {
    "payment_intent": ("created", "customer"),
    "charge": ("created", "customer", "payment_intent"),
    "refund": ("created", "charge", "payment_intent"),
    "dispute": ("created", "charge", "payment_intent"),
    "event": ("created", "type"),
    "balance_transaction": ("created", "currency", "source", "type"),
    "customer": ("created", "email"),
}
# How long changes may wait for being written to the file.
SAVE_EVERY = 0.5


class Store:
    """``clock`` may be changed at any time; rows are made and changed under ``lock``."""

    def __init__(self, clock: Callable[[], float], path: Path | None = None) -> None:
        self.clock = clock
        self.path = path
        self.livemode = False
        self.lock = threading.RLock()
        self.rows: dict[str, Row] = {}
        self.answers: dict[str, dict[str, Any]] = {}
        self._changed = threading.Event()
        self._closed = threading.Event()
        if path is None:
            return
        if path.exists():
            kept = json.loads(path.read_text())
            self.rows, self.answers = kept["rows"], kept["answers"]
        threading.Thread(target=self._keep_saving, daemon=True).start()

    def changed(self) -> None:
        """Have the file written soon: one writing serves many changes."""
        self._changed.set()

    def close(self) -> None:
        """Write the file a last time."""
        self._closed.set()
        self._changed.set()
        self.save()

    def _keep_saving(self) -> None:
        while self._changed.wait() and not self._closed.wait(SAVE_EVERY):
            self._changed.clear()
            self.save()

    def save(self) -> None:
        if self.path is None:
            return
        with self.lock:
            fresh = self.path.with_suffix(".new")
            fresh.write_text(json.dumps({"rows": self.rows, "answers": self.answers}))
            fresh.replace(self.path)

    def new(self, prefix: str, kind: str, **values: Any) -> Row:
        row: Row = {
            "id": f"{prefix}_{token_hex(12)}",
            "object": kind,
            "created": int(self.clock()),
            "livemode": self.livemode,
            "metadata": {},
            **values,
        }
        self.rows[row["id"]] = row
        return row

    def get(self, kind: str, row_id: str, param: str = "id") -> Row:
        row = self.rows.get(row_id)
        if row is None or row["object"] != kind:
            message = f"No such {kind}: '{row_id}'"
            # In the address it is not found; as a parameter it makes a bad request.
            status = 404 if param == "id" else 400
            raise ApiError(status, message, code="resource_missing", param=param)
        return row

    def all(self, kind: str) -> list[Row]:
        """The rows of a kind, the newest first."""
        return [row for row in reversed(self.rows.values()) if row["object"] == kind]

    def page(self, path: str, kind: str, asked: Row) -> Row:
        """A page of a list in Stripe's shape, filtered and started as asked."""
        only_known(asked, (*PAGING, *FILTERS[kind]))
        limit = whole(asked, "limit", 10)
        if not 1 <= limit <= LIST_LIMIT:
            message = f"Limit must be between 1 and {LIST_LIMIT}."
            raise ApiError(400, message, code="parameter_invalid_integer", param="limit")
        bounds = _created(asked)
        wanted = {name: asked[name] for name in FILTERS[kind][1:] if name in asked}
        rows = [
            row
            for row in self.all(kind)
            if all(compare(row["created"], bound) for compare, bound in bounds)
            and all(row.get(name) == value for name, value in wanted.items())
        ]
        rows, more = self._cut(rows, kind, asked, limit)
        return {"object": "list", "url": path, "has_more": more, "data": copy.deepcopy(rows)}

    def _cut(self, rows: list[Row], kind: str, asked: Row, limit: int) -> tuple[list[Row], bool]:
        if before := asked.get("ending_before"):
            mark = self.get(kind, before, "ending_before")
            rows = rows[: rows.index(mark)] if mark in rows else []
            return rows[-limit:], len(rows) > limit
        if after := asked.get("starting_after"):
            mark = self.get(kind, after, "starting_after")
            rows = rows[rows.index(mark) + 1 :] if mark in rows else []
        return rows[:limit], len(rows) > limit


def _created(asked: Row) -> list[tuple[Callable[[int, int], bool], int]]:
    """Read the filter on the moment of creation: one moment, or bounds."""
    created = asked.get("created", {})
    if not isinstance(created, dict):
        return [(int.__eq__, whole(asked, "created"))]
    only_known(created, COMPARE)
    return [(COMPARE[name], whole(created, name)) for name in created]
