"""Every refusal in one shape, whoever refuses: the domain, a serializer, Django or a fault."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404
from django.utils import timezone
from rest_framework import exceptions, status
from rest_framework.response import Response

from domain.common.context import current
from domain.common.errors import DomainError, InvalidInput, NotFound, NotPermitted
from domain.flows.payment import PaymentUnavailable
from domain.payments.gateway import StripeError

logger = logging.getLogger(__name__)

type FieldErrors = Mapping[str, list[str]]

NOT_FOUND = "There is nothing here."
STRIPE_SILENT = "The payment provider did not answer. Nothing was charged; please try again."
BUSY = "We cannot answer at the moment. Nothing was changed; please try again."
UNCLEAR = "The request cannot be understood."
RETRY_SECONDS = 5


class TooLarge(exceptions.APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = "The request is larger than 1 MiB."
    default_code = "too_large"


CODES = {
    400: "malformed",
    403: "not_permitted",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "unsupported_media_type",
    429: "rate_limited",
    500: "server_error",
    502: "payment_provider_unreachable",
    503: "not_ready",
}


def error_body(sentence: str, code: str, field_errors: FieldErrors | None = None) -> dict[str, Any]:
    return {
        "error": sentence,
        "error_code": code,
        "field_errors": dict(field_errors or {}),
        "timestamp": timezone.now(),
    }


def refusal(
    status_code: int, sentence: str, code: str = "", field_errors: FieldErrors | None = None
) -> Response:
    return Response(
        error_body(sentence, code or CODES[status_code], field_errors), status=status_code
    )


def handle(error: Exception, context: dict[str, Any]) -> Response:
    """Answer any exception of a view; what nobody expected is logged and told as a fault."""
    for kind, answer in ANSWERS.items():
        if isinstance(error, kind):
            return answer(error)
    logger.error("Unexpected fault in %s", type(context.get("view")).__name__, exc_info=error)
    reference = current().request_id or "-"
    return refusal(500, f"Something went wrong on our side. (Reference {reference}.)")


def _busy(error: Exception) -> Response:
    logger.error("The database did not answer", exc_info=error)
    response = refusal(503, BUSY)
    response["Retry-After"] = str(RETRY_SECONDS)
    return response


def _domain(error: DomainError) -> Response:
    if isinstance(error, InvalidInput):
        status_code = 400
    elif isinstance(error, NotFound):
        status_code = 404
    elif isinstance(error, PaymentUnavailable):
        status_code = 502
    elif isinstance(error, NotPermitted):
        status_code = 403
    else:
        status_code = 409
    return refusal(status_code, error.message, error.code, error.field_errors)


def _framework(error: exceptions.APIException) -> Response:
    if isinstance(error, exceptions.ValidationError):
        return _invalid(error)
    if isinstance(error, exceptions.Throttled):
        seconds = max(1, math.ceil(getattr(error, "wait", None) or 1))
        response = refusal(429, f"Too many requests. Try again in {seconds} seconds.")
        response["Retry-After"] = str(seconds)
        return response
    code = CODES.get(error.status_code, str(error.default_code))
    sentence = NOT_FOUND if isinstance(error, exceptions.NotFound) else str(error.detail)
    return refusal(error.status_code, sentence, code)


def _invalid(error: exceptions.ValidationError) -> Response:
    found: dict[str, list[str]] = {}
    whole: list[str] = []
    for name, sentence in _flat(error.detail):
        if name:
            found.setdefault(name, []).append(sentence)
        else:
            whole.append(sentence)
    named = [f"{name}: {texts[0]}" for name, texts in found.items()]
    first, *more = [*whole, *named]
    sentence = f"{first} ({len(more)} more to mend.)" if more else first
    return refusal(400, sentence, InvalidInput.code, found)


def _flat(detail: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Name each error by its place: ``pickup_address.zip_code``, ``specialty_items.0.quantity``."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            own = str(name) != "non_field_errors"
            yield from _flat(inner, ".".join(filter(None, (path, str(name) if own else ""))))
    elif isinstance(detail, list):
        for place, inner in enumerate(detail):
            nested = isinstance(inner, Mapping | list)
            yield from _flat(inner, f"{path}.{place}" if nested and path else path)
    else:
        yield path, str(detail)


ANSWERS: dict[type[Exception], Callable[[Any], Response]] = {
    DomainError: _domain,
    exceptions.APIException: _framework,
    StripeError: lambda _: refusal(502, STRIPE_SILENT),
    Http404: lambda _: refusal(404, NOT_FOUND),
    RequestDataTooBig: lambda _: refusal(413, str(TooLarge.default_detail)),
    SuspiciousOperation: lambda _: refusal(400, UNCLEAR),
    OperationalError: _busy,
    InterfaceError: _busy,
}
