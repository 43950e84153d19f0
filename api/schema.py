"""The OpenAPI document: how operations describe themselves, and how it is served."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from django.http import HttpResponse, HttpResponseBase
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from api.render import write
from api.views import LONGEST_KEY, PublicView

type Serializer = type[serializers.Serializer[Any]]
type Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "maxLength": LONGEST_KEY},
    OpenApiParameter.HEADER,
    description="The same key and body give the first answer again, byte for byte.",
)
IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="The ETag of an earlier answer; 304 when nothing has changed.",
)


class ErrorAnswer(serializers.Serializer[Any]):
    error = serializers.CharField(help_text="A sentence for people.")
    error_code = serializers.RegexField(r"^[a-z_]+$")
    field_errors = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()),
        help_text="What is wrong with each field, nested ones dotted.",
    )
    timestamp = serializers.DateTimeField()


READING = (405, 429)
WRITING = (400, 405, 413, 415, 429)


def describes(
    operation: str,
    summary: str,
    answer: Serializer,
    *,
    tag: str,
    asks: Any = None,
    status: int = 200,
    errors: Sequence[int] = (),
    differing: dict[int, Serializer] | None = None,
    parameters: Sequence[OpenApiParameter] = (),
    caching: bool = False,
    unlimited: bool = False,
) -> Decorator:
    """Describe an operation: what it takes, what it answers, and every error that it may give.

    :param differing: errors whose answer has more than the common fields
    """
    usual = READING if asks is None else WRITING
    known = sorted({*usual, *errors} - ({429} if unlimited else set()))
    answers: dict[Any, Any] = {status: answer}
    if caching:
        answers[304] = None
        parameters = [*parameters, IF_NONE_MATCH]
    answers |= dict.fromkeys(known, ErrorAnswer) | (differing or {})
    return extend_schema(
        operation_id=operation,
        summary=summary,
        tags=[tag],
        request={"application/json": asks} if asks is not None else None,
        parameters=list(parameters),
        responses=answers,
        auth=[],
    )


def close_objects(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Say of every object that it has no other fields: requests refuse them, answers lack them."""
    for schema in result.get("components", {}).get("schemas", {}).values():
        if schema.get("type") == "object" and "properties" in schema:
            schema.setdefault("additionalProperties", False)
    return result


@cache
def document() -> dict[str, Any]:
    """The document as plain data; the code it comes from does not change while we run."""
    found: dict[str, Any] = SchemaGenerator().get_schema(public=True)  # type: ignore[no-untyped-call]
    return found


@cache
def document_bytes() -> bytes:
    return write(document()).encode()


@extend_schema(exclude=True)
class SchemaView(PublicView):
    def get(self, request: Request) -> HttpResponseBase:
        return HttpResponse(document_bytes(), content_type="application/json")
