"""What the stand-in remembers: rows by id, in the order in which they were made."""

from __future__ import annotations

import copy
import json
import threading
from collections.abc import Callable
from pathlib import Path
from secrets import token_hex
from typing import Any

from backoffice.sandbox.stripe.wire import ApiError, Row

LIST_LIMIT = 100
COMPARE: dict[str, Callable[[int, int], bool]] = {
    "gt": int.__gt__,
    "gte": int.__ge__,
    "lt": int.__lt__,
    "lte": int.__le__,
}


class Store:
    def __init__(self, clock: Callable[[], float], path: Path | None = None) -> None:
        self.clock = clock
        self.path = path
        self.lock = threading.RLock()
        self.rows: dict[str, Row] = {}
        self.answers: dict[str, dict[str, Any]] = {}
        if path is not None and path.exists():
            kept = json.loads(path.read_text())
            self.rows, self.answers = kept["rows"], kept["answers"]

    def save(self) -> None:
        if self.path is None:
            return
        fresh = self.path.with_suffix(".new")
        fresh.write_text(json.dumps({"rows": self.rows, "answers": self.answers}))
        fresh.replace(self.path)

    def new(self, prefix: str, kind: str, **values: Any) -> Row:
        row: Row = {
            "id": f"{prefix}_{token_hex(12)}",
            "object": kind,
            "created": int(self.clock()),
            "livemode": False,
            "metadata": {},
            **values,
        }
        self.rows[row["id"]] = row
        return row

    def get(self, kind: str, row_id: str) -> Row:
        row = self.rows.get(row_id)
        if row is None or row["object"] != kind:
            raise ApiError(404, f"No such {kind}: '{row_id}'", code="resource_missing", param="id")
        return row

    def all(self, kind: str) -> list[Row]:
        """The rows of a kind, the newest first."""
        return [row for row in reversed(self.rows.values()) if row["object"] == kind]

    def page(self, path: str, kind: str, asked: Row) -> Row:
        """A page of a list in Stripe's shape, filtered and started as asked."""
        rows = [row for row in self.all(kind) if _matches(row, asked)]
        ids = [row["id"] for row in rows]
        limit = min(int(asked.get("limit", 10)), LIST_LIMIT)
        if (after := asked.get("starting_after")) in ids:
            rows = rows[ids.index(after) + 1 :]
        page = copy.deepcopy(rows[:limit])
        return {"object": "list", "url": path, "has_more": len(rows) > limit, "data": page}


def _matches(row: Row, asked: Row) -> bool:
    created = asked.get("created")
    if isinstance(created, dict):
        within = all(COMPARE[op](row["created"], int(value)) for op, value in created.items())
        if not within:
            return False
    names = ("payment_intent", "charge", "customer", "type", "source")
    return all(row.get(name) == asked[name] for name in names if name in asked)
