from __future__ import annotations

from django.core.management.base import CommandError

from domain.staff.models import Staff


def colleague(username: str) -> Staff:
    """Find who acts, by user name.

    :raises CommandError: nobody of that name works here
    """
    found = Staff.objects.filter(username=username, is_active=True).first()
    if found is None:
        raise CommandError(f"There is no active colleague {username}.")
    return found
