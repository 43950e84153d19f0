"""Timing that can be compared: the same machine, the same run, ratios first."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the report. Rates are per second, times in milliseconds."""

    name: str
    what: str
    unit: str
    ours: float
    stock: float | None = None
    limit: float | None = None
    bar: str = ""
    holds: bool | None = None
    note: str = ""

    @property
    def against_stock(self) -> float | None:
        if not self.stock:
            return None
        return self.ours / self.stock if self.unit == "/s" else self.stock / self.ours

    @property
    def against_limit(self) -> float | None:
        if not self.limit:
            return None
        return self.ours / self.limit if self.unit == "/s" else self.limit / self.ours


def rate(work: Callable[[int], object], seconds: float = 3.0) -> float:
    """How often a second ``work`` can be done, over some seconds."""
    for n in range(20):
        work(-1 - n)
    done, begun = 0, time.perf_counter()
    while (spent := time.perf_counter() - begun) < seconds:
        work(done)
        done += 1
    return done / spent


def milliseconds(work: Callable[[], object], times: int = 15) -> float:
    """The median time of some calls, after warming up."""
    work()
    found = []
    for _ in range(times):
        begun = time.perf_counter()
        work()
        found.append((time.perf_counter() - begun) * 1000)
    return median(found)
