"""Saying no in a way that helps: which right is missing, and who has it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.contrib import admin
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest

from domain.staff.models import Staff

_answered: ContextVar[HttpRequest | None] = ContextVar("answered", default=None)


class MissingRight(PermissionDenied):
    """The person lacks a right; the page for 403 names it."""

    def __init__(self, permission: str) -> None:
        super().__init__(permission)
        self.permission = permission


def person(request: HttpRequest) -> Staff:
    """The member of staff who asks; admin views let nobody else in."""
    assert isinstance(request.user, Staff)
    return request.user


def holds(request: HttpRequest, permission: str) -> bool:
    user: Staff | AnonymousUser = request.user
    return user.is_active and user.has_perm(permission)


def require(request: HttpRequest, *permissions: str) -> Staff:
    """Return who asks, if they hold one of the rights.

    :raises MissingRight: they hold none of them
    """
    if not any(holds(request, each) for each in permissions):
        raise MissingRight(permissions[0])
    return person(request)


@contextmanager
def answering(request: HttpRequest) -> Iterator[None]:
    """Remember whom is answered, for columns and filters, which are not told."""
    token = _answered.set(request)
    try:
        yield
    finally:
        _answered.reset(token)


def answered() -> HttpRequest | None:
    return _answered.get()


def url_for_holders(permission: str, url: str) -> str:
    """An address that asks for a right; "" when who is answered lacks it, so that no link is."""
    request = answered()
    return url if request is None or holds(request, permission) else ""


def may_open(record: Model) -> bool:
    """Whether who is answered may see a record's page; what answers nobody may link to all."""
    if not admin.site.is_registered(type(record)):
        return False
    request = answered()
    screen = admin.site.get_model_admin(type(record))
    return request is None or screen.has_view_permission(request, record)
