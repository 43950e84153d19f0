"""Whether catalog rows fit each other: rules that no single row can tell. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from domain.catalog.building import Version
from domain.catalog.rules.words import Kind
from domain.catalog.workbook.problems import SheetError
from domain.catalog.workbook.reading import SheetRow
from domain.catalog.workbook.sheets import Values

type InForce = Mapping[Kind, Mapping[str, Version]]


@dataclass(slots=True)
class _Wanted:
    """The catalog as it would be, and where the wanted rows stand in the file."""

    values: dict[Kind, dict[str, Values]] = field(default_factory=lambda: defaultdict(dict))
    numbers: dict[tuple[Kind, str], int] = field(default_factory=dict)

    def active(self, kind: Kind) -> dict[str, Values]:
        return {key: row for key, row in self.values[kind].items() if row["is_active"]}

    def error(self, kind: Kind, key: str, column: str, message: str) -> SheetError:
        return SheetError(kind, self.numbers.get((kind, key), 0), column, message)


def check_together(rows: Sequence[SheetRow], current: InForce) -> list[SheetError]:
    wanted = _Wanted()
    for kind, versions in current.items():
        wanted.values[kind].update({key: each.values for key, each in versions.items()})
    for row in rows:
        wanted.values[row.kind][row.key] = row.values
        wanted.numbers[row.kind, row.key] = row.number
    return [*_zones(wanted), *_deliveries(wanted), *_tax_rates(wanted)]


def _zones(wanted: _Wanted) -> list[SheetError]:
    zones = wanted.active(Kind.ZONES)
    return [
        wanted.error(Kind.SURCHARGES, key, "zone", f"there is no zone {rule['zone']!r} ({key}).")
        for key, rule in wanted.active(Kind.SURCHARGES).items()
        if rule["zone"] and rule["zone"] not in zones
    ]


def _deliveries(wanted: _Wanted) -> list[SheetError]:
    active = sorted(wanted.active(Kind.STANDARD_DELIVERY))
    return [
        wanted.error(
            Kind.STANDARD_DELIVERY,
            key,
            "is_active",
            f"only one row may be active; {active[0]!r} is.",
        )
        for key in active[1:]
    ]


def _tax_rates(wanted: _Wanted) -> list[SheetError]:
    errors = []
    first: dict[tuple[object, object], str] = {}
    for key, rate in sorted(wanted.active(Kind.TAX_RATES).items()):
        starts = (rate["applies_to"], rate["starts_on"])
        if starts in first:
            message = f"{first[starts]!r} starts on the same day."
            errors.append(wanted.error(Kind.TAX_RATES, key, "effective_from", message))
        first.setdefault(starts, key)
    return errors
