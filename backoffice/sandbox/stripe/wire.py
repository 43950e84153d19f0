"""Stripe's form encoding, errors and expansion."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl

type Row = dict[str, Any]

PART = re.compile(r"[^\[\]]+|(?<=\[)(?=\])")


class ApiError(Exception):
    """An error answer in Stripe's shape."""

    def __init__(self, status: int, message: str, **details: Any) -> None:
        super().__init__(message)
        self.status = status
        error = {"type": "invalid_request_error", "message": message, **details}
        self.body: Row = {
            "error": {name: value for name, value in error.items() if value is not None}
        }


def read_form(text: str) -> Row:
    """Read ``a[b][0]=c`` into nested rows and lists."""
    root: Row = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        here = root
        parts = PART.findall(name)
        for part in parts[:-1]:
            here = here.setdefault(part, {})
        last = parts[-1]
        if last == "":
            last = str(len(here))
        here[last] = value
    read: Row = _lists(root)
    return read


def _lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value and all(key.isdigit() for key in value):
        return [_lists(value[key]) for key in sorted(value, key=int)]
    return {key: _lists(each) for key, each in value.items()}


def expand(row: Row, paths: Iterable[str], rows: dict[str, Row]) -> Row:
    """Replace ids by the rows they name, along paths such as ``latest_charge.source``."""
    answer = copy.deepcopy(row)
    for path in paths:
        _expand(answer, path.split("."), rows)
    return answer


def _expand(here: Any, parts: list[str], rows: dict[str, Row]) -> None:
    if isinstance(here, list):
        for each in here:
            _expand(each, parts, rows)
        return
    if not parts or not isinstance(here, dict) or here.get(parts[0]) is None:
        return
    name, rest = parts[0], parts[1:]
    if isinstance(here[name], str) and here[name] in rows:
        here[name] = copy.deepcopy(rows[here[name]])
    _expand(here[name], rest, rows)


def only_known(given: Row, known: Iterable[str]) -> None:
    """Refuse a parameter Stripe does not know, as Stripe does."""
    for name in given:
        if name not in known:
            raise ApiError(
                400, f"Received unknown parameter: {name}", code="parameter_unknown", param=name
            )


def whole(given: Row, name: str, default: int | None = None) -> int:
    text = given.get(name)
    if text is None and default is not None:
        return default
    if text is None:
        raise ApiError(
            400, f"Missing required param: {name}.", code="parameter_missing", param=name
        )
    if not re.fullmatch(r"-?\d+", str(text)):
        raise ApiError(
            400, f"Invalid integer: {text}", code="parameter_invalid_integer", param=name
        )
    return int(text)
