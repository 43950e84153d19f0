"""``make bench``: measures against a stock way and the bare limit; writes docs/benchmarks.md."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.benchmarks.settings")

REPORT = Path("docs/benchmarks.md")
PARTS = ("ledger", "bookings", "api", "tree", "runs")


def main(chosen: list[str], *, write: bool) -> None:
    import django  # the settings are named above

    django.setup()
    from tests.benchmarks.database import open_database
    from tests.benchmarks.measure import Figure

    open_database()
    measured: dict[str, str] = {}
    for part in chosen or PARTS:
        measure: Callable[[], Iterator[Figure]] = import_module(f"tests.benchmarks.{part}").figures
        found = []
        for figure in measure():
            found.append(figure)
            sys.stdout.write(line(figure) + "\n")
            sys.stdout.flush()
        measured[part] = section(found)
    if not chosen or write:
        REPORT.write_text(report(kept() | measured))
        sys.stdout.write(f"Written to {REPORT}\n")


def line(figure: object) -> str:
    return " | ".join(cells(figure))


def cells(figure: object) -> list[str]:
    from tests.benchmarks.measure import Figure

    assert isinstance(figure, Figure)
    verdict = {True: "holds", False: "**missed**", None: ""}[figure.holds]
    return [
        figure.name,
        figure.what,
        f"{_shown(figure.ours)} {figure.unit}",
        _shown(figure.stock),
        _shown(figure.limit),
        _times(figure.against_stock),
        _times(figure.against_limit),
        f"{figure.bar} {verdict}".strip(),
        figure.note,
    ]


def _shown(value: float | None) -> str:
    return "" if value is None else f"{value:,.1f}"


def _times(value: float | None) -> str:
    return "" if value is None else f"{value:.2f} ×"


def section(found: list[object]) -> str:
    """The figures of one part, which were measured side by side."""
    head = ["", "Work", "Ours", "Stock", "Limit", "Ours to stock", "Ours to limit", "Bar", "Note"]
    rows = [head, ["---"] * len(head), *(cells(figure) for figure in found)]
    table = "\n".join("| " + " | ".join(row) + " |" for row in rows)
    where = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    return f"On {datetime.now(UTC):%d %B %Y}, {where}.\n\n{table}"


def kept() -> dict[str, str]:
    """The parts that were written down before, for those that are not measured now."""
    found = REPORT.read_text().split("\n## ")[1:] if REPORT.exists() else []
    parts = (each.partition("\n") for each in found)
    return {name: text.strip() for name, _, text in parts if name in PARTS}


def report(measured: dict[str, str]) -> str:
    parts = "\n\n".join(f"## {name}\n\n{measured[name]}" for name in PARTS if name in measured)
    return f"""# Benchmarks

Made by `make bench`. What stands in one row was measured in one run on one machine, with nothing
else on it. Ratios are the message, absolute figures prove nothing: above 1 is better than what it
is compared with. Stock is the documented way of the common library, limit the bare work. The
database is set up as in production: what is committed is on the disk.

{parts}
"""


if __name__ == "__main__":
    # Some parts alone are written down only when asked: ``ledger api --write``.
    asked = sys.argv[1:]
    main([each for each in asked if each != "--write"], write="--write" in asked)
