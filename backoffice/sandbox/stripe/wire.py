"""Stripe's form encoding, errors and expansion."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl

type Row = dict[str, Any]

PART = re.compile(r"[^\[\]]+|(?<=\[)(?=\])")
LARGEST = 99_999_999
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
CURRENCIES = frozenset({"cad", "eur", "gbp", "inr", "usd"})
# What an id in a row may be expanded to.
EXPANDABLE = frozenset(
    {"balance_transaction", "charge", "customer", "latest_charge", "payment_intent", "source"}
)
METADATA_KEYS, METADATA_KEY, METADATA_VALUE = 50, 40, 500


class ApiError(Exception):
    """An error answer in Stripe's shape.

    ``executed`` tells a refusal for the state of things, which is kept under the request's key,
    from one for the request's own shape, which is not.
    """

    def __init__(
        self, status: int, message: str, *, executed: bool = False, **details: Any
    ) -> None:
        super().__init__(message)
        self.status = status
        self.executed = executed
        error = {"type": "invalid_request_error", "message": message, **details}
        self.body: Row = {
            "error": {name: value for name, value in error.items() if value is not None}
        }


def read_form(text: str) -> Row:
    """Read ``a[b][0]=c`` into nested rows and lists.

    :raises ApiError: a name is both a value and a row
    """
    root: Row = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        here = root
        parts = PART.findall(name) or [name]
        for part in parts[:-1]:
            here = here.setdefault(part, {})
            if not isinstance(here, dict):
                raise ApiError(400, f"Invalid parameter: {name}", param=name)
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
    """Replace ids by the rows they name, along paths such as ``latest_charge.source``.

    :raises ApiError: a path names what cannot be expanded
    """
    answer = copy.deepcopy(row)
    for path in paths:
        parts = path.split(".")
        if not EXPANDABLE.issuperset(parts[1:] if parts[0] == "data" else parts):
            message = f"This property cannot be expanded ({path})."
            raise ApiError(400, message, param="expand")
        _expand(answer, parts, rows)
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


def required(given: Row, name: str) -> str:
    if not given.get(name):
        message = f"Missing required param: {name}."
        raise ApiError(400, message, code="parameter_missing", param=name)
    return str(given[name])


def whole(given: Row, name: str, default: int | None = None) -> int:
    text = given.get(name)
    if text is None and default is not None:
        return default
    if not re.fullmatch(r"-?\d{1,18}", text := required(given, name)):
        raise ApiError(
            400, f"Invalid integer: {text}", code="parameter_invalid_integer", param=name
        )
    return int(text)


def currency_of(given: Row) -> str:
    currency = required(given, "currency").lower()
    if currency not in CURRENCIES:
        raise ApiError(400, f"Invalid currency: {currency}.", param="currency")
    return currency


def email_of(given: Row, name: str) -> str | None:
    email = given.get(name) or None
    if email is not None and not EMAIL.fullmatch(str(email)):
        raise ApiError(400, f"Invalid email address: {email}", code="email_invalid", param=name)
    return email


def metadata_of(given: Row, before: dict[str, str] | None = None) -> dict[str, str]:
    """Merge metadata into what was there; an empty value takes its key away."""
    fresh = given.get("metadata") or {}
    if not isinstance(fresh, dict) or not all(isinstance(each, str) for each in fresh.values()):
        raise ApiError(400, "Invalid object", param="metadata")
    for key, value in fresh.items():
        if len(key) > METADATA_KEY or len(value) > METADATA_VALUE:
            message = (
                f"Metadata keys may have {METADATA_KEY} characters and values {METADATA_VALUE}."
            )
            raise ApiError(400, message, param=f"metadata[{key}]")
    merged = {key: value for key, value in ((before or {}) | fresh).items() if value}
    if len(merged) > METADATA_KEYS:
        raise ApiError(400, f"Metadata may have {METADATA_KEYS} keys.", param="metadata")
    return merged
