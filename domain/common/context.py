"""What ties one request, its audit rows, its jobs and its log lines together."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from random import getrandbits


@dataclass(frozen=True, slots=True)
class RequestContext:
    request_id: str = ""
    client_ip: str = ""
    user_agent: str = ""


NOBODY = RequestContext()
_context: ContextVar[RequestContext | None] = ContextVar("request_context", default=None)


def current() -> RequestContext:
    return _context.get() or NOBODY


def new_request_id() -> str:
    # A name, no secret: to ask the system for one takes as long as the rest of a short answer.
    return f"{getrandbits(64):016x}"


@contextmanager
def acting(
    *, request_id: str, client_ip: str = "", user_agent: str = ""
) -> Iterator[RequestContext]:
    context = RequestContext(request_id, client_ip, user_agent[:300])
    token = _context.set(context)
    try:
        yield context
    finally:
        _context.reset(token)
