"""Django's own error pages: JSON under /api/, Django's elsewhere."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views import defaults

from api.errors import NOT_FOUND, UNCLEAR, error_body
from api.render import write

PREFIX = "/api/"


def json_error(status: int, sentence: str, code: str) -> HttpResponse:
    content = write(error_body(sentence, code))
    return HttpResponse(content, status=status, content_type="application/json")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path_info.startswith(PREFIX):
        return json_error(400, UNCLEAR, "malformed")
    return defaults.bad_request(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path_info.startswith(PREFIX):
        return json_error(404, NOT_FOUND, "not_found")
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    if request.path_info.startswith(PREFIX):
        return json_error(500, "Something went wrong on our side.", "server_error")
    return defaults.server_error(request)
