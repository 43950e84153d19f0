"""Saying no in a way that helps: which right is missing, and who has it."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from domain.staff.models import Staff


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
