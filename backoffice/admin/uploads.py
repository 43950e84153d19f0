"""A file lies in the shared cache for an hour, under a secret name bound to who sent it, and only
to be given back with remarks.
"""

from __future__ import annotations

from secrets import token_urlsafe

from django.core.cache import cache
from django.http import Http404, HttpRequest

from backoffice.access import person

KEPT_SECONDS = 60 * 60


def keep(request: HttpRequest, kind: str, content: bytes) -> str:
    token = token_urlsafe(24)
    cache.set(_key(request, kind, token), content, timeout=KEPT_SECONDS)
    return token


def kept(request: HttpRequest, kind: str, token: str) -> bytes:
    """:raises Http404: it is gone, or was sent by somebody else"""
    content: bytes | None = cache.get(_key(request, kind, token))
    if content is None:
        raise Http404("The file is kept for an hour; upload it again.")
    return content


def _key(request: HttpRequest, kind: str, token: str) -> str:
    return f"{kind}:{person(request).pk}:{token[:64]}"
