from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from rest_framework.exceptions import MethodNotAllowed
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from api.errors import TooLarge
from api.fields import Ask
from api.render import AlwaysJson, JsonParser, JsonRenderer
from api.throttles import OTHER, AddressThrottle
from domain.common.actors import System
from domain.common.errors import InvalidInput

GUEST = System("guest")
LARGEST_BODY = 1024 * 1024
# A body that is refused is still read up to here: closing the connection on a client that is
# sending would reset it before it sees the answer.
DRAINED = 16 * LARGEST_BODY
LONGEST_KEY = 255


class PublicView(APIView):
    """No login, JSON only, bounded bodies, calls counted by address."""

    renderer_classes = (JsonRenderer,)
    parser_classes = (JsonParser,)
    content_negotiation_class = AlwaysJson
    throttle_classes: Sequence[type[BaseThrottle]] = (AddressThrottle,)
    throttle_scope = OTHER

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        refuse_large(request)

    def options(self, *args: Any, **kwargs: Any) -> Response:
        raise MethodNotAllowed("OPTIONS")

    @property
    def allowed_methods(self) -> list[str]:
        return [method for method in super().allowed_methods if method != "OPTIONS"]

    def read(self, ask: type[Ask], request: Request) -> dict[str, Any]:
        """Return the checked body. :raises ValidationError: with every field that is wrong"""
        values: dict[str, Any] = checker(ask).run_validation(request.data)
        return values


@cache
def checker(ask: type[Ask]) -> Ask:
    """One instance checks every request: making its fields costs more than the checks."""
    return ask()


def refuse_large(request: Request) -> None:
    """:raises TooLarge: the body is larger than any that we serve"""
    left = int(request.META.get("CONTENT_LENGTH") or 0)
    if left <= LARGEST_BODY:
        return
    stream, left = request._request, min(left, DRAINED)  # noqa: SLF001
    while left > 0 and (chunk := stream.read(min(left, 65_536))):
        left -= len(chunk)
    raise TooLarge


def idempotency_key(request: Request) -> str:
    """:raises InvalidInput: the key is longer than we keep"""
    key: str = request.META.get("HTTP_IDEMPOTENCY_KEY", "")
    if len(key) > LONGEST_KEY:
        raise InvalidInput.of({"Idempotency-Key": [f"At most {LONGEST_KEY} characters."]})
    return key
