"""Explained lines of a price, and their sums."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from domain.catalog.rules.snapshot import TABLE_OF_ROW, Row
from domain.common.money import show

type Inputs = Mapping[str, str | int | bool | list[str] | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteLine:
    """One reason for part of the price. ``explanation`` is a sentence for the guest;
    ``rule_kind``, ``rule_version_id`` and ``inputs`` say for good what it rests on.
    """

    code: str
    label: str
    quantity: int
    unit_amount_cents: int
    amount_cents: int
    explanation: str
    rule_kind: str
    rule_version_id: int
    inputs: Inputs = field(default_factory=dict)

    @property
    def family(self) -> str:
        return self.code.partition(":")[0]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def line(
    rule: Row,
    code: str,
    label: str,
    amount_cents: int,
    explanation: str,
    *,
    quantity: int = 1,
    inputs: Inputs | None = None,
) -> QuoteLine:
    return QuoteLine(
        code=code,
        label=label,
        quantity=quantity,
        unit_amount_cents=amount_cents // quantity,
        amount_cents=amount_cents,
        explanation=explanation,
        rule_kind=TABLE_OF_ROW[type(rule)],
        rule_version_id=rule.version_id,
        inputs=inputs or {},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """A price as its lines; every total is a sum of lines."""

    currency: str
    lines: tuple[QuoteLine, ...]
    quoted_on: date

    def _sum(self, *families: str) -> int:
        return sum(each.amount_cents for each in self.lines if each.family in families)

    @property
    def base_price_cents(self) -> int:
        return self._sum("base")

    @property
    def organizing_total_cents(self) -> int:
        return self._sum("organizing_packing", "organizing_unpacking")

    @property
    def organizing_tax_cents(self) -> int:
        return self._sum("organizing_tax")

    @property
    def surcharge_cents(self) -> int:
        return self._sum("surcharge")

    @property
    def geographic_surcharge_cents(self) -> int:
        return self._sum("geographic")

    @property
    def time_window_surcharge_cents(self) -> int:
        return self._sum("time_window")

    @property
    def coi_fee_cents(self) -> int:
        return self._sum("coi")

    @property
    def total_price_cents(self) -> int:
        return sum(each.amount_cents for each in self.lines)

    def totals(self) -> dict[str, int]:
        """The API's group totals by field name, in the API's order."""
        return {name: getattr(self, name) for name in TOTALS}


TOTALS = (
    "base_price_cents",
    "organizing_total_cents",
    "organizing_tax_cents",
    "surcharge_cents",
    "geographic_surcharge_cents",
    "time_window_surcharge_cents",
    "coi_fee_cents",
    "total_price_cents",
)


def plus(cents: int, currency: str) -> str:
    return f"+{show(cents, currency)}"
