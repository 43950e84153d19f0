from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from domain.common.actors import staff_id
from domain.common.workflow import Ask, StateField, Stateful, stateful, step
from domain.common.workflow.four_eyes import another_person, four_eyes


class CertificateState(models.TextChoices):
    PROPOSED = "proposed", "Waiting for a second person"
    VERIFIED = "verified", "Verified"
    DENIED = "denied", "Denied"
    WITHDRAWN = "withdrawn", "Withdrawn"


not_the_proposer = another_person(
    "You entered this certificate; somebody else has to verify it.", than="added_by"
)


@stateful
class LowerDeductionCertificate(Stateful):
    """The tax office lets us withhold less from a member, between two days, up to a limit.

    PROPOSED ─verify→ VERIFIED ─withdraw→ WITHDRAWN, or deny.
    """

    member = models.ForeignKey("Member", models.PROTECT, related_name="tax_certificates")
    number = models.CharField(max_length=20)
    rate_bps = models.PositiveIntegerField()
    valid_from = models.DateField()
    valid_to = models.DateField()
    limit_cents = models.BigIntegerField("up to this sum")
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    added_at = models.DateTimeField()
    verified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    state = StateField(
        choices=CertificateState.choices, default=CertificateState.PROPOSED, protected=True
    )

    class Meta:
        default_permissions = ("view",)
        verbose_name = "lower-deduction certificate"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["number"],
                name="lower_certificate_once",
                condition=models.Q(state__in=["proposed", "verified"]),
            ),
            models.CheckConstraint(
                name="lower_certificate_days",
                condition=models.Q(valid_to__gte=models.F("valid_from")),
            ),
            four_eyes(
                "lower_certificate",
                unless=~models.Q(state="verified"),
                asked="added_by",
                decided="verified_by",
            ),
            models.CheckConstraint(
                name="lower_certificate_limit", condition=models.Q(limit_cents__gt=0)
            ),
        ]

    def __str__(self) -> str:
        return f"Certificate {self.number}"

    @step(
        state,
        source=[CertificateState.PROPOSED],
        target=CertificateState.VERIFIED,
        label="Verify",
        permission="domain.verify_tax_certificate",
        requires=[not_the_proposer],
    )
    def verify(self, ask: Ask) -> None:
        self.verified_by_id = staff_id(ask.actor)

    @step(
        state,
        source=[CertificateState.PROPOSED],
        target=CertificateState.DENIED,
        label="Deny",
        permission="domain.verify_tax_certificate",
        requires=[not_the_proposer],
        needs_reason=True,
        danger=True,
    )
    def deny(self, ask: Ask) -> None:
        """It never counted."""

    @step(
        state,
        source=[CertificateState.VERIFIED],
        target=CertificateState.WITHDRAWN,
        label="Withdraw",
        permission="domain.verify_tax_certificate",
        needs_reason=True,
        danger=True,
        help="It counts no longer from now on.",
    )
    def withdraw(self, ask: Ask) -> None:
        """What was withheld under it stays."""
