"""What ties one request, its audit rows, its jobs and its log lines together."""

from __future__ import annotations

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


class acting:  # noqa: N801 - used as `with acting(...)`
    """Whatever is written within carries this context. A class: each request passes here."""

    __slots__ = ("_context", "_token")

    def __init__(self, *, request_id: str, client_ip: str = "", user_agent: str = "") -> None:
        self._context = RequestContext(request_id, client_ip, user_agent[:300])

    def __enter__(self) -> RequestContext:
        self._token = _context.set(self._context)
        return self._context

    def __exit__(self, *_error: object) -> None:
        _context.reset(self._token)
