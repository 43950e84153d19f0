from __future__ import annotations

from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.db import models

from domain.common.workflow import Stateful


class DocumentKind(models.TextChoices):
    IDENTITY = "identity", "Proof of identity"
    ADDRESS = "address", "Proof of address"
    PAN_CARD = "pan_card", "PAN card"
    PHOTOGRAPH = "photograph", "Photograph"
    BANK_PROOF = "bank_proof", "Cancelled cheque or bank statement"
    AGREEMENT = "agreement", "Signed agreement"
    REGISTERED = "registered", "Copy of a registered document"
    OTHER = "other", "Something else"


class PrivateDocument(models.Model):
    """A file somebody handed in: checked, written anew, and kept where no address leads.

    Everything but its erasure is final. ``key`` is the name under which it is stored; the
    name that people gave it is for people only.
    """

    kind = models.CharField(max_length=12, choices=DocumentKind.choices)
    kyc_case = models.ForeignKey(
        "KycCase", models.PROTECT, null=True, blank=True, related_name="documents"
    )
    bank_account = models.ForeignKey(
        "BankAccount", models.PROTECT, null=True, blank=True, related_name="documents"
    )
    registered = models.ForeignKey(
        "ComplianceDocument", models.PROTECT, null=True, blank=True, related_name="files"
    )
    name = models.CharField(max_length=100)
    key = models.CharField(max_length=80)
    media_type = models.CharField(max_length=20)
    size_bytes = models.PositiveIntegerField()
    sha256 = models.CharField("SHA-256 of what is stored", max_length=64)
    original_sha256 = models.CharField("SHA-256 of what was handed in", max_length=64)
    valid_until = models.DateField("valid until", null=True, blank=True)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["key"], name="private_document_once"),
            models.CheckConstraint(
                name="private_document_belongs_to_one",
                condition=models.Q(
                    kyc_case__isnull=False, bank_account__isnull=True, registered__isnull=True
                )
                | models.Q(
                    kyc_case__isnull=True, bank_account__isnull=False, registered__isnull=True
                )
                | models.Q(
                    kyc_case__isnull=True, bank_account__isnull=True, registered__isnull=False
                ),
            ),
            models.CheckConstraint(
                name="private_document_known_type",
                condition=models.Q(media_type__in=["image/jpeg", "image/png", "application/pdf"]),
            ),
        ]
        triggers: ClassVar = [
            pgtrigger.ReadOnly(name="final", exclude=["name", "erased_at"]),
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.name}"

    @property
    def subject(self) -> Stateful:
        """What the document proves something about."""
        found = self.kyc_case or self.bank_account or self.registered
        assert found is not None  # a constraint of the table
        return found
