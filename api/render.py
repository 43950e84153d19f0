"""JSON in and out: exact decimals as numbers, and nothing read that is not plainly JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from json.encoder import encode_basestring
from typing import IO, Any
from uuid import UUID

from rest_framework.exceptions import ParseError, UnsupportedMediaType
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

SURROGATE = re.compile("[\ud800-\udfff]")
CHARSET = re.compile(r"charset\s*=\s*\"?([^\s;\"]+)", re.IGNORECASE)
DEEPEST = 20


def write(value: object) -> str:
    """Write JSON. A Decimal becomes a number with its own digits; no float is involved."""
    for kind in type(value).__mro__:
        if writer := WRITERS.get(kind):
            return writer(value)
    raise TypeError(f"{type(value).__name__} has no place in an answer")


def _object(value: Mapping[object, object]) -> str:
    members = (f"{encode_basestring(str(name))}:{write(each)}" for name, each in value.items())
    return "{" + ",".join(members) + "}"


def _array(value: Iterable[object]) -> str:
    return "[" + ",".join(map(write, value)) + "]"


WRITERS: dict[type, Callable[[Any], str]] = {
    str: encode_basestring,
    int: int.__repr__,
    bool: lambda value: "true" if value else "false",
    type(None): lambda _: "null",
    Decimal: lambda value: format(value, "f"),
    dict: _object,
    list: _array,
    tuple: _array,
    date: lambda value: f'"{value.isoformat()}"',  # a datetime is one too
    UUID: lambda value: f'"{value}"',
}


class JsonRenderer(BaseRenderer):
    media_type = "application/json"
    format = "json"
    charset = None

    def render(self, data: Any, *args: Any, **kwargs: Any) -> bytes:
        return b"" if data is None else write(data).encode()


class AlwaysJson(BaseContentNegotiation):
    """There is one form of answer, whatever the client says it accepts."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        main = (request.content_type or "").partition(";")[0].strip().lower()
        return parsers[0] if parsers and main == parsers[0].media_type else None

    def select_renderer(self, request: Request, renderers: Any, *args: Any) -> Any:
        return renderers[0], renderers[0].media_type


class JsonParser(BaseParser):
    """UTF-8 only: other charsets, named by the client, would let it choose a decoder."""

    media_type = "application/json"

    def parse(self, stream: IO[Any], media_type: str | None = None, *args: Any) -> Any:
        charset = CHARSET.search(media_type or "")
        if charset and charset[1].lower() not in {"utf-8", "utf8"}:
            raise UnsupportedMediaType(media_type or "")
        try:
            text = stream.read().decode()
            found = json.loads(text, parse_constant=_refuse, object_pairs_hook=_members)
        except RecursionError as error:
            raise ParseError("The JSON is nested too deeply.") from error
        except ValueError as error:
            raise ParseError(f"This is not JSON: {error}.") from error
        _look(found, DEEPEST)
        return found


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not a JSON number")


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("an object names a field twice")
    return found


def _look(value: object, levels: int) -> None:
    """:raises ParseError: half a character that no encoding can carry, or too many levels"""
    if isinstance(value, str):
        if not value.isascii() and SURROGATE.search(value):
            raise ParseError("The JSON holds half of a surrogate pair.")
    elif isinstance(value, dict | list):
        if not levels:
            raise ParseError("The JSON is nested too deeply.")
        for each in value.values() if isinstance(value, dict) else value:
            _look(each, levels - 1)
        if isinstance(value, dict):
            _look("".join(value), levels)
