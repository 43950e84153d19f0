"""When a setting may change, where that does not follow from its value: areas above say so here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

type WhyNot = Callable[[int, datetime, datetime], str]

_limits: dict[str, WhyNot] = {}


def limits(name: str) -> Callable[[WhyNot], WhyNot]:
    """Register what says why a setting may not get a value from a moment on, asked at another."""

    def wrap(why_not: WhyNot) -> WhyNot:
        _limits[name] = why_not
        return why_not

    return wrap


def why_not_from(name: str, value: int, valid_from: datetime, at: datetime) -> str:
    return _limits[name](value, valid_from, at) if name in _limits else ""
