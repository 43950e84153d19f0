"""What a set of rows would change in the catalog, and what that does to prices. Pure.

:source: docs/policies/catalog.md, "The business effect" and "The second person"
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from domain.catalog.building import Version
from domain.catalog.rules.words import DELIVERY_CURRENCY, Kind
from domain.catalog.workbook.cells import Json
from domain.catalog.workbook.reading import SheetRow
from domain.catalog.workbook.sheets import SHEETS, Column, Sheet, Values
from domain.common.money import percent, show

BPS = 10_000


@dataclass(frozen=True, slots=True)
class FieldChange:
    """``move_bps`` says how far a price moved; None when it came from nothing, or is none."""

    name: str
    label: str
    old: Json
    new: Json
    is_price: bool
    move_bps: int | None

    def as_json(self, kind: Kind, currency: str) -> dict[str, Any]:
        column = SHEETS[kind].column_of(self.name) if self.name != "is_active" else None
        return {
            "name": self.name,
            "label": self.label,
            "old": shown(column, self.old, currency),
            "new": shown(column, self.new, currency),
            "is_price": self.is_price,
            "move": "" if self.move_bps is None else signed_percent(self.move_bps),
        }


@dataclass(frozen=True, slots=True)
class RowChange:
    kind: Kind
    key: str
    before: Values | None
    after: Values
    fields: tuple[FieldChange, ...]

    @property
    def is_new(self) -> bool:
        return self.before is None

    @property
    def label(self) -> str:
        return f"{self.after['name']} ({self.key})"

    @property
    def currency(self) -> str:
        return str(self.after.get("currency", DELIVERY_CURRENCY))

    def switched(self, *, on: bool) -> bool:
        before = self.before
        return before is not None and before["is_active"] != on and self.after["is_active"] == on


def compare(rows: Iterable[SheetRow], current: Mapping[Kind, Mapping[str, Version]]) -> Diff:
    """Compare wanted rows with those in force. Rows that nobody names stay as they are."""
    changes: list[RowChange] = []
    unchanged = 0
    for row in rows:
        version = current.get(row.kind, {}).get(row.key)
        before = version.values if version else None
        if before == row.values:
            unchanged += 1
        else:
            fields = _fields(SHEETS[row.kind], before, row.values)
            changes.append(RowChange(row.kind, row.key, before, row.values, fields))
    return Diff(tuple(changes), unchanged)


def _fields(sheet: Sheet, before: Values | None, after: Values) -> tuple[FieldChange, ...]:
    found = []
    for column in sheet.columns:
        old = before[column.field] if before is not None else None
        new = after[column.field]
        if old != new:
            found.append(_change(column, old, new))
    if not sheet.has_active and before is not None and before["is_active"] != after["is_active"]:
        old, new = before["is_active"], after["is_active"]
        found.append(FieldChange("is_active", "is active", old, new, is_price=False, move_bps=None))
    return tuple(found)


def _change(column: Column, old: Json, new: Json) -> FieldChange:
    move = move_bps(old, new) if column.price else None
    label = column.name.replace("_", " ")
    return FieldChange(column.field, label, old, new, is_price=column.price, move_bps=move)


def move_bps(old: Json, new: Json) -> int | None:
    """How far a price moved, in basis points of the old one, half up; None from nothing."""
    if not isinstance(old, int) or not isinstance(new, int) or old == 0:
        return None
    move = abs(new - old) * BPS
    rounded = (2 * move + old) // (2 * old)
    return rounded if new > old else -rounded


# A choice of the workbook, such as ``fixed_amount``.
CODE = re.compile(r"[a-z]+(_[a-z]+)+")


def shown(column: Column | None, value: Json, currency: str) -> str:
    """A value as a person reads it."""
    if value is None or value in ("", [], {}):
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if column is not None and column.field.endswith("_cents") and isinstance(value, int):
        return show(value, currency)
    if column is not None and column.field.endswith("_bps") and isinstance(value, int):
        return percent(value)
    if isinstance(value, dict):
        return "; ".join(f"{name.replace('_', ' ')}: {each}" for name, each in value.items())
    written = str(column.cell.write(value) if column is not None else value)
    return written.replace("_", " ") if CODE.fullmatch(written) else written


def signed_percent(bps: int) -> str:
    return ("+" if bps >= 0 else "−") + percent(abs(bps))


@dataclass(frozen=True, slots=True)
class Diff:
    changes: tuple[RowChange, ...]
    unchanged: int

    def moves(self) -> list[FieldChange]:
        """Every price of an existing row that changes."""
        return [
            each
            for change in self.changes
            if not change.is_new
            for each in change.fields
            if each.is_price
        ]

    def average_bps(self) -> int:
        moves = [each.move_bps for each in self.moves() if each.move_bps is not None]
        if not moves:
            return 0
        total, count = sum(moves), len(moves)
        rounded = (2 * abs(total) + count) // (2 * count)
        return rounded if total >= 0 else -rounded

    def summary(self) -> dict[str, Any]:
        moves = [each.move_bps for each in self.moves() if each.move_bps is not None]
        return {
            "new": sum(change.is_new for change in self.changes),
            "changed": sum(not change.is_new for change in self.changes),
            "switched_on": sum(change.switched(on=True) for change in self.changes),
            "switched_off": sum(change.switched(on=False) for change in self.changes),
            "unchanged": self.unchanged,
            "prices": len(self.moves()),
            "average_bps": self.average_bps(),
            "largest_bps": max(moves, key=abs, default=0),
        }

    def effect_text(self) -> str:
        """What the change means for the business, in a sentence or two."""
        told = self.summary()
        parts = []
        if told["prices"]:
            average = signed_percent(told["average_bps"])
            parts.append(f"{_count(told['prices'], 'price')} on average {average}")
        parts += [
            f"{_count(told[name], 'row')} {words}"
            for name, words in (
                ("new", "new"),
                ("switched_on", "switched on"),
                ("switched_off", "switched off"),
            )
            if told[name]
        ]
        parts.append(f"{_count(told['changed'], 'row')} changed, {told['unchanged']:,} unchanged")
        return f"{'; '.join(parts)}. Quotes and bookings already made keep their price."

    def approval_because(self, limit_bps: int) -> str:
        """Why a second person has to approve this; "" when none has to."""
        for change in self.changes:
            if SHEETS[change.kind].charges and _starts_or_stops(change):
                return f"{change.label} starts or stops being charged."
            for each in change.fields if not change.is_new else ():
                if each.is_price and (each.move_bps is None or abs(each.move_bps) > limit_bps):
                    return self._moved_far(change, each, limit_bps)
        return ""

    def _moved_far(self, change: RowChange, field: FieldChange, limit_bps: int) -> str:
        told = field.as_json(change.kind, change.currency)
        far = f"more than {percent(limit_bps)}" if field.move_bps is not None else "from nothing"
        return f"{change.label}: {told['label']} {told['old']} → {told['new']} moves {far}."


def _starts_or_stops(change: RowChange) -> bool:
    was = change.before is not None and change.before["is_active"]
    return bool(was) != bool(change.after["is_active"])


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def digest_of(rows: Sequence[tuple[str, str, Values | None, Values, int]], *bound: str) -> str:
    """Stand for rows as shown (kind, key, before, after, version seen) and what binds them."""
    text = json.dumps([bound, [list(row) for row in rows]], sort_keys=True, default=str)
    return sha256(text.encode()).hexdigest()
