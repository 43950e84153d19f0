"""What staff did that changed no record: sign-ins, views of people, exports."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.db import models

from domain.common.context import current
from domain.staff.models import Staff


class StaffAction(models.Model):
    at = models.DateTimeField()
    staff = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="actions", db_index=False
    )
    action = models.CharField(max_length=40)
    subject = models.CharField(max_length=200, blank=True)
    facts = models.JSONField(default=dict)
    client_ip = models.GenericIPAddressField(null=True)
    user_agent = models.CharField(max_length=300, blank=True)
    request_id = models.CharField(max_length=40, blank=True)

    class Meta:
        default_permissions = ("view",)
        ordering: ClassVar = ["-at", "-id"]
        indexes: ClassVar = [
            models.Index(fields=["-at", "-id"], name="staffaction_at"),
            models.Index(fields=["staff", "-at"], name="staffaction_staff"),
            models.Index(
                fields=["subject", "-at"],
                name="staffaction_document",
                condition=models.Q(action="viewed document"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.subject}".strip()


def log_action(
    *,
    action: str,
    staff: Staff | None,
    at: datetime,
    subject: str = "",
    facts: dict[str, Any] | None = None,
) -> StaffAction:
    context = current()
    return StaffAction.objects.create(
        at=at,
        staff=staff,
        action=action,
        subject=subject[:200],
        facts=facts or {},
        client_ip=context.client_ip or None,
        user_agent=context.user_agent,
        request_id=context.request_id,
    )


def take_out_of_filters(named: re.Pattern[str], instead: str) -> None:
    """Forget what was searched for when a list was exported; that it was, and how much, stays."""
    exports = StaffAction.objects.filter(action="export", facts__has_key="filter")
    for each in exports.only("pk", "facts").iterator():
        asked = each.facts["filter"]
        left = {name: [named.sub(instead, text) for text in asked[name]] for name in asked}
        if left != asked:
            StaffAction.objects.filter(pk=each.pk).update(facts=each.facts | {"filter": left})
