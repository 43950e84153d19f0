"""Staff and their roles. The five groups are made from the table in ``roles``."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.models import Group, Permission
from django.db import transaction

from domain.staff.roles import RIGHTS, Role, codenames


@transaction.atomic
def sync_roles(*, at: datetime) -> int:
    """Make the five groups hold just the rights of the table. Safe to run again.

    Returns the number of rights known; raises LookupError when one has no permission row.
    """
    del at  # nothing is dated here; every operation takes its moment all the same
    known = {
        permission.codename: permission
        for permission in Permission.objects.filter(content_type__app_label="domain")
    }
    missing = sorted({each.codename for each in RIGHTS} - known.keys())
    if missing:
        raise LookupError(f"No permission rows for {', '.join(missing)}; run migrate first.")
    for role in Role:
        group, _ = Group.objects.get_or_create(name=role.value)
        group.permissions.set([known[codename] for codename in codenames(role)])
    return len(RIGHTS)
