"""The page for people: the OpenAPI document, told in tables. Plain HTML, no script."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from http import HTTPStatus
from typing import Any

from django.http import HttpResponseBase
from django.shortcuts import render
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from api.schema import document
from api.views import PublicView

OPTIONAL_PARTS = ("anyOf", "oneOf", "allOf")
BOUNDS = {
    "minimum": "at least {}",
    "maximum": "at most {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "maxItems": "at most {} of them",
    "pattern": "pattern {}",
}
HUGE = 10**11
SUBJECTS = ("Catalog", "Quote", "Booking", "Payment", "Status", "Health")


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    kind: str
    required: bool
    meaning: str


@dataclass(frozen=True, slots=True)
class Operation:
    id: str
    method: str
    path: str
    summary: str
    parameters: list[Row]
    asks: list[Row]
    success: str
    answers: list[Row]
    errors: list[str] = field(default_factory=list)


@extend_schema(exclude=True)
class DocsView(PublicView):
    def get(self, request: Request) -> HttpResponseBase:
        return render(request._request, "api/docs.html", {"groups": groups()})  # noqa: SLF001


@cache
def groups() -> dict[str, list[Operation]]:
    """The operations by subject, in the order in which a guest comes by them."""
    found: dict[str, list[Operation]] = {subject: [] for subject in SUBJECTS}
    for path, methods in document()["paths"].items():
        for method, told in methods.items():
            found[told["tags"][0]].append(operation(path, method, told))
    return found


def operation(path: str, method: str, told: dict[str, Any]) -> Operation:
    answers = told["responses"]
    success = min(answers)
    return Operation(
        id=told["operationId"],
        method=method.upper(),
        path=path,
        summary=told.get("summary", ""),
        parameters=[
            Row(
                each["name"],
                f"{kind(each['schema'])}, in the {each['in']}",
                each.get("required", False),
                each.get("description", ""),
            )
            for each in told.get("parameters", [])
        ],
        asks=list(rows(body_of(told.get("requestBody", {})))),
        success=f"{success} {HTTPStatus(int(success)).phrase}",
        answers=list(rows(body_of(answers[success]))),
        errors=[f"{code} {HTTPStatus(int(code)).phrase}" for code in sorted(answers)[1:]],
    )


def body_of(told: dict[str, Any]) -> dict[str, Any]:
    schema: dict[str, Any] = told.get("content", {}).get("application/json", {}).get("schema", {})
    return schema


def resolve(schema: dict[str, Any]) -> dict[str, Any]:
    """Follow a reference, also one wrapped to carry a description or "may be null"."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return resolve(document()["components"]["schemas"][name])
    for part in OPTIONAL_PARTS:
        if part in schema:
            inner = next((each for each in map(resolve, schema[part]) if "type" in each), {})
            return inner | {name: value for name, value in schema.items() if name != part}
    return schema


def rows(schema: dict[str, Any], path: str = "") -> Iterator[Row]:
    known = resolve(schema)
    for name, member in known.get("properties", {}).items():
        plain = resolve(member)
        place = f"{path}{name}"
        yield Row(place, kind(plain), name in known.get("required", ()), meaning(plain))
        inner = resolve(plain.get("items", {})) if plain.get("type") == "array" else plain
        yield from rows(inner, f"{place}[]." if plain.get("type") == "array" else f"{place}.")


def kind(schema: dict[str, Any]) -> str:
    plain = resolve(schema)
    if plain.get("type") == "array":
        word = f"list of {kind(plain['items'])}"
    else:
        word = {"uuid": "UUID", "date": "date", "date-time": "time"}.get(
            plain.get("format", ""), plain.get("type", "any")
        )
    return f"{word} or null" if plain.get("nullable") else word


def meaning(plain: dict[str, Any]) -> str:
    parts = [plain.get("description", "").strip()]
    if values := [str(each) for each in plain.get("enum", []) if each is not None]:
        parts = [f"One of {', '.join(values)}."]
    bounds = [
        words.format(plain[name])
        for name, words in BOUNDS.items()
        if name in plain and not (isinstance(plain[name], int | float) and abs(plain[name]) > HUGE)
    ]
    if bounds:
        parts.append(f"{', '.join(bounds).capitalize()}.")
    if "default" in plain:
        parts.append(f"Otherwise {str(plain['default']).lower()}.")
    return " ".join(filter(None, parts))
