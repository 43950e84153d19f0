"""Worked cases that the rules must give to the last paisa."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Case:
    id: str
    area: str
    rule: str
    input: dict[str, Any]
    expected: Any
    why: str
    event: str = ""


@cache
def _all() -> tuple[Case, ...]:
    path = Path(__file__).parent / "network.json"
    return tuple(Case(**case) for case in json.loads(path.read_text())["vectors"])


def network_cases(*areas: str) -> list[Case]:
    """The cases of these areas; every area is tested somewhere, which ``test_vectors`` checks."""
    return [case for case in _all() if case.area in areas]
