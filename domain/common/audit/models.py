"""The audit trail: append-only rows, personal text apart, sealed into a hash chain."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from domain.common.actors import System
from domain.common.protect import append_only


class AuditEntry(models.Model):
    """One change of one record. Holds ids and digests only, so that erasing a person
    never touches it; what people wrote lies in ``AuditDetail``.
    """

    at = models.DateTimeField()
    subject_type = models.CharField(max_length=40)
    subject_id = models.BigIntegerField()
    booking_id = models.BigIntegerField("booking it belongs to", null=True)
    version = models.PositiveIntegerField("version of the record after the change")
    step = models.CharField(max_length=40)
    from_state = models.CharField(max_length=20, blank=True)
    to_state = models.CharField(max_length=20)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    system = models.CharField("name of the system actor", max_length=60, blank=True)
    role = models.CharField(max_length=120)
    request_id = models.CharField(max_length=40, blank=True)
    money = models.JSONField("what it did to money, in minor units", default=dict)
    facts = models.JSONField("ids and figures behind it, no personal data", default=dict)
    detail_digest = models.CharField(max_length=64)
    plan = models.ForeignKey("Plan", models.PROTECT, null=True, related_name="entries")

    class Meta:
        default_permissions = ("view",)
        verbose_name = "audited event"
        verbose_name_plural = "audited events"
        triggers = append_only()
        indexes: ClassVar = [
            models.Index(fields=["subject_type", "subject_id", "id"], name="audit_subject"),
            models.Index(
                fields=["booking_id", "id"],
                name="audit_booking",
                condition=models.Q(booking_id__isnull=False),
            ),
            models.Index(fields=["-at", "-id"], name="audit_at"),
            models.Index(fields=["request_id"], name="audit_request"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["subject_type", "subject_id", "version"], name="audit_one_row_a_change"
            ),
            models.CheckConstraint(
                name="audit_has_an_actor",
                condition=models.Q(actor__isnull=False) ^ ~models.Q(system=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject_type} {self.subject_id}: {self.step}"

    def who(self) -> str:
        if self.actor is not None:
            return self.actor.display_name()
        return str(System(self.system))


class AuditDetail(models.Model):
    """What a person wrote and where they sat: erasable without breaking the chain."""

    entry = models.OneToOneField(
        AuditEntry, models.PROTECT, primary_key=True, related_name="detail"
    )
    reason = models.TextField(blank=True)
    client_ip = models.GenericIPAddressField(null=True)
    salt = models.CharField(max_length=32)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.reason


class AuditSeal(models.Model):
    """A link of the hash chain over the audit trail, added seconds after the commit."""

    sequence = models.BigIntegerField(primary_key=True)
    entry = models.OneToOneField(AuditEntry, models.PROTECT, related_name="seal")
    digest = models.CharField(max_length=64)
    sealed_at = models.DateTimeField()

    class Meta:
        default_permissions = ("view",)
        triggers = append_only()

    def __str__(self) -> str:
        return f"#{self.sequence} {self.digest[:12]}"
