from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from domain.common.workflow import Ask, StateField, Stateful, condition, stateful, step
from domain.compliance.days import day_of


class RegisterKind(models.TextChoices):
    DECLARATION = "declaration", "Direct-selling self-declaration"
    INCORPORATION = "incorporation", "Certificate of incorporation"
    TAX_REGISTRATION = "tax_registration", "GST registration"
    TRADE_LICENCE = "trade_licence", "Trade licence"
    GRIEVANCE_OFFICER = "grievance_officer", "Appointment of the grievance officer"
    NODAL_OFFICER = "nodal_officer", "Appointment of the nodal officer"
    INSURANCE = "insurance", "Insurance"
    AGREEMENT = "agreement", "Seller's agreement"
    OTHER = "other", "Something else"


class Gate(models.TextChoices):
    NONE = "", "Nothing"
    PAYOUTS = "payouts", "Payouts"
    COMMISSION = "commission", "Commission runs"


class RegisterState(models.TextChoices):
    VALID = "valid", "Valid"
    EXPIRED = "expired", "Expired"
    WITHDRAWN = "withdrawn", "Withdrawn"


@condition("Ran out")
def ran_out(paper: ComplianceDocument, ask: Ask) -> str:
    if paper.valid_until is None:
        return f"{paper} has no end."
    if paper.valid_until >= day_of(ask.at):
        return f"{paper} is valid until {paper.valid_until:%d %b %Y}."
    return ""


@stateful
class ComplianceDocument(Stateful):
    """A paper the business, or one seller, has to have: VALID ─expire→ EXPIRED or ─withdraw.

    Valid up to and including ``valid_until``. One that ``gates`` something has to be there,
    itself or a later one of its kind, for that to go on.
    """

    kind = models.CharField(max_length=20, choices=RegisterKind.choices)
    title = models.CharField(max_length=120)
    number = models.CharField("number or reference", max_length=60, blank=True)
    customer = models.ForeignKey(
        "Customer", models.PROTECT, null=True, blank=True, related_name="compliance_documents"
    )
    valid_from = models.DateField()
    valid_until = models.DateField("valid until, including", null=True, blank=True)
    gates = models.CharField("needed for", max_length=12, choices=Gate.choices, blank=True)
    registered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    registered_at = models.DateTimeField()
    reminded_on = models.DateField(null=True)
    state = StateField(choices=RegisterState.choices, default=RegisterState.VALID)

    class Meta:
        default_permissions = ("view",)
        verbose_name = "compliance document"
        constraints: ClassVar = [
            models.CheckConstraint(
                name="compliance_document_dates",
                condition=models.Q(valid_until=None)
                | models.Q(valid_until__gte=models.F("valid_from")),
            )
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["valid_until"],
                name="compliance_document_ends",
                condition=models.Q(state="valid"),
            ),
            models.Index(
                fields=["gates", "kind"],
                name="compliance_document_gates",
                condition=~models.Q(gates=""),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @step(
        state,
        source=[RegisterState.VALID],
        target=RegisterState.EXPIRED,
        label="Expire",
        system=True,
        requires=[ran_out],
    )
    def expire(self, ask: Ask) -> None:
        """Its last day has passed."""

    @step(
        state,
        source=[RegisterState.VALID, RegisterState.EXPIRED],
        target=RegisterState.WITHDRAWN,
        label="Withdraw",
        permission="domain.keep_register",
        needs_reason=True,
        danger=True,
        help="It never counted, or is needed no more; what it gated is gated by it no longer.",
    )
    def withdraw(self, ask: Ask) -> None:
        """It counts no longer."""
